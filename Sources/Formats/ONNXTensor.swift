// One tensor of an ONNX model: TensorProto, or the numbers of an attribute.
//
// Fields (onnx.proto, TensorProto): dims 1, data_type 2, float_data 4, int32_data 5, string_data 6,
// int64_data 7, name 8, raw_data 9, double_data 10, uint64_data 11, external_data 13,
// data_location 14.

import Base

/// A tensor as it is written.
struct ONNXTensor {
  /// What it is called in the model; set by whoever knows where it stands.
  var name = ByteName("")
  private(set) var type: ElementType?
  private(set) var external: [String: String] = [:]
  private(set) var isExternal = false
  private var dimensions: [Int] = []
  private var hasBadDimension = false
  private var typeNumber: UInt64 = 0
  private var raw: Range<Int>?
  private var numbers = ONNXNumbers()

  /// Text holds no weights.
  var isText: Bool { typeNumber == Self.textType }

  private static let textType: UInt64 = 8
  private static let types: [UInt64: ElementType] = [
    1: .f32, 2: .u8, 3: .i8, 4: .u16, 5: .i16, 6: .i32, 7: .i64, 9: .bool, 10: .f16, 11: .f64,
    12: .u32, 13: .u64, 14: .c64, 15: .c128, 16: .bf16, 17: .f8E4M3, 18: .f8E4M3FNUZ, 19: .f8E5M2,
    20: .f8E5M2FNUZ, 21: .u4, 22: .i4, 23: .f4, 24: .f8E8M0, 25: .u2, 26: .i2,
  ]

  /// A TensorProto.
  init(_ range: Range<Int>, _ bytes: RawSpan) throws(Problem) {
    var reader = ProtobufReader(range, place: "tensor")
    while let (field, value) = try reader.next(bytes) {
      switch (field, value) {
      case (1, .varint(let size)): append(size)
      case (1, .bytes(let packed)):
        try ProtobufReader.forEachNumber(packed, bytes, place: "tensor dims") { append($0) }
      case (2, .varint(let number)): typeNumber = number
      case (8, .bytes(let range)): name = ByteName(bytes: Self.copy(range, bytes))
      case (9, .bytes(let range)): raw = range
      case (13, .bytes(let range)): try addExternal(range, bytes)
      case (14, .varint(let location)): isExternal = location == 1
      default:
        if let kind = ONNXNumbers.Field(rawValue: field) { numbers.add(kind, reader.valueRange) }
      }
    }
    type = Self.types[typeNumber]
  }

  /// The numbers of an attribute as a tensor: one dimension, or none of a single number.
  init(_ name: ByteName, _ type: ElementType, shape: [Int], _ numbers: ONNXNumbers) {
    self.name = name
    self.type = type
    self.numbers = numbers
    dimensions = shape
  }

  static func copy(_ range: Range<Int>, _ bytes: RawSpan) -> [UInt8] {
    unsafe bytes.extracting(range).withUnsafeBytes { unsafe Array($0) }
  }

  private mutating func append(_ size: UInt64) {
    guard let dimension = Int(exactly: size), dimensions.count < ONNX.depthMax else {
      hasBadDimension = true
      return
    }
    dimensions.append(dimension)
  }

  /// StringStringEntryProto: key = 1, value = 2.
  private mutating func addExternal(_ range: Range<Int>, _ bytes: RawSpan) throws(Problem) {
    var reader = ProtobufReader(range, place: "external data")
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

  // MARK: Entries

  /// The type and the number of bytes; throws what is wrong with name, type or shape.
  private func checked() throws(Problem) -> (type: ElementType, byteCount: Int) {
    guard !name.bytes.isEmpty, String(validating: name.bytes, as: UTF8.self) != nil,
      !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else {
      throw malformed(
        "onnx_tensor", "name", "the name is empty, not UTF-8 or has control characters")
    }
    guard let type else {
      throw malformed(
        "unknown_dtype", "data type", "the data type \(typeNumber) is unknown or not read")
    }
    guard !hasBadDimension else {
      throw malformed("onnx_tensor", "dims", "a dimension is negative, or there are too many")
    }
    // Elements of less than a byte fill whole bytes, the last one with zeros.
    guard let elements = checkedElementCount(dimensions),
      let bytes = type.byteCount(
        elements: elements - elements % type.blockElements)
    else { throw malformed("onnx_tensor", "dims", "the number of bytes overflows 63 bits") }
    return (type, bytes + (elements % type.blockElements > 0 ? type.blockBytes : 0))
  }

  /// The entry if the data is in the model's own file; nil if it is not there in a form of the
  /// type.
  func inlineEntry(_ bytes: RawSpan) throws(Problem) -> TensorEntry? {
    let (type, wanted) = try checked()
    guard raw == nil || numbers.isEmpty else {
      throw malformed("onnx_tensor", "data", "it has raw bytes and numbers; readers would differ")
    }
    guard !isExternal || (raw == nil && numbers.isEmpty) else {
      throw malformed("onnx_external", "data", "it has external data and data of its own")
    }
    var layout = TensorLayout.plain
    var start = raw?.lowerBound ?? 0
    if let raw {
      guard raw.count == wanted else {
        throw malformed(
          "onnx_tensor", "data", "shape and type need \(wanted) bytes, \(raw.count) are there")
      }
    } else if numbers.isEmpty {
      guard wanted == 0 else { return nil }
    } else {
      guard
        let found = try numbers.layout(type, byteCount: wanted, bytes, place: "data")
      else { return nil }
      if !found.isVarint, found.runs.count == 1 {
        start = found.runs[0].lowerBound
      } else {
        layout.numbers = found
      }
    }
    return TensorEntry(
      name: name, type: type, shape: dimensions, byteCount: wanted, file: 0, offsetBytes: start,
      layout: layout)
  }

  /// The entry in a file of external data.
  func externalEntry(_ file: Int, byteCount available: Int) throws(Problem) -> TensorEntry {
    let (type, wanted) = try checked()
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
