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

  /// Reads the header of `file`; entries carry file index 0. Ends soon after the run is no longer
  /// wanted.
  static func entries(of file: MappedFile, run: Run) throws(Problem) -> [TensorEntry] {
    let count = try headerByteCount(file)
    let entries = try file.withBytes { (bytes) throws(Problem) in
      let header = bytes.extracting(8..<8 + count)
      var reader = SafeTensorsHeader(
        dataStart: 8 + count, dataBytes: file.byteCount - 8 - count, run: run)
      return try reader.read(header)
    }
    // The text is not needed again before the whole file is hashed.
    file.adviseDontNeed(offset: 0, count: 8 + count)
    try checkTiling(entries, dataStart: 8 + count, end: file.byteCount)
    try run.check()
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

private func headerByteCount(_ file: MappedFile) throws(Problem) -> Int {
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
  guard file.byteCount - 8 >= count else {
    throw malformed(
      "safetensors_header", "header",
      "the header claims \(count) bytes and the file has \(file.byteCount - 8) behind the length")
  }
  guard file.bytes(at: 8, count: 1) == [UInt8(ascii: "{")] else {
    throw malformed("safetensors_header", "header", "the header does not begin with {")
  }
  return count
}

// MARK: All tensors together

private func checkTiling(_ entries: [TensorEntry], dataStart: Int, end: Int) throws(Problem) {
  let places = entries.indices.map {
    (begin: entries[$0].offsetBytes, count: entries[$0].byteCount, index: $0)
  }
  var next = dataStart
  for place in places.sorted(by: { ($0.begin, $0.count) < ($1.begin, $1.count) }) {
    let entry = entries[place.index]
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
