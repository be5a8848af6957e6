// Reads the header of a safetensors file: from its text straight to the entries.
//
// A header of 100 MB names a million tensors; no value is made of it but the entries themselves.
// The text is judged as JSON as a whole before any entry is: what is wrong with an entry is kept
// until the end of the text is reached.

import Base

struct SafeTensorsHeader {
  private var scanner: JSONScanner
  private let run: Run
  private let dataStart: Int
  private let dataBytes: Int
  private var entries: [TensorEntry] = []
  /// The first thing that is wrong with a member.
  private var problem: Problem?
  /// Neighbours are often of one shape and share it.
  private var lastShape: [Int] = []

  /// - Parameter dataBytes: how many bytes there are behind the header.
  init(dataStart: Int, dataBytes: Int, run: Run) {
    scanner = JSONScanner(run: run)
    self.run = run
    self.dataStart = dataStart
    self.dataBytes = dataBytes
  }

  /// The entries in the order of the text, which begins with a brace.
  mutating func read(_ text: RawSpan) throws(Problem) -> [TensorEntry] {
    do { try members(text) } catch {
      try run.check()
      throw malformed("safetensors_header", "header, byte \(8 + error.offset)", error.reason)
    }
    if let problem { throw problem }
    return entries
  }

  private mutating func members(_ text: RawSpan) throws(JSONError) {
    var keys = JSONKeys()
    if try scanner.opens(text, depth: 1) {
      repeat {
        let key = try scanner.key(text, besides: &keys)
        if problem != nil {
          try scanner.skipValue(text, depth: 1)
        } else if key.equals(Self.metadata, text) {
          try readMetadata(text)
        } else {
          try readTensor(key, text)
        }
      } while try scanner.continues(text, until: "}")
    }
    try scanner.end(text)
  }

  private static let metadata = Array("__metadata__".utf8)
  private static let dtype = Array("dtype".utf8)
  private static let shape = Array("shape".utf8)
  private static let offsets = Array("data_offsets".utf8)

  private mutating func readMetadata(_ text: RawSpan) throws(JSONError) {
    var isFlat = scanner.current(text) == UInt8(ascii: "{")
    if !isFlat {
      try scanner.skipValue(text, depth: 1)
    } else if try scanner.opens(text, depth: 2) {
      var keys = JSONKeys()
      repeat {
        _ = try scanner.key(text, besides: &keys)
        isFlat = isFlat && scanner.current(text) == UInt8(ascii: "\"")
        try scanner.skipValue(text, depth: 2)
      } while try scanner.continues(text, until: "}")
    }
    guard !isFlat else { return }
    problem = malformed(
      "safetensors_metadata", "header, __metadata__",
      "__metadata__ must be an object whose values are strings")
  }

  private mutating func readTensor(_ key: JSONText, _ text: RawSpan) throws(JSONError) {
    let fields = try fields(text)
    let name = ByteName(bytes: key.utf8(text))
    do { entries.append(try entry(named: name, fields)) } catch { problem = error }
  }

  /// What stands in a tensor's object.
  private struct Fields {
    var memberCount = 0
    var dtype: ByteName?
    var shape: Numbers?
    var offsets: Numbers?

    /// The elements of an array; nil for one that is no unsigned number.
    struct Numbers {
      var values: [Int] = []
      var areUnsigned = true
    }
  }

  private mutating func fields(_ text: RawSpan) throws(JSONError) -> Fields {
    var fields = Fields()
    guard scanner.current(text) == UInt8(ascii: "{") else {
      try scanner.skipValue(text, depth: 1)
      return fields
    }
    var keys = JSONKeys()
    guard try scanner.opens(text, depth: 2) else { return fields }
    repeat {
      let key = try scanner.key(text, besides: &keys)
      fields.memberCount += 1
      if key.equals(Self.dtype, text), scanner.current(text) == UInt8(ascii: "\"") {
        fields.dtype = ByteName(bytes: try scanner.string(text).utf8(text))
      } else if key.equals(Self.shape, text), scanner.current(text) == UInt8(ascii: "[") {
        fields.shape = try numbers(text)
      } else if key.equals(Self.offsets, text), scanner.current(text) == UInt8(ascii: "[") {
        fields.offsets = try numbers(text)
      } else {
        try scanner.skipValue(text, depth: 2)
      }
    } while try scanner.continues(text, until: "}")
    return fields
  }

  private mutating func numbers(_ text: RawSpan) throws(JSONError) -> Fields.Numbers {
    var numbers = Fields.Numbers()
    guard try scanner.opens(text, depth: 3) else { return numbers }
    repeat {
      if let value = try scanner.unsigned(text, depth: 3) {
        numbers.values.append(value)
      } else {
        numbers.areUnsigned = false
      }
    } while try scanner.continues(text, until: "]")
    return numbers
  }

  private mutating func entry(
    named name: ByteName, _ fields: Fields
  ) throws(Problem) -> TensorEntry {
    func wrong(_ code: String, _ reason: String) -> Problem {
      malformed(code, "header, tensor \(name.quoted)", reason)
    }
    guard !name.bytes.isEmpty, !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw wrong("safetensors_name", "a tensor name must not be empty or hold control characters")
    }
    guard fields.memberCount == 3, let dtype = fields.dtype, let dimensions = fields.shape,
      let offsets = fields.offsets
    else {
      throw wrong(
        "safetensors_tensor",
        "a tensor needs exactly dtype (text), shape (array) and data_offsets (array)")
    }
    guard let type = ElementType.safetensors(named: dtype) else {
      throw wrong("unknown_dtype", "the dtype \"\(dtype)\" is unknown")
    }
    guard dimensions.areUnsigned else {
      throw wrong("safetensors_shape", "a dimension is not an unsigned integer")
    }
    guard let elements = checkedElementCount(dimensions.values) else {
      throw wrong("safetensors_shape", "the number of elements overflows 63 bits")
    }
    guard let byteCount = type.byteCount(elements: elements) else {
      throw wrong(
        "safetensors_shape", "\(elements) elements of \(type) are not whole bytes in 63 bits")
    }
    let range = offsets.values
    guard offsets.areUnsigned, range.count == 2 else {
      throw wrong("safetensors_offsets", "data_offsets must be two unsigned integers below 2^63")
    }
    guard range[0] <= range[1], range[1] <= dataBytes else {
      throw wrong(
        "safetensors_offsets",
        "data_offsets [\(range[0]), \(range[1])] do not lie in the \(dataBytes) bytes of data")
    }
    guard range[1] - range[0] == byteCount else {
      throw wrong(
        "safetensors_offsets",
        "shape and dtype need \(byteCount) bytes, data_offsets give \(range[1] - range[0])")
    }
    if dimensions.values != lastShape { lastShape = dimensions.values }
    return TensorEntry(
      name: name, type: type, shape: lastShape, byteCount: byteCount, file: 0,
      offsetBytes: dataStart + range[0])
  }
}
