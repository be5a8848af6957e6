// What a file is before it is read as a text: UTF-16 is decoded, and a form whose text cannot be
// reached says what it is instead of being none.

import Base

enum TextForm {
  /// The bytes as UTF-8, or what they are if no text can be reached in them.
  static func read(_ bytes: [UInt8]) -> (text: [UInt8], unreadable: String?) {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return (utf16(bytes, isLittleEndian: bytes[0] == 0xFF), nil)
    }
    for (mark, name) in forms where bytes.starts(with: mark) {
      return ([], "\(name): its text is not read; give the licence as plain text")
    }
    if bytes.prefix(4096).contains(0) {
      return ([], "a binary file: no text is read in it; give the licence as plain text")
    }
    return (bytes, nil)
  }

  private static let forms: [([UInt8], String)] = [
    (Array("%PDF-".utf8), "a PDF file"), (Array("{\\rtf".utf8), "an RTF file"),
    ([0x50, 0x4B, 0x03, 0x04], "an archive or office document"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an office document"), ([0x89, 0x50, 0x4E, 0x47], "an image"),
    ([0xFF, 0xD8, 0xFF], "an image"), ([0x1F, 0x8B], "a compressed file"),
  ]

  private static func utf16(_ bytes: [UInt8], isLittleEndian: Bool) -> [UInt8] {
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
      let first = UInt16(bytes[place])
      let second = UInt16(bytes[place + 1])
      return isLittleEndian ? second << 8 | first : first << 8 | second
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
