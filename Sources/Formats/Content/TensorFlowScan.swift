// Searches TensorFlow graphs for operations that run Python or write files.
//
// Format: the messages SavedModel, MetaGraphDef and GraphDef of
// https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/framework, as protocol
// buffers or as their text form. Nodes lie in the graph and in the functions of its library; the
// runtime executes them by the name of their operation.
//
// Promises: total and linear; fields that are not known are stepped over, as the runtime does;
// bytes whose structure cannot be followed are searched for the names of operations.
// Does not: follow what an operation does with its inputs.

import Base

enum TensorFlowScan {
  /// Operations that call Python, or write a file under a name from the graph.
  static let operations: Set<String> = ["PyFunc", "EagerPyFunc", "PyFuncStateless", "WriteFile"]
  private static let findingsMax = 16

  /// The messages that a file may hold.
  enum Root: CaseIterable { case savedModel, metaGraph, graph }

  /// Which message the bytes are; nil if they are none that has nodes.
  static func root(of bytes: RawSpan) -> Root? {
    Root.allCases.first { root in
      var walk = TensorFlowWalk(place: "")
      return walk.visit(root, 0..<bytes.byteCount, bytes) && walk.nodeCount > 0
    }
  }

  static func isLikely(_ bytes: RawSpan) -> Bool { root(of: bytes) != nil }

  /// The operations of a graph that run code. `place` names the file.
  static func findings(in bytes: RawSpan, place: String) -> [Finding] {
    guard let root = root(of: bytes) else { return search(bytes, place) }
    var walk = TensorFlowWalk(place: place)
    _ = walk.visit(root, 0..<bytes.byteCount, bytes)
    return Array(walk.findings.prefix(findingsMax))
  }

  /// Where the structure is not followed: a node's operation as it stands in the bytes.
  private static func search(_ bytes: RawSpan, _ place: String) -> [Finding] {
    operations.sorted().compactMap { operation in
      let field = [0x12, UInt8(operation.utf8.count)] + Array(operation.utf8)
      guard let offset = bytes.firstIndex(of: field, in: 0..<bytes.byteCount) else { return nil }
      return Finding(
        id: "tf.op", severity: .error,
        message: "a node is the operation \(operation), which \(effect(of: operation)) when the "
          + "graph runs",
        place: "\(place): byte \(offset)")
    }
  }

  private static func effect(of operation: String) -> String {
    operation == "WriteFile" ? "writes files" : "calls Python"
  }

  static func finding(_ operation: String, node: String, in function: String?, place: String)
    -> Finding
  {
    let inside = function.map { " of the function \(ByteName($0).quoted)" } ?? ""
    return Finding(
      id: "tf.op", severity: .error,
      message: "the node \(ByteName(node).quoted)\(inside) is the operation \(operation), which "
        + "\(effect(of: operation)) when the graph runs",
      place: place)
  }
}

/// One walk over the nodes of a message.
struct TensorFlowWalk {
  private let place: String
  private(set) var nodeCount = 0
  private(set) var findings: [Finding] = []

  init(place: String) { self.place = place }

  /// False if the bytes are not this message.
  mutating func visit(_ root: TensorFlowScan.Root, _ range: Range<Int>, _ bytes: RawSpan) -> Bool {
    switch root {
    case .savedModel:
      // schema version = 1, meta graphs = 2
      return fields(range, bytes) { walk, field, value in
        switch (field, value) {
        case (1, .varint): true
        case (2, .bytes(let inner)): walk.visit(.metaGraph, inner, bytes)
        default: field > 2
        }
      }
    case .metaGraph:
      // meta info = 1, graph = 2, saver = 3, collections = 4, signatures = 5, assets = 6,
      // object graph = 7
      return fields(range, bytes) { walk, field, value in
        guard field <= 7 else { return true }
        guard case .bytes(let inner) = value else { return false }
        return field != 2 || walk.visit(.graph, inner, bytes)
      }
    case .graph:
      // node = 1, library = 2, version = 3, versions = 4, debug information = 5
      return fields(range, bytes) { walk, field, value in
        switch (field, value) {
        case (1, .bytes(let inner)): walk.node(inner, function: nil, bytes)
        case (2, .bytes(let inner)): walk.library(inner, bytes)
        case (3, .varint), (4, .bytes), (5, .bytes): true
        default: field > 5
        }
      }
    }
  }

  private mutating func fields(
    _ range: Range<Int>, _ bytes: RawSpan,
    _ body: (inout TensorFlowWalk, UInt64, ProtobufReader.Value) -> Bool
  ) -> Bool {
    var reader = ProtobufReader(range, place: "graph")
    do throws(Problem) {
      while let (field, value) = try reader.next(bytes) {
        guard body(&self, field, value) else { return false }
      }
      return true
    } catch { return false }
  }

  /// Functions = 1, each with its signature = 1 and nodes = 3.
  private mutating func library(_ range: Range<Int>, _ bytes: RawSpan) -> Bool {
    fields(range, bytes) { walk, field, value in
      guard field == 1 else { return true }
      guard case .bytes(let function) = value else { return false }
      var name: String?
      return walk.fields(function, bytes) { walk, field, value in
        guard case .bytes(let inner) = value else { return true }
        if field == 1 { name = Self.name(inner, bytes) }
        return field != 3 || walk.node(inner, function: name, bytes)
      }
    }
  }

  /// The name of a signature.
  private static func name(_ range: Range<Int>, _ bytes: RawSpan) -> String? {
    var reader = ProtobufReader(range, place: "signature")
    while let (field, value) = try? reader.next(bytes) {
      if field == 1, case .bytes(let name) = value { return text(name, bytes) }
    }
    return nil
  }

  /// Name = 1, operation = 2.
  private mutating func node(
    _ range: Range<Int>, function: String?, _ bytes: RawSpan
  ) -> Bool {
    var name = ""
    var operation = ""
    let isRead = fields(range, bytes) { _, field, value in
      guard field <= 2 else { return true }
      guard case .bytes(let inner) = value else { return false }
      guard let text = Self.text(inner, bytes) else { return false }
      if field == 1 { name = text } else { operation = text }
      return true
    }
    guard isRead, !operation.isEmpty, operation.utf8.allSatisfy(Self.isOperationByte) else {
      return false
    }
    nodeCount += 1
    if TensorFlowScan.operations.contains(operation), findings.count < 64 {
      findings.append(
        TensorFlowScan.finding(operation, node: name, in: function, place: place))
    }
    return true
  }

  private static func isOperationByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func text(_ range: Range<Int>, _ bytes: RawSpan) -> String? {
    guard range.count <= 4096 else { return nil }
    return String(
      validating: bytes.copy(from: range.lowerBound, atMost: range.count), as: UTF8.self)
  }
}
