// The character classes of RFC 9110 and RFC 3986 that framing depends on, as one table lookup each.
// They are exact: a server that reads a byte differently from the proxy before it can be made to
// see a request that nobody sent.

enum Grammar {
  /// RFC 9110 `tchar`: what names of fields and methods are made of.
  static func isTokenByte(_ byte: UInt8) -> Bool { classes[Int(byte)] & 1 != 0 }

  /// What may stand in a field value: visible ASCII, blank, tab and the bytes from 0x80.
  static func isValueByte(_ byte: UInt8) -> Bool { classes[Int(byte)] & 2 != 0 }

  /// RFC 3986 `pchar`, `/` and `%`: what a path is made of on the wire.
  static func isPathByte(_ byte: UInt8) -> Bool { classes[Int(byte)] & 4 != 0 }

  /// Letters, digits, `.`, `-`, `_`: what we take for a host name. Wider sets only serve to hide.
  static func isHostByte(_ byte: UInt8) -> Bool { classes[Int(byte)] & 8 != 0 }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  static func hexValue(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30
    case 0x41...0x46: Int(byte) - 0x41 + 10
    case 0x61...0x66: Int(byte) - 0x61 + 10
    default: nil
    }
  }

  static func lower(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }

  /// ASCII case-insensitive equality; `lowercase` must be lower case already.
  static func matches(_ bytes: ArraySlice<UInt8>, _ lowercase: StaticString) -> Bool {
    guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
    return lowercase.withUTF8Buffer { wanted in
      unsafe zip(bytes, wanted).allSatisfy { lower($0) == $1 }
    }
  }

  /// Without blanks and tabs at either end (RFC 9110 `OWS`).
  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var slice = bytes
    while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
    while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
    return slice
  }

  private static let classes: [UInt8] = {
    var table = [UInt8](repeating: 0, count: 256)
    func mark(_ text: String, _ bit: UInt8) {
      for byte in text.utf8 { table[Int(byte)] |= bit }
    }
    let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    mark(letters + "!#$%&'*+-.^_`|~", 1)
    for byte in 0x20...0x7E { table[byte] |= 2 }
    for byte in 0x80...0xFF { table[byte] |= 2 }
    table[0x09] |= 2
    mark(letters + "-._~!$&'()*+,;=:@/%", 4)
    mark(letters + "-._", 8)
    return table
  }()
}
