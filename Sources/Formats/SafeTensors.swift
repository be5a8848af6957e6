// The header of a safetensors file: which tensors, of which type and shape, at which bytes.
//
// Format: https://github.com/huggingface/safetensors#format
//     8 bytes   length n of the header, unsigned, little-endian
//     n bytes   JSON object, first byte "{", may end in spaces
//     the rest  the tensors' bytes; sorted by offset they tile it exactly
//
// Stricter than the reference reader: no key twice (also after unescaping), shapes and offsets are
// plain unsigned integers, names are free of control characters, BOOL bytes are 0 or 1.
// Promises: total; every length is checked against the bytes that are there before it is used.

import Base

enum SafeTensors {
  /// The reference reader's limit for a header.
  static let headerBytesMax = 100_000_000

  /// Reads the header of `file`; entries carry file index 0.
  static func entries(of file: MappedFile) throws(Problem) -> [TensorEntry] {
    let header = try readHeader(file)
    let dataStart = 8 + header.count
    let dataBytes = file.byteCount - dataStart
    let document: JSON
    do { document = try JSON.parse(trimmed(header)) } catch {
      throw malformed(
        "safetensors_header", "header, byte \(8 + error.offset)", error.reason)
    }
    guard let object = document.object else {
      throw malformed("safetensors_header", "header", "the header is not a JSON object")
    }
    var entries: [TensorEntry] = []
    for (key, value) in object {
      if key == "__metadata__" {
        try checkMetadata(value)
      } else {
        entries.append(
          try entry(named: ByteName(key), value, dataStart: dataStart, dataBytes: dataBytes))
      }
    }
    try checkTiling(entries, dataStart: dataStart, end: file.byteCount)
    try checkBooleans(entries, file)
    return entries
  }

  /// Whether the first bytes look like this format.
  static func isLikely(_ file: MappedFile) -> Bool {
    guard let head = file.bytes(at: 0, count: 9) else { return false }
    return head[8] == UInt8(ascii: "{")
  }
}

// MARK: Header

private func readHeader(_ file: MappedFile) throws(Problem) -> [UInt8] {
  guard let head = file.bytes(at: 0, count: 8) else {
    throw malformed(
      "safetensors_header", "header",
      "the file has \(file.byteCount) bytes; the length of the header alone takes 8")
  }
  let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  guard let count = Int(exactly: length), count >= 2, count <= SafeTensors.headerBytesMax else {
    throw malformed(
      "safetensors_header", "header",
      "the header claims \(length) bytes; 2 to \(SafeTensors.headerBytesMax) are allowed")
  }
  guard let header = file.bytes(at: 8, count: count) else {
    throw malformed(
      "safetensors_header", "header",
      "the header claims \(count) bytes and the file has \(file.byteCount - 8) behind the length")
  }
  guard header[0] == UInt8(ascii: "{") else {
    throw malformed("safetensors_header", "header", "the header does not begin with {")
  }
  return header
}

/// Without the spaces a writer may have padded with. Other white space there is left to the JSON
/// reader, and NUL bytes are refused by it.
private func trimmed(_ header: [UInt8]) -> [UInt8] {
  Array(header.prefix(upTo: (header.lastIndex { $0 != 0x20 } ?? -1) + 1))
}

private func checkMetadata(_ value: JSON) throws(Problem) {
  guard let object = value.object, object.allSatisfy({ $0.value.string != nil }) else {
    throw malformed(
      "safetensors_metadata", "header, __metadata__",
      "__metadata__ must be an object whose values are strings")
  }
}

// MARK: One tensor

private func entry(
  named name: ByteName, _ value: JSON, dataStart: Int, dataBytes: Int
) throws(Problem) -> TensorEntry {
  let place = "header, tensor \(name.quoted)"
  guard !name.bytes.isEmpty, !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
    throw malformed(
      "safetensors_name", place, "a tensor name must not be empty or hold control characters")
  }
  guard let object = value.object, object.count == 3, let dtype = object["dtype"]?.string,
    let dimensions = object["shape"]?.array, let offsets = object["data_offsets"]?.array
  else {
    throw malformed(
      "safetensors_tensor", place,
      "a tensor needs exactly dtype (text), shape (array) and data_offsets (array)")
  }
  guard let type = ElementType.safetensors(named: dtype) else {
    throw malformed("unknown_dtype", place, "the dtype \"\(dtype)\" is unknown")
  }
  var shape: [Int] = []
  for dimension in dimensions {
    guard let size = unsigned(dimension) else {
      throw malformed("safetensors_shape", place, "a dimension is not an unsigned integer")
    }
    shape.append(size)
  }
  guard let elements = checkedElementCount(shape) else {
    throw malformed("safetensors_shape", place, "the number of elements overflows 63 bits")
  }
  guard let byteCount = type.byteCount(elements: elements) else {
    throw malformed(
      "safetensors_shape", place, "\(elements) elements of \(type) are not whole bytes in 63 bits")
  }
  guard offsets.count == 2, let begin = unsigned(offsets[0]), let end = unsigned(offsets[1]) else {
    throw malformed(
      "safetensors_offsets", place, "data_offsets must be two unsigned integers below 2^63")
  }
  guard begin <= end, end <= dataBytes else {
    throw malformed(
      "safetensors_offsets", place,
      "data_offsets [\(begin), \(end)] do not lie in the \(dataBytes) bytes of data")
  }
  guard end - begin == byteCount else {
    throw malformed(
      "safetensors_offsets", place,
      "shape and dtype need \(byteCount) bytes, data_offsets give \(end - begin)")
  }
  return TensorEntry(
    name: name, type: type, shape: shape, byteCount: byteCount, file: 0,
    offsetBytes: dataStart + begin)
}

/// A number written as digits alone.
private func unsigned(_ value: JSON) -> Int? {
  guard let text = value.number?.text, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
    return nil
  }
  return Int(text)
}

// MARK: All tensors together

private func checkTiling(_ entries: [TensorEntry], dataStart: Int, end: Int) throws(Problem) {
  let ordered = entries.sorted {
    ($0.offsetBytes, $0.byteCount) < ($1.offsetBytes, $1.byteCount)
  }
  var next = dataStart
  for entry in ordered {
    guard entry.offsetBytes == next else {
      let what = entry.offsetBytes < next ? "shares bytes with another tensor" : "leaves a gap"
      throw malformed(
        "safetensors_tiling", "header, tensor \(entry.name.quoted)",
        "its data starts at byte \(entry.offsetBytes) where \(next) is expected: it \(what)")
    }
    next += entry.byteCount
  }
  guard next == end else {
    throw malformed(
      "safetensors_tiling", "byte \(next)",
      "\(end - next) bytes behind the last tensor belong to no tensor")
  }
}

private func checkBooleans(_ entries: [TensorEntry], _ file: MappedFile) throws(Problem) {
  for entry in entries where entry.type == .bool {
    let bad = file.withBytes { bytes in
      unsafe bytes.extracting(entry.offsetBytes..<entry.offsetBytes + entry.byteCount)
        .withUnsafeBytes {
          unsafe $0.firstIndex { $0 > 1 }
        }
    }
    if let bad {
      throw malformed(
        "safetensors_bool", "tensor \(entry.name.quoted), element \(bad)",
        "a BOOL byte is neither 0 nor 1")
    }
  }
}
