// The alphabet in which byte-level vocabularies write bytes.
//
// Every byte has one printable character: 33-126, 161-172 and 174-255 stand for themselves, the
// other 68 in order for U+0100 and on (the scheme of the GPT-2 release, kept by all byte-level
// models).

enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt32) in
      switch byte {
      case 33...126, 161...172, 174...255: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte of a character, or nil if it is not of the alphabet.
  static func byte(of scalar: UInt32) -> UInt8? {
    guard scalar < 0x144 else { return nil }
    let entry = bytes[Int(scalar)]
    return entry >= 0 ? UInt8(entry) : nil
  }

  private static let bytes: [Int16] = {
    var table = Array(repeating: Int16(-1), count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar)] = Int16(byte) }
    return table
  }()

  /// The bytes a token stands for: its characters as bytes if all are of the alphabet, else its own
  /// UTF-8 (as the reference decoder does it).
  static func bytes(of token: [UInt8]) -> [UInt8] {
    let scalars = UTF8Text.scalars(token)
    let decoded = scalars.compactMap(byte(of:))
    return decoded.count == scalars.count ? decoded : token
  }
}
