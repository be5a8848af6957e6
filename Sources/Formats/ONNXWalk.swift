// Finds every tensor of an ONNX model: in graphs, in the graphs within their nodes, in functions,
// and in what a model keeps of its training.
//
// Format (onnx.proto): ModelProto graph 7, training_info 20, functions 25; GraphProto node 1,
// initializer 5, sparse_initializer 15; NodeProto output 2, name 3, op_type 4, attribute 5,
// domain 7; AttributeProto name 1, f 2, i 3, t 5, g 6, floats 7, ints 8, tensors 10, graphs 11,
// sparse_tensor 22, sparse_tensors 23; FunctionProto name 1, node 7, domain 10,
// attribute_proto 11; TrainingInfoProto initialization 1, algorithm 2; SparseTensorProto values 1,
// indices 2.
// Taken are initializers, sparse ones (values and indices), tensors in attributes, the numbers of
// Constant nodes and those that operators of ai.onnx.ml carry, which hold their weights so. Not
// taken: ConstantOfShape's filling, and text.
//
// Names: an initializer of the main graph has its own, a constant that of its output. Deeper ones
// have the way to them before it: output and attribute of the node, or the function's name.
// Promises: time is linear in the bytes, depth is bounded.

import Base

struct ONNXWalk {
  /// In the order of the file; the main graph's initializers first.
  private(set) var tensors: [ONNXTensor] = []
  private(set) var findings: [Finding] = []
  private var names: Set<ByteName> = []
  private let file: String
  private let run: Run

  /// Operators that call Python code by name.
  private static let pythonOperators: Set<ByteName> = [
    "PythonOp", "PyOp", "PyFunc", "PyCustomOp", "PyCustomOpV2", "PythonOpGrad", "ATen",
  ]
  private static let learning: ByteName = "ai.onnx.ml"

  /// Walks through a model; ends soon after the run is no longer wanted. `file` is what it is
  /// called in findings.
  init(_ bytes: RawSpan, file: String, run: Run) throws(Problem) {
    self.file = file
    self.run = run
    var model = ProtobufReader(0..<bytes.byteCount, place: "model")
    var graphs: [Range<Int>] = []
    var functions: [Range<Int>] = []
    var trainings: [Range<Int>] = []
    while let (field, value) = try model.next(bytes) {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 7: graphs.append(range)
      case 20: trainings.append(range)
      case 25: functions.append(range)
      default: break
      }
    }
    guard graphs.count == 1 else {
      throw malformed("onnx_graph", "model", "there are \(graphs.count) graphs; one is needed")
    }
    try walk(graph: graphs[0], [], depth: 0, bytes)
    for range in functions { try walk(function: range, bytes) }
    for (index, range) in trainings.enumerated() {
      var training = ProtobufReader(range, place: "training info")
      while let (field, value) = try training.next(bytes) {
        guard case .bytes(let range) = value, field == 1 || field == 2 else { continue }
        let part = field == 1 ? "initialization" : "algorithm"
        try walk(graph: range, Array("training_info.\(index).\(part).".utf8), depth: 1, bytes)
      }
    }
  }

  // MARK: Graphs

  /// - Parameter prefix: stands before the names of its tensors.
  private mutating func walk(
    graph range: Range<Int>, _ prefix: [UInt8], depth: Int, _ bytes: RawSpan
  ) throws(Problem) {
    guard depth <= ONNX.depthMax else {
      throw malformed(
        "onnx_graph", "graph", "graphs are nested more than \(ONNX.depthMax) deep")
    }
    var graph = ProtobufReader(range, place: "graph")
    var nodes: [Range<Int>] = []
    while let (field, value) = try graph.next(bytes) {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: nodes.append(range)
      case 5:
        if tensors.count & 0xFFF == 0 { try run.check() }
        var tensor = try ONNXTensor(range, bytes)
        tensor.name = ByteName(bytes: prefix + tensor.name.bytes)
        guard names.insert(tensor.name).inserted || tensor.isText else {
          throw malformed(
            "onnx_tensor", "tensor \(tensor.name.quoted): name", "two initializers have this name")
        }
        add(tensor)
      case 15: try addSparse(range, prefix, nil, bytes)
      default: break
      }
    }
    for (index, node) in nodes.enumerated() {
      if index & 0xFFF == 0 { try run.check() }
      try walk(node: node, prefix, depth: depth, bytes)
    }
  }

  private mutating func walk(function range: Range<Int>, _ bytes: RawSpan) throws(Problem) {
    var function = ProtobufReader(range, place: "function")
    var name: [UInt8] = []
    var domain: [UInt8] = []
    var nodes: [Range<Int>] = []
    var attributes: [Range<Int>] = []
    while let (field, value) = try function.next(bytes) {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: name = ONNXTensor.copy(range, bytes)
      case 7: nodes.append(range)
      case 10: domain = ONNXTensor.copy(range, bytes)
      case 11: attributes.append(range)
      default: break
      }
    }
    let dot = [UInt8(ascii: ".")]
    let prefix = (domain.isEmpty ? [] : domain + dot) + name + dot
    for range in attributes {
      let attribute = try ONNXAttribute(range, bytes)
      try add(attribute, of: nil, prefix + attribute.name.bytes, depth: 1, bytes)
    }
    for node in nodes { try walk(node: node, prefix, depth: 1, bytes) }
  }

  // MARK: Nodes

  private mutating func walk(
    node range: Range<Int>, _ prefix: [UInt8], depth: Int, _ bytes: RawSpan
  ) throws(Problem) {
    var reader = ProtobufReader(range, place: "node")
    var node = ONNXNode()
    var attributes: [Range<Int>] = []
    while let (field, value) = try reader.next(bytes) {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 2: if node.output == nil { node.output = ByteName(bytes: ONNXTensor.copy(range, bytes)) }
      case 3: node.name = ByteName(bytes: ONNXTensor.copy(range, bytes))
      case 4: node.operation = ByteName(bytes: ONNXTensor.copy(range, bytes))
      case 5: attributes.append(range)
      case 7: node.domain = ByteName(bytes: ONNXTensor.copy(range, bytes))
      default: break
      }
    }
    if Self.pythonOperators.contains(node.operation) {
      findings.append(
        Finding(
          id: "onnx.pyop", severity: .error,
          message: "node \(node.label.quoted) is \(node.operation.quoted): it calls Python code "
            + "that is not in the model",
          place: file))
    }
    guard node.operation != "ConstantOfShape" else { return }
    for range in attributes {
      let attribute = try ONNXAttribute(range, bytes)
      try add(attribute, of: node, prefix, depth: depth, bytes)
    }
  }

  /// The tensors of an attribute, and of the graphs in it.
  /// - Parameter node: nil for the default of a function's attribute, whose name `prefix` is.
  private mutating func add(
    _ attribute: ONNXAttribute, of node: ONNXNode?, _ prefix: [UInt8], depth: Int,
    _ bytes: RawSpan
  ) throws(Problem) {
    let isConstant = node?.operation == "Constant"
    let dot = [UInt8(ascii: ".")]
    var name = prefix + (node?.label.bytes ?? [])
    if let node, !isConstant {
      name = prefix + node.label.bytes + dot + attribute.name.bytes
    }
    for range in attribute.tensors {
      var tensor = try ONNXTensor(range, bytes)
      tensor.name = unique(name)
      add(tensor)
    }
    for range in attribute.sparseTensors { try addSparse(range, [], unique(name), bytes) }
    if isConstant || node?.domain == Self.learning {
      for numbers in attribute.numbers {
        add(ONNXTensor(unique(name), numbers.type, shape: numbers.shape, numbers.numbers))
      }
    }
    for range in attribute.graphs { try walk(graph: range, name + dot, depth: depth + 1, bytes) }
  }

  // MARK: Tensors

  private mutating func add(_ tensor: ONNXTensor) {
    if !tensor.isText { tensors.append(tensor) }
  }

  /// - Parameter name: what to call the values; nil takes the name they have.
  private mutating func addSparse(
    _ range: Range<Int>, _ prefix: [UInt8], _ name: ByteName?, _ bytes: RawSpan
  ) throws(Problem) {
    var reader = ProtobufReader(range, place: "sparse tensor")
    var parts: [UInt64: ONNXTensor] = [:]
    while let (field, value) = try reader.next(bytes) {
      guard case .bytes(let range) = value, field == 1 || field == 2 else { continue }
      parts[field] = try ONNXTensor(range, bytes)
    }
    guard var values = parts[1], var indices = parts[2] else {
      throw malformed("onnx_tensor", "sparse tensor", "its values or its indices are missing")
    }
    values.name = name ?? unique(prefix + values.name.bytes)
    indices.name = unique(values.name.bytes + Array(".indices".utf8))
    add(values)
    add(indices)
  }

  /// The name, or with a number behind it if another tensor has it.
  private mutating func unique(_ wanted: [UInt8]) -> ByteName {
    let base = wanted.isEmpty ? Array("constant".utf8) : wanted
    var name = ByteName(bytes: base)
    var number = repeats[name, default: 1]
    while !names.insert(name).inserted {
      number += 1
      name = ByteName(bytes: base + Array("#\(number)".utf8))
    }
    if number > 1 { repeats[ByteName(bytes: base)] = number }
    return name
  }

  /// The last number that a name was given, so that many equal names cost no search each.
  private var repeats: [ByteName: Int] = [:]
}

/// What a node says of itself.
private struct ONNXNode {
  var output: ByteName?
  var name = ByteName("")
  var operation = ByteName("")
  var domain = ByteName("")

  /// What it is called: its first output, which is unique in a graph, else its name.
  var label: ByteName { output.flatMap { $0.bytes.isEmpty ? nil : $0 } ?? name }
}

/// What an attribute holds of interest.
private struct ONNXAttribute {
  private(set) var name = ByteName("")
  private(set) var tensors: [Range<Int>] = []
  private(set) var sparseTensors: [Range<Int>] = []
  private(set) var graphs: [Range<Int>] = []
  private var type: UInt64 = 0
  private var single: Range<Int>?
  private var singleInteger: Range<Int>?
  private var floats = ONNXNumbers()
  private var floatCount = 0
  private var integers = ONNXNumbers()
  private var integerCount = 0

  init(_ range: Range<Int>, _ bytes: RawSpan) throws(Problem) {
    var reader = ProtobufReader(range, place: "attribute")
    while let (field, value) = try reader.next(bytes) {
      switch (field, value) {
      case (1, .bytes(let range)): name = ByteName(bytes: ONNXTensor.copy(range, bytes))
      case (2, .fixed32): single = reader.valueRange
      case (3, .varint): singleInteger = reader.valueRange
      case (5, .bytes(let range)), (10, .bytes(let range)): tensors.append(range)
      case (6, .bytes(let range)), (11, .bytes(let range)): graphs.append(range)
      case (7, .fixed32), (7, .bytes):
        floats.add(.float, reader.valueRange)
        floatCount += reader.valueRange.count / 4
      case (8, .varint):
        integers.add(.int64, reader.valueRange)
        integerCount += 1
      case (8, .bytes(let range)):
        integers.add(.int64, range)
        try ProtobufReader.forEachNumber(range, bytes, place: "attribute") { _ in
          integerCount += 1
        }
      case (20, .varint(let number)): type = number
      case (22, .bytes(let range)), (23, .bytes(let range)): sparseTensors.append(range)
      default: break
      }
    }
  }

  /// Its numbers. A single one counts only if the attribute is said to be one: writers may leave
  /// zeros for what is not set.
  var numbers: [(type: ElementType, shape: [Int], numbers: ONNXNumbers)] {
    var found: [(type: ElementType, shape: [Int], numbers: ONNXNumbers)] = []
    if floatCount > 0 { found.append((.f32, [floatCount], floats)) }
    if integerCount > 0 { found.append((.i64, [integerCount], integers)) }
    if let single, type == 1 || type == 0 {
      var numbers = ONNXNumbers()
      numbers.add(.float, single)
      found.append((.f32, [], numbers))
    }
    if let singleInteger, type == 2 || type == 0 {
      var numbers = ONNXNumbers()
      numbers.add(.int64, singleInteger)
      found.append((.i64, [], numbers))
    }
    return found
  }
}
