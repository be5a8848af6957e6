// ONNX models: the initializers of the graph, in the file or in files beside it.
//
// Format: onnx.proto (IR version 3 and later): ModelProto.graph = 7, GraphProto.initializer = 5,
// TensorProto fields as below. External data is read from plain files below the model's directory:
// no link at any part of the way, no "..", offset and length in the file.
// Does not: read constants inside nodes, or initializers whose numbers are written one by one in
// a form that is not the bytes of the type; the second kind is an error that says so.

import Base

enum ONNX {
  static let depthMax = 64

  static func part(
    _ file: MappedFile, name: String, directory: String
  ) throws(Problem) -> WeightPart {
    var part = WeightPart(files: [file], fileNames: [name], entries: [])
    var opened: [ByteName: Int] = [:]
    var names: Set<ByteName> = []
    let tensors = try file.withBytes { (bytes) throws(Problem) in
      try initializers(bytes)
    }
    for tensor in tensors {
      let place = "tensor \(tensor.name.quoted)"
      do throws(Problem) {
        var entry = try tensor.inlineEntry()
        if tensor.isExternal {
          let location = ByteName(tensor.external["location"] ?? "")
          if opened[location] == nil { opened[location] = try part.open(location, directory) }
          let external = opened[location] ?? 0
          entry = try tensor.externalEntry(external, byteCount: part.files[external].byteCount)
        }
        guard let entry else {
          throw malformed(
            "onnx_encoding", "data",
            "its \(tensor.type) values are not stored as raw bytes, which is the form that is read",
            remedy: "save the model again with raw data")
        }
        guard names.insert(entry.name).inserted else {
          throw malformed("onnx_tensor", "name", "two initializers have this name")
        }
        part.entries.append(entry)
      } catch { throw error.at(place) }
    }
    return part
  }

  private static func initializers(_ bytes: RawSpan) throws(Problem) -> [ONNXTensor] {
    var model = ProtobufReader(0..<bytes.byteCount, place: "model")
    var graphs = 0
    var tensors: [ONNXTensor] = []
    while let (field, value) = try model.next(bytes) {
      guard field == 7, case .bytes(let range) = value else { continue }
      graphs += 1
      var graph = ProtobufReader(range, place: "graph")
      while let (field, value) = try graph.next(bytes) {
        guard field == 5, case .bytes(let range) = value else { continue }
        tensors.append(try ONNXTensor(range, bytes))
      }
    }
    guard graphs == 1 else {
      throw malformed("onnx_graph", "model", "there are \(graphs) graphs; one is needed")
    }
    return tensors
  }
}

extension WeightPart {
  /// Maps a file of external data and gives its index.
  fileprivate mutating func open(
    _ location: ByteName, _ directory: String
  ) throws(Problem) -> Int {
    let parts = location.text.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.bytes.isEmpty, parts.count <= ONNX.depthMax,
      parts.allSatisfy({ isPlainName(String($0)) })
    else {
      throw malformed(
        "onnx_external", "external data \(location.quoted)",
        "the location is empty or leaves the model's directory")
    }
    var path = directory
    for part in parts {
      path = FileSystem.join(path, String(part))
      guard FileSystem.kind(of: path) != .link else {
        throw malformed(
          "onnx_external", "external data \(location.quoted)",
          "a part of the way is a symbolic link")
      }
    }
    files.append(try MappedFile(path: path))
    fileNames.append(location.text)
    return files.count - 1
  }
}

/// One TensorProto.
private struct ONNXTensor {
  var name = ByteName("")
  var dimensions: [Int] = []
  var typeNumber: UInt64 = 0
  var type: ElementType = .u8
  var raw: Range<Int>?
  var packedFloats: Range<Int>?
  var packedDoubles: Range<Int>?
  var otherData = false
  var isExternal = false
  var external: [String: String] = [:]

  static let types: [UInt64: ElementType] = [
    1: .f32, 2: .u8, 3: .i8, 4: .u16, 5: .i16, 6: .i32, 7: .i64, 9: .bool, 10: .f16, 11: .f64,
    12: .u32, 13: .u64, 14: .c64, 15: .c128, 16: .bf16, 17: .f8E4M3, 18: .f8E4M3FNUZ, 19: .f8E5M2,
    20: .f8E5M2FNUZ, 24: .f8E8M0,
  ]

  init(_ range: Range<Int>, _ bytes: RawSpan) throws(Problem) {
    var reader = ProtobufReader(range, place: "tensor")
    while let (field, value) = try reader.next(bytes) {
      switch (field, value) {
      case (1, .varint(let size)): try append(size)
      case (1, .bytes(let packed)):
        for size in try ProtobufReader.packed(packed, bytes, place: "tensor dims") {
          try append(size)
        }
      case (2, .varint(let number)): typeNumber = number
      case (4, .bytes(let range)): packedFloats = range
      case (8, .bytes(let range)): name = ByteName(bytes: Self.copy(range, bytes))
      case (9, .bytes(let range)): raw = range
      case (10, .bytes(let range)): packedDoubles = range
      case (4, _), (5, _), (6, _), (7, _), (10, _), (11, _): otherData = true
      case (13, .bytes(let range)): try addExternal(range, bytes)
      case (14, .varint(let location)): isExternal = location == 1
      default: break
      }
    }
    let place = "tensor \(name.quoted)"
    guard let type = Self.types[typeNumber] else {
      throw malformed("unknown_dtype", place, "the data type \(typeNumber) is unknown or not read")
    }
    self.type = type
    guard !name.bytes.isEmpty, String(validating: name.bytes, as: UTF8.self) != nil,
      !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else {
      throw malformed(
        "onnx_tensor", place, "the name is empty, not UTF-8 or has control characters")
    }
  }

  private mutating func append(_ size: UInt64) throws(Problem) {
    guard let dimension = Int(exactly: size), dimensions.count < ONNX.depthMax else {
      throw malformed(
        "onnx_tensor", "tensor \(name.quoted)", "a dimension is negative, or there are too many")
    }
    dimensions.append(dimension)
  }

  /// StringStringEntryProto: key = 1, value = 2.
  private mutating func addExternal(_ range: Range<Int>, _ bytes: RawSpan) throws(Problem) {
    var reader = ProtobufReader(range, place: "tensor \(name.quoted), external data")
    var key = ""
    var text = ""
    while let (field, value) = try reader.next(bytes) {
      guard case .bytes(let range) = value else { continue }
      guard let string = String(validating: Self.copy(range, bytes), as: UTF8.self) else {
        throw reader.fail("text that is not UTF-8")
      }
      if field == 1 { key = string } else if field == 2 { text = string }
    }
    external[key] = text
  }

  private static func copy(_ range: Range<Int>, _ bytes: RawSpan) -> [UInt8] {
    unsafe bytes.extracting(range).withUnsafeBytes { unsafe Array($0) }
  }

  private func byteCount() throws(Problem) -> Int {
    guard let elements = checkedElementCount(dimensions),
      let bytes = type.byteCount(elements: elements)
    else { throw malformed("onnx_tensor", "dims", "the number of bytes overflows 63 bits") }
    return bytes
  }

  /// The entry if the data is in the model's own file; nil if it is not there as plain bytes.
  func inlineEntry() throws(Problem) -> TensorEntry? {
    let wanted = try byteCount()
    let floats = type == .f32 ? packedFloats : nil
    let doubles = type == .f64 ? packedDoubles : nil
    guard let range = raw ?? floats ?? doubles ?? (wanted == 0 && !otherData ? 0..<0 : nil) else {
      return nil
    }
    guard !isExternal else {
      throw malformed("onnx_external", "data", "it has external data and data of its own")
    }
    guard range.count == wanted else {
      throw malformed(
        "onnx_tensor", "data", "shape and type need \(wanted) bytes, \(range.count) are there")
    }
    return TensorEntry(
      name: name, type: type, shape: dimensions, byteCount: wanted, file: 0,
      offsetBytes: range.lowerBound)
  }

  /// The entry in a file of external data.
  func externalEntry(_ file: Int, byteCount available: Int) throws(Problem) -> TensorEntry {
    let wanted = try byteCount()
    guard let offset = decimal(external["offset"] ?? "0"),
      let length = decimal(external["length"] ?? String(wanted))
    else {
      throw malformed(
        "onnx_external", "external data", "offset or length is not an unsigned number")
    }
    guard length == wanted, offset <= available, length <= available - offset else {
      throw malformed(
        "onnx_external", "external data",
        "\(wanted) bytes at offset \(offset) with length \(length) do not lie in the file's "
          + "\(available)")
    }
    return TensorEntry(
      name: name, type: type, shape: dimensions, byteCount: wanted, file: file, offsetBytes: offset)
  }

  private func decimal(_ text: String) -> Int? {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(text) : nil
  }
}
