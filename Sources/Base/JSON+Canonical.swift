// Writing JSON so that equal documents have equal bytes (RFC 8785, JCS).
//
// Keys are sorted by UTF-16 code units, strings escape only what must be, numbers take
// ECMAScript's shortest form. One deviation, where JCS would lose digits: an integer that a
// double cannot hold keeps its digits.

extension JSON {
  /// The canonical form, without a newline at the end.
  public var canonicalBytes: [UInt8] {
    var output: [UInt8] = []
    write(into: &output)
    return output
  }

  public var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }

  /// Sorted keys, two spaces a level: for people.
  public var prettyText: String {
    var output: [UInt8] = []
    writePretty(into: &output, indent: 0)
    return String(decoding: output, as: UTF8.self)
  }

  fileprivate func write(into output: inout [UInt8]) {
    switch self {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .number(let value): output += value.canonicalText.utf8
    case .string(let value): writeString(value, into: &output)
    case .array(let values):
      output.append(UInt8(ascii: "["))
      for (position, value) in values.enumerated() {
        if position > 0 { output.append(UInt8(ascii: ",")) }
        value.write(into: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let object):
      output.append(UInt8(ascii: "{"))
      for (position, member) in object.sortedMembers.enumerated() {
        if position > 0 { output.append(UInt8(ascii: ",")) }
        writeString(member.key, into: &output)
        output.append(UInt8(ascii: ":"))
        member.value.write(into: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private func writePretty(into output: inout [UInt8], indent: Int) {
    let inner = [UInt8](repeating: 0x20, count: 2 * (indent + 1))
    let outer = [UInt8](repeating: 0x20, count: 2 * indent)
    switch self {
    case .array(let values) where !values.isEmpty:
      output += "[\n".utf8
      for (position, value) in values.enumerated() {
        if position > 0 { output += ",\n".utf8 }
        output += inner
        value.writePretty(into: &output, indent: indent + 1)
      }
      output += "\n".utf8
      output += outer
      output += "]".utf8
    case .object(let object) where !object.isEmpty:
      output += "{\n".utf8
      for (position, member) in object.sortedMembers.enumerated() {
        if position > 0 { output += ",\n".utf8 }
        output += inner
        writeString(member.key, into: &output)
        output += ": ".utf8
        member.value.writePretty(into: &output, indent: indent + 1)
      }
      output += "\n".utf8
      output += outer
      output += "}".utf8
    default: write(into: &output)
    }
  }
}

extension JSONObject {
  /// What stands before and behind the elements of an array under `key`, in the canonical form of
  /// this object with that array. Whoever has a million elements writes them one by one between.
  public func canonicalFrame(of key: String) -> (head: String, tail: String) {
    var head: [UInt8] = [UInt8(ascii: "{")]
    var tail: [UInt8] = [UInt8(ascii: "]")]
    for member in sortedMembers where ByteName(member.key) != ByteName(key) {
      let isBefore = member.key.utf16.lexicographicallyPrecedes(key.utf16)
      var text: [UInt8] = []
      writeString(member.key, into: &text)
      text.append(UInt8(ascii: ":"))
      member.value.write(into: &text)
      if isBefore {
        head += text
        head.append(UInt8(ascii: ","))
      } else {
        tail.append(UInt8(ascii: ","))
        tail += text
      }
    }
    writeString(key, into: &head)
    head += ":[".utf8
    tail.append(UInt8(ascii: "}"))
    return (String(decoding: head, as: UTF8.self), String(decoding: tail, as: UTF8.self))
  }

  fileprivate var sortedMembers: [(key: String, value: JSON)] {
    members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
  }
}

extension JSONNumber {
  var canonicalText: String {
    if text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }) {
      return text == "-0" ? "0" : text
    }
    return double.isFinite ? canonicalNumber(double) : text
  }
}

/// ECMAScript's Number::toString of a finite number (RFC 8785 section 3.2.2.3).
func canonicalNumber(_ value: Double) -> String {
  precondition(value.isFinite, "JSON has no NaN and no infinity")
  if value == 0 { return "0" }
  // Swift prints the shortest digits that read back; only their arrangement differs.
  var digits: [UInt8] = []
  var pointAfter = 0
  var seenPoint = false
  var exponent = 0
  let text = Array(value.magnitude.description.utf8)
  var position = 0
  while position < text.count {
    let byte = text[position]
    if byte == UInt8(ascii: ".") {
      seenPoint = true
    } else if byte == UInt8(ascii: "e") {
      exponent = Int(String(decoding: text[(position + 1)...], as: UTF8.self)) ?? 0
      break
    } else {
      digits.append(byte)
      if !seenPoint { pointAfter += 1 }
    }
    position += 1
  }
  let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
  digits.removeFirst(leading)
  while digits.last == UInt8(ascii: "0") { digits.removeLast() }
  let point = pointAfter - leading + exponent
  return (value < 0 ? "-" : "") + arranged(digits, point: point)
}

/// `digits` are those of 0.d₁d₂… × 10^point.
private func arranged(_ digits: [UInt8], point: Int) -> String {
  let text = String(decoding: digits, as: UTF8.self)
  let count = digits.count
  if count <= point, point <= 21 { return text + String(repeating: "0", count: point - count) }
  if 0 < point, point <= 21 {
    return String(text.prefix(point)) + "." + String(text.dropFirst(point))
  }
  if -6 < point, point <= 0 { return "0." + String(repeating: "0", count: -point) + text }
  let exponent = point - 1
  let sign = exponent < 0 ? "-" : "+"
  let mantissa = count == 1 ? text : text.prefix(1) + "." + text.dropFirst(1)
  return "\(mantissa)e\(sign)\(exponent.magnitude)"
}

private func writeString(_ text: String, into output: inout [UInt8]) {
  output.append(UInt8(ascii: "\""))
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""): output += "\\\"".utf8
    case UInt8(ascii: "\\"): output += "\\\\".utf8
    case 0x08: output += "\\b".utf8
    case 0x09: output += "\\t".utf8
    case 0x0A: output += "\\n".utf8
    case 0x0C: output += "\\f".utf8
    case 0x0D: output += "\\r".utf8
    case 0..<0x20:
      output += "\\u00".utf8
      output += Hex.encode([byte]).utf8
    default: output.append(byte)
    }
  }
  output.append(UInt8(ascii: "\""))
}
