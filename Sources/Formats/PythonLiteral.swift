// The few Python literals that a NumPy header is made of, read by their grammar.
//
// Understood: strings in single or double quotes without escapes, True, False, integers, tuples,
// lists and dictionaries with text keys. Anything else (names, calls, operators) is an error.

import Base

/// Why text is not such a literal, and at which byte.
struct PythonLiteralError: Error, Equatable {
  let offset: Int
  let reason: String
}

indirect enum PythonLiteral: Equatable, Sendable {
  case text(ByteName)
  case bool(Bool)
  case int(Int)
  case tuple([PythonLiteral])
  case list([PythonLiteral])
  case dictionary([Member])

  struct Member: Equatable, Sendable {
    let key: ByteName
    let value: PythonLiteral
  }

  static let depthMax = 16

  init(reading bytes: [UInt8]) throws(PythonLiteralError) {
    var reader = PythonReader(bytes: bytes)
    self = try reader.document()
  }

  /// Whether this element type has Python objects anywhere: the letter O as a type.
  var containsObjects: Bool {
    switch self {
    case .text(let code): code.bytes.contains(UInt8(ascii: "O"))
    case .tuple(let items), .list(let items): items.contains(where: \.containsObjects)
    case .dictionary(let members): members.contains(where: \.value.containsObjects)
    case .bool, .int: false
    }
  }
}

private struct PythonReader {
  let bytes: [UInt8]
  var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(PythonLiteralError) -> PythonLiteral {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw fail("text behind the end of the literal") }
    return value
  }

  private func fail(_ reason: String) -> PythonLiteralError {
    PythonLiteralError(offset: offset, reason: reason)
  }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while current == 0x20 || current == 0x0A { offset += 1 }
  }

  private mutating func value(depth: Int) throws(PythonLiteralError) -> PythonLiteral {
    guard depth < PythonLiteral.depthMax else { throw fail("nested too deeply") }
    switch current {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "("): return try tuple(depth: depth)
    case UInt8(ascii: "["):
      return .list(try items(UInt8(ascii: "]"), depth: depth).values)
    case UInt8(ascii: "{"): return try dictionary(depth: depth)
    case UInt8(ascii: "T"): return try word("True", .bool(true))
    case UInt8(ascii: "F"): return try word("False", .bool(false))
    default: return .int(try integer())
    }
  }

  private mutating func word(
    _ word: String, _ value: PythonLiteral
  ) throws(PythonLiteralError) -> PythonLiteral {
    guard bytes[offset...].starts(with: word.utf8) else { throw fail("expected a literal") }
    offset += word.utf8.count
    return value
  }

  private mutating func text() throws(PythonLiteralError) -> ByteName {
    let quote = bytes[offset]
    guard let end = bytes[(offset + 1)...].firstIndex(of: quote) else {
      throw fail("a string does not end")
    }
    let body = bytes[offset + 1..<end]
    guard !body.contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else {
      throw fail("a string with an escape")
    }
    offset = end + 1
    return ByteName(bytes: body)
  }

  private mutating func integer() throws(PythonLiteralError) -> Int {
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    while let byte = current, byte >= 0x30, byte <= 0x39 { offset += 1 }
    // A header written by Python 2 may mark long integers.
    let digits = bytes[start..<offset]
    if current == UInt8(ascii: "L") { offset += 1 }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      offset = start
      throw fail("expected a literal")
    }
    return value
  }

  private mutating func tuple(depth: Int) throws(PythonLiteralError) -> PythonLiteral {
    let (values, endsInComma) = try items(UInt8(ascii: ")"), depth: depth)
    // Without a comma, one value in parentheses is that value.
    return values.count == 1 && !endsInComma ? values[0] : .tuple(values)
  }

  /// Values up to the closing byte; a comma may stand behind the last.
  private mutating func items(
    _ closing: UInt8, depth: Int
  ) throws(PythonLiteralError) -> (values: [PythonLiteral], endsInComma: Bool) {
    offset += 1
    var values: [PythonLiteral] = []
    var afterComma = false
    while true {
      skipSpace()
      if current == closing {
        offset += 1
        return (values, afterComma)
      }
      guard values.isEmpty || afterComma else { throw fail("expected a comma") }
      values.append(try value(depth: depth + 1))
      afterComma = try comma()
    }
  }

  private mutating func comma() throws(PythonLiteralError) -> Bool {
    skipSpace()
    guard current == UInt8(ascii: ",") else { return false }
    offset += 1
    return true
  }

  private mutating func dictionary(depth: Int) throws(PythonLiteralError) -> PythonLiteral {
    offset += 1
    var members: [PythonLiteral.Member] = []
    var afterComma = true
    while true {
      skipSpace()
      if current == UInt8(ascii: "}") {
        offset += 1
        return .dictionary(members)
      }
      guard afterComma, current == UInt8(ascii: "'") || current == UInt8(ascii: "\"") else {
        throw fail("expected a key in quotes")
      }
      let key = try text()
      guard !members.contains(where: { $0.key == key }) else { throw fail("a key stands twice") }
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw fail("expected ':'") }
      offset += 1
      skipSpace()
      members.append(PythonLiteral.Member(key: key, value: try value(depth: depth + 1)))
      afterComma = try comma()
    }
  }
}
