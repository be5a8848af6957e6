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
  /// In quotes, with everything that could disturb a terminal or a report written as \xNN.
  var quoted: String {
    var text = "\""
    for scalar in self.text.unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7F || scalar == "\"" || scalar == "\\" {
        text += "\\x" + Hex.encode([UInt8(truncatingIfNeeded: scalar.value)])
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
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
