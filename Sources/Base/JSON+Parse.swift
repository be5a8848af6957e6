// Strict reading of JSON (RFC 8259), for documents that are hashed, signed or decided on.
//
// Refused beside what the grammar refuses: a key that stands twice in one object (after
// unescaping, compared as bytes), a byte order mark, lone surrogates, text that is not UTF-8,
// numbers beyond a double's range, nesting deeper than the limit, a document longer than the
// limit. Every error names its byte.

/// Bounds on what a document may cost.
public struct JSONLimits: Sendable {
  public var depthMax: Int
  public var byteCountMax: Int

  public init(depthMax: Int, byteCountMax: Int) {
    self.depthMax = depthMax
    self.byteCountMax = byteCountMax
  }

  /// 64 levels, 256 MiB.
  public static let standard = JSONLimits(depthMax: 64, byteCountMax: 256 << 20)
}

/// Why bytes are not a JSON document, and at which byte.
public struct JSONError: Error, Equatable, Sendable {
  public let offset: Int
  public let reason: String

  public init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  /// The same at a seam, with the file's name.
  public func problem(file: String) -> Problem {
    Problem(
      .malformed, "malformed_json", place: "\(file): byte \(offset)", reason: reason,
      remedy: "correct the document; duplicate keys, comments and trailing commas are refused")
  }
}

extension JSON {
  /// Reads one document that fills `bytes`.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits = .standard
  ) throws(JSONError) -> JSON {
    guard bytes.count <= limits.byteCountMax else {
      throw JSONError(offset: 0, reason: "the document is longer than \(limits.byteCountMax) bytes")
    }
    var reader = JSONReader(bytes: bytes, depthMax: limits.depthMax)
    let value = try reader.document()
    return value
  }

  /// Reads one document from text.
  public static func parse(_ text: String) throws(JSONError) -> JSON {
    try parse(Array(text.utf8))
  }
}

private struct JSONReader {
  let bytes: [UInt8]
  let depthMax: Int
  var offset = 0

  init(bytes: [UInt8], depthMax: Int) {
    self.bytes = bytes
    self.depthMax = depthMax
  }

  mutating func document() throws(JSONError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fail("a byte order mark is not allowed") }
    skipSpace()
    let result = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw fail("text after the end of the document") }
    return result
  }

  func fail(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

  var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard let byte = current else { throw fail("the document ends where a value should be") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: throw fail("unexpected byte \(byte) where a value should be")
    }
  }

  mutating func literal(_ word: StaticString, _ result: JSON) throws(JSONError) -> JSON {
    let text = word.description.utf8
    guard bytes[offset...].starts(with: text) else { throw fail("expected \(word)") }
    offset += text.count
    return result
  }

  // MARK: Containers

  mutating func object(depth: Int) throws(JSONError) -> JSON {
    guard depth <= depthMax else { throw fail("nested deeper than \(depthMax) levels") }
    offset += 1
    var result = JSONObject()
    skipSpace()
    if current == UInt8(ascii: "}") {
      offset += 1
      return .object(result)
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw fail("expected a key in quotes") }
      let start = offset
      let key = try string()
      guard result[key] == nil else {
        throw JSONError(offset: start, reason: "the key \"\(key)\" stands twice in one object")
      }
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw fail("expected ':' after a key") }
      offset += 1
      skipSpace()
      result[key] = try value(depth: depth)
      skipSpace()
      if try closes(with: UInt8(ascii: "}")) { return .object(result) }
    }
  }

  mutating func array(depth: Int) throws(JSONError) -> JSON {
    guard depth <= depthMax else { throw fail("nested deeper than \(depthMax) levels") }
    offset += 1
    var result: [JSON] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      offset += 1
      return .array(result)
    }
    while true {
      skipSpace()
      result.append(try value(depth: depth))
      skipSpace()
      if try closes(with: UInt8(ascii: "]")) { return .array(result) }
    }
  }

  /// After an element: true at the closing byte, false after a comma.
  mutating func closes(with closing: UInt8) throws(JSONError) -> Bool {
    switch current {
    case closing:
      offset += 1
      return true
    case UInt8(ascii: ","):
      offset += 1
      return false
    default: throw fail("expected ',' or '\(Character(UnicodeScalar(closing)))'")
    }
  }

  // MARK: Numbers

  mutating func number() throws(JSONError) -> JSONNumber {
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    if current == UInt8(ascii: "0") {
      offset += 1
    } else {
      try digits()
    }
    if current == UInt8(ascii: ".") {
      offset += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      try digits()
    }
    let number = JSONNumber(validated: String(decoding: bytes[start..<offset], as: UTF8.self))
    guard number.double.isFinite else {
      throw JSONError(offset: start, reason: "the number is larger than a double can hold")
    }
    return number
  }

  mutating func digits() throws(JSONError) {
    guard let byte = current, isDigit(byte) else { throw fail("expected a digit") }
    while let byte = current, isDigit(byte) { offset += 1 }
  }

  func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  // MARK: Strings

  mutating func string() throws(JSONError) -> String {
    offset += 1
    let start = offset
    // The common case has no escape: one slice, checked once.
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      offset += 1
    }
    if current == UInt8(ascii: "\"") {
      let slice = bytes[start..<offset]
      guard let text = String(validating: slice, as: UTF8.self) else {
        throw JSONError(offset: start, reason: "the string is not UTF-8")
      }
      offset += 1
      return text
    }
    var unescaped = Array(bytes[start..<offset])
    while true {
      guard let byte = current else { throw fail("the document ends inside a string") }
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: unescaped, as: UTF8.self) else {
          throw JSONError(offset: start, reason: "the string is not UTF-8")
        }
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        try escape(into: &unescaped)
      case 0..<0x20: throw fail("a control character stands unescaped in a string")
      default:
        unescaped.append(byte)
        offset += 1
      }
    }
  }

  mutating func escape(into output: inout [UInt8]) throws(JSONError) {
    guard let byte = current else { throw fail("the document ends inside a string") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(byte)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try escapedScalar()
      output.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw JSONError(offset: offset - 1, reason: "unknown escape in a string")
    }
  }

  mutating func escapedScalar() throws(JSONError) -> UnicodeScalar {
    let high = try hex4()
    if let scalar = UnicodeScalar(high) { return scalar }
    guard high < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
      bytes[offset + 1] == UInt8(ascii: "u")
    else { throw fail("a lone surrogate in a string") }
    offset += 2
    let low = try hex4()
    guard low >= 0xDC00, low < 0xE000,
      let scalar = UnicodeScalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw fail("a lone surrogate in a string") }
    return scalar
  }

  mutating func hex4() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw fail("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
