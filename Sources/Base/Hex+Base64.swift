// Hexadecimal and base64 with one spelling for each value.

/// Lower-case hexadecimal.
public enum Hex {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in bytes {
      text.append(hexDigits[Int(byte >> 4)])
      text.append(hexDigits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes, or nil if a digit is not lower-case hexadecimal or one is missing.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[position]), let low = value(digits[position + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}

private let hexDigits = Array("0123456789abcdef".utf8)

/// Base64 of RFC 4648 section 4.
public enum Base64 {
  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      let group = chunk.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - chunk.count))
      for (position, shift) in [UInt32(18), 12, 6, 0].enumerated() {
        text.append(
          position <= chunk.count ? alphabet[Int(group >> shift & 0x3F)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Standard alphabet, padded, no stray bits: one value has one spelling.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.count % 4 == 0, let bytes = decodeLenient(text) else { return nil }
    return encode(bytes).utf8.elementsEqual(text.utf8) ? bytes : nil
  }

  /// Either alphabet, padded or not, as DSSE asks of a reader. Other bytes give nil.
  public static func decodeLenient(_ text: some StringProtocol) -> [UInt8]? {
    var digits = Array(text.utf8)
    var padding = 0
    while digits.last == UInt8(ascii: "="), padding < 2 {
      digits.removeLast()
      padding += 1
    }
    guard digits.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits = 0
    for digit in digits {
      guard let sextet = sextets[Int(digit)] else { return nil }
      group = group << 6 | UInt32(sextet)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
      }
    }
    return bytes
  }
}

private let alphabet = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

private let sextets: [UInt8?] = {
  var table = [UInt8?](repeating: nil, count: 256)
  for (value, digit) in alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
  table[Int(UInt8(ascii: "-"))] = 62
  table[Int(UInt8(ascii: "_"))] = 63
  return table
}()
