// Between UTF-8 bytes and arrays of Unicode scalars.
//
// The tokenizer works on scalars: patterns, categories and normal forms are defined on them. What
// is not UTF-8 becomes U+FFFD, one for each maximal part of a sequence (the practice of the Unicode
// Standard, chapter 3.9, and of every decoder we are compared with).

enum UTF8Text {
  /// The scalars of a text; ill-formed parts become U+FFFD.
  static func scalars(_ bytes: some Collection<UInt8>) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(bytes.count)
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): result.append(scalar.value)
      case .error: result.append(0xFFFD)
      case .emptyInput: return result
      }
    }
  }

  /// The UTF-8 form; values that are no scalars become U+FFFD.
  static func bytes(_ scalars: some Sequence<UInt32>) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in scalars { append(scalar, to: &result) }
    return result
  }

  static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    switch scalar {
    case 0..<0x80: bytes.append(UInt8(scalar))
    case 0x80..<0x800:
      bytes.append(UInt8(0xC0 | scalar >> 6))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    case 0xD800...0xDFFF, 0x110000...: append(0xFFFD, to: &bytes)
    case 0x800..<0x10000:
      bytes.append(UInt8(0xE0 | scalar >> 12))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    default:
      bytes.append(UInt8(0xF0 | scalar >> 18))
      bytes.append(UInt8(0x80 | scalar >> 12 & 0x3F))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    }
  }

  /// Well-formed UTF-8: the bytes with ill-formed parts replaced by U+FFFD.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    if String(validating: bytes, as: UTF8.self) != nil { return bytes }
    return self.bytes(scalars(bytes))
  }
}
