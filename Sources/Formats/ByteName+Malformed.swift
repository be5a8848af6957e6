// The error of a reader: which part of which file is at fault, what was found, what was wanted.

import Base

/// A malformed part of a file. `place` is the part (header, tensor, key, member); whoever knows the
/// file's name puts it in front.
func malformed(
  _ code: String, _ place: String, _ reason: String,
  remedy: String = "get the file again from its publisher; it is damaged or was made to mislead"
) -> Problem {
  Problem(.malformed, code, place: place, reason: reason, remedy: remedy)
}

extension ByteName {
  /// In quotes, with everything that could disturb a terminal or a report written as \xNN, and
  /// of a name that is no UTF-8 every byte beyond ASCII.
  var quoted: String {
    guard let valid = String(validating: bytes, as: UTF8.self) else {
      return "\"" + bytes.map { Self.visible($0, isASCII: $0 < 0x80) }.joined() + "\""
    }
    var text = "\""
    for scalar in valid.unicodeScalars {
      if scalar.isASCII {
        text += Self.visible(UInt8(truncatingIfNeeded: scalar.value), isASCII: true)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private static func visible(_ byte: UInt8, isASCII: Bool) -> String {
    isASCII && byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "\"")
      ? String(UnicodeScalar(byte)) : "\\x" + Hex.encode([byte])
  }
}

/// The product of dimensions, or nil if it overflows.
func checkedElementCount(_ shape: [Int]) -> Int? {
  var product = 1
  for dimension in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    guard !overflow, next >= 0 else { return nil }
    product = next
  }
  return product
}
