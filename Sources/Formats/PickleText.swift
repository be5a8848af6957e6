// The two text forms of protocol 0: a quoted Python literal, and raw-unicode-escape.

import Base

enum PickleText {
  /// `'…'` or `"…"` with the escapes of a Python bytes literal; nil if the quotes do not match.
  static func quoted(_ line: ArraySlice<UInt8>) -> ByteName? {
    guard line.count >= 2, let quote = line.first, line.last == quote,
      quote == 0x22 || quote == 0x27
    else { return nil }
    let body = Array(line.dropFirst().dropLast())
    var result: [UInt8] = []
    var index = 0
    while index < body.count {
      guard body[index] == UInt8(ascii: "\\"), index + 1 < body.count else {
        result.append(body[index])
        index += 1
        continue
      }
      let (bytes, length) = escape(body[(index + 1)...])
      result += bytes
      index += 1 + length
    }
    return ByteName(bytes: result)
  }

  /// What stands behind a backslash, and how much of it was used.
  private static func escape(_ rest: ArraySlice<UInt8>) -> (bytes: [UInt8], length: Int) {
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22,
      UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
      UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
      UInt8(ascii: "v"): 0x0B,
    ]
    guard let first = rest.first else { return ([0x5C], 0) }
    if let byte = simple[first] { return ([byte], 1) }
    if first == UInt8(ascii: "x"), let value = number(rest.dropFirst().prefix(2), radix: 16, 2) {
      return ([UInt8(truncatingIfNeeded: value)], 3)
    }
    let octal = rest.prefix(3).prefix { $0 >= 0x30 && $0 <= 0x37 }
    if !octal.isEmpty, let value = number(octal, radix: 8, octal.count) {
      return ([UInt8(truncatingIfNeeded: value)], octal.count)
    }
    return ([0x5C, first], 1)
  }

  /// Latin-1 with `\uXXXX` and `\UXXXXXXXX`; nil if such an escape is broken.
  static func rawUnicode(_ line: ArraySlice<UInt8>) -> ByteName? {
    var text = ""
    var index = line.startIndex
    while index < line.endIndex {
      let next = line.index(after: index)
      let kind = next < line.endIndex ? line[next] : 0
      let digits = kind == UInt8(ascii: "u") ? 4 : kind == UInt8(ascii: "U") ? 8 : 0
      guard line[index] == UInt8(ascii: "\\"), digits > 0 else {
        text.unicodeScalars.append(UnicodeScalar(line[index]))
        index = next
        continue
      }
      guard let value = number(line[line.index(after: next)...].prefix(digits), radix: 16, digits),
        let scalar = UnicodeScalar(value)
      else { return nil }
      text.unicodeScalars.append(scalar)
      index = next + 1 + digits
    }
    return ByteName(text)
  }

  private static func number(_ digits: ArraySlice<UInt8>, radix: Int, _ count: Int) -> UInt32? {
    guard digits.count == count, digits.first != UInt8(ascii: "+"),
      digits.first != UInt8(ascii: "-")
    else { return nil }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: radix)
  }
}
