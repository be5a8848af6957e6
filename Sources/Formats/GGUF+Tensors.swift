// The table of tensors of a GGUF file, and where their bytes lie.
//
// Limits are those of ggml: 1 to 4 dimensions, names of at most 63 bytes, an alignment that is a
// power of two (here at least 8). The file gives the innermost dimension first; entries give the
// outermost first, as safetensors does.

import Base

extension GGUF {
  static let dimensionsMax = 4
  static let nameBytesMax = 63
}

extension GGUFReader {
  mutating func tensorTable(
    _ count: Int, _ metadata: [ByteName: GGUFValue], _ bytes: RawSpan
  ) throws(Problem) -> [TensorEntry] {
    let alignment = try alignment(metadata)
    var names: Set<ByteName> = []
    var relative: [TensorEntry] = []
    for index in 0..<count {
      try ask(index)
      let entry = try tensor(index, alignment, bytes)
      guard names.insert(entry.name).inserted else {
        throw malformed("gguf_tensor", place, "the name stands twice")
      }
      relative.append(entry)
    }
    return try placed(relative, alignment, bytes)
  }

  private func alignment(_ metadata: [ByteName: GGUFValue]) throws(Problem) -> Int {
    guard let value = metadata[GGUF.alignmentKey] else { return GGUF.alignmentDefault }
    guard case .uint32(let number) = value, number >= 8, number & (number - 1) == 0 else {
      throw malformed(
        "gguf_alignment", "metadata key \(GGUF.alignmentKey.quoted)",
        "the alignment must be a u32 that is a power of two and at least 8")
    }
    return Int(number)
  }

  /// One line of the table; its offset is still relative to the start of the data.
  private mutating func tensor(
    _ index: Int, _ alignment: Int, _ bytes: RawSpan
  ) throws(Problem) -> TensorEntry {
    part = .tensor(index)
    let name = ByteName(bytes: try string(bytes))
    guard !name.bytes.isEmpty, name.bytes.count <= GGUF.nameBytesMax,
      String(validating: name.bytes, as: UTF8.self) != nil,
      !name.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else {
      throw malformed(
        "gguf_tensor", "tensor \(index)",
        "a name must be UTF-8 without control characters, of 1 to \(GGUF.nameBytesMax) bytes")
    }
    part = .tensorNamed(name)
    let dimensionCount = try u32(bytes)
    guard (1...UInt32(GGUF.dimensionsMax)).contains(dimensionCount) else {
      throw malformed(
        "gguf_tensor", place, "\(dimensionCount) dimensions; 1 to \(GGUF.dimensionsMax) are allowed"
      )
    }
    var innermostFirst: [Int] = []
    for _ in 0..<dimensionCount {
      guard let size = Int(exactly: try u64(bytes)) else {
        throw malformed("gguf_tensor", place, "a dimension of 2^63 or more")
      }
      innermostFirst.append(size)
    }
    let number = try u32(bytes)
    guard let type = ElementType.ggml(id: number) else {
      throw malformed(
        "gguf_type", place, "the tensor type \(number) is unknown or was removed from ggml")
    }
    guard let elements = checkedElementCount(innermostFirst),
      innermostFirst[0] % type.blockElements == 0,
      let byteCount = type.byteCount(elements: elements)
    else {
      throw malformed(
        "gguf_tensor", place,
        "the shape overflows 63 bits, or a row is not a multiple of the "
          + "\(type.blockElements) values of a \(type) block")
    }
    guard let offset = Int(exactly: try u64(bytes)), offset % alignment == 0 else {
      throw malformed(
        "gguf_offset", place, "the offset is not a multiple of the alignment \(alignment)")
    }
    return TensorEntry(
      name: name, type: type, shape: innermostFirst.reversed(), byteCount: byteCount, file: 0,
      offsetBytes: offset)
  }

  /// Checks that the tensors follow each other in the file and gives them absolute offsets.
  private func placed(
    _ relative: [TensorEntry], _ alignment: Int, _ bytes: RawSpan
  ) throws(Problem) -> [TensorEntry] {
    guard let start = roundedUp(cursor.offset, alignment),
      start <= bytes.byteCount || relative.isEmpty
    else {
      throw malformed(
        "gguf_truncated", relative.first.map { "tensor \($0.name.quoted)" } ?? "padding",
        "the file ends before the tensors' data")
    }
    let dataBytes = max(0, bytes.byteCount - start)
    var previousEnd = cursor.offset - start  // the padding in front of the data is checked too
    var expected = 0
    let order = relative.indices.map {
      (begin: relative[$0].offsetBytes, count: relative[$0].byteCount, index: $0)
    }
    for line in order.sorted(by: { ($0.begin, $0.count) < ($1.begin, $1.count) }) {
      let entry = relative[line.index]
      var place: String { "tensor \(entry.name.quoted)" }
      guard entry.offsetBytes <= dataBytes, entry.byteCount <= dataBytes - entry.offsetBytes else {
        throw malformed(
          "gguf_offset", place,
          "\(entry.byteCount) bytes at offset \(entry.offsetBytes) do not lie in the "
            + "\(dataBytes) bytes of data")
      }
      guard entry.offsetBytes == expected else {
        throw malformed(
          "gguf_offset", place,
          "its data starts at offset \(entry.offsetBytes) where \(expected) is expected: "
            + (entry.offsetBytes < expected ? "it overlaps another tensor" : "it leaves a gap"))
      }
      try checkZeros(
        start + previousEnd, start + entry.offsetBytes, .tensorNamed(entry.name), bytes)
      previousEnd = entry.offsetBytes + entry.byteCount
      guard let next = roundedUp(previousEnd, alignment) else {
        throw malformed("gguf_offset", place, "the end of its data overflows")
      }
      expected = next
    }
    // Some writers leave the last padding out.
    let end = start + previousEnd
    guard bytes.byteCount <= max(end, start + expected) else {
      throw malformed(
        "gguf_trailing", "byte \(start + expected)",
        "\(bytes.byteCount - start - expected) bytes behind the last tensor belong to no tensor")
    }
    try checkZeros(min(end, bytes.byteCount), bytes.byteCount, .named("byte \(end)"), bytes)
    return relative.map { entry in
      TensorEntry(
        name: entry.name, type: entry.type, shape: entry.shape, byteCount: entry.byteCount, file: 0,
        offsetBytes: start + entry.offsetBytes)
    }
  }

  private func checkZeros(
    _ begin: Int, _ end: Int, _ part: GGUFPart, _ bytes: RawSpan
  ) throws(Problem) {
    for offset in begin..<max(begin, end)
    where unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) != 0 {
      throw malformed(
        "gguf_padding", part.description, "the padding byte \(offset) is not zero; it may hide data"
      )
    }
  }

  private func roundedUp(_ value: Int, _ alignment: Int) -> Int? {
    let (sum, overflow) = value.addingReportingOverflow(alignment - 1)
    return overflow ? nil : sum & ~(alignment - 1)
  }
}
