// Stepping through JSON (RFC 8259) without making values of it: what `JSON.parse` reads with, and
// what reads a document of 100 MB of which only numbers and names are wanted.
//
// Whoever uses it walks the containers itself: `opens`, then for each element a value (in objects a
// `key` before it), then `continues`. What is not wanted is stepped over with `skipValue`, and held
// to the same grammar: a key at most once in an object, UTF-8, numbers that a double can hold,
// nesting no deeper than the limit.
//
// Promises: memory does not grow with the document but for 8 bytes a key of the objects that are
// open; ends soon after the run is no longer wanted, with an error that whoever catches it answers
// by asking the run (`Run.check`).

/// A place in a JSON document. The bytes travel beside it.
public struct JSONScanner: Sendable {
  public private(set) var offset = 0
  private let depthMax: Int
  private let run: Run
  private var nextAsk = JSONScanner.bytesBetweenAsks

  private static let bytesBetweenAsks = 1 << 16
  /// Places are kept in 32 bits.
  public static let byteCountMax = Int(UInt32.max)

  public init(depthMax: Int = JSONLimits.standard.depthMax, run: Run = Run()) {
    self.depthMax = depthMax
    self.run = run
  }

  /// An error at this place.
  public func fail(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

  /// The byte that is next; nil at the end.
  public func current(_ bytes: RawSpan) -> UInt8? {
    offset < bytes.byteCount ? read(at: offset, bytes) : nil
  }

  public mutating func skipSpace(_ bytes: RawSpan) {
    while let byte = current(bytes), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  /// To be called behind the one value of a document.
  public mutating func end(_ bytes: RawSpan) throws(JSONError) {
    skipSpace(bytes)
    guard offset == bytes.byteCount else { throw fail("text after the end of the document") }
  }
}

// MARK: Containers

extension JSONScanner {
  /// Steps into the object or array that begins here. False if nothing is in it: then it is behind
  /// it. `depth` counts this container.
  public mutating func opens(_ bytes: RawSpan, depth: Int) throws(JSONError) -> Bool {
    guard depth <= depthMax else { throw fail("nested deeper than \(depthMax) levels") }
    let isObject = current(bytes) == UInt8(ascii: "{")
    offset += 1
    skipSpace(bytes)
    guard current(bytes) == UInt8(ascii: isObject ? "}" : "]") else { return true }
    offset += 1
    return false
  }

  /// The key of a member, with the colon behind it. Throws if `keys` has it already.
  public mutating func key(
    _ bytes: RawSpan, besides keys: inout JSONKeys
  ) throws(JSONError) -> JSONText {
    let key = try key(bytes)
    guard keys.insert(key, bytes) else {
      throw JSONError(
        offset: key.bytes.lowerBound - 1,
        reason: "the key \"\(key.string(bytes))\" stands twice in one object")
    }
    try colon(bytes)
    return key
  }

  /// The key of a member, without the colon.
  mutating func key(_ bytes: RawSpan) throws(JSONError) -> JSONText {
    guard current(bytes) == UInt8(ascii: "\"") else { throw fail("expected a key in quotes") }
    return try string(bytes)
  }

  mutating func colon(_ bytes: RawSpan) throws(JSONError) {
    skipSpace(bytes)
    guard current(bytes) == UInt8(ascii: ":") else { throw fail("expected ':' after a key") }
    offset += 1
    skipSpace(bytes)
  }

  /// Behind an element: whether another one follows. False behind the closing bracket.
  public mutating func continues(
    _ bytes: RawSpan, until closing: Unicode.Scalar
  ) throws(JSONError) -> Bool {
    skipSpace(bytes)
    switch current(bytes) {
    case UInt8(ascii: closing):
      offset += 1
      return false
    case UInt8(ascii: ","):
      offset += 1
      try ask()
      skipSpace(bytes)
      return true
    default: throw fail("expected ',' or '\(closing)'")
    }
  }

  private mutating func ask() throws(JSONError) {
    guard offset >= nextAsk else { return }
    nextAsk = offset + Self.bytesBetweenAsks
    guard !run.isCancelled else { throw fail("stopped on request") }
  }

  /// Steps over one value.
  public mutating func skipValue(_ bytes: RawSpan, depth: Int) throws(JSONError) {
    guard let byte = current(bytes) else {
      throw fail("the document ends where a value should be")
    }
    switch byte {
    case UInt8(ascii: "{"):
      var keys = JSONKeys()
      guard try opens(bytes, depth: depth + 1) else { return }
      repeat {
        _ = try key(bytes, besides: &keys)
        try skipValue(bytes, depth: depth + 1)
      } while try continues(bytes, until: "}")
    case UInt8(ascii: "["):
      guard try opens(bytes, depth: depth + 1) else { return }
      repeat { try skipValue(bytes, depth: depth + 1) } while try continues(bytes, until: "]")
    case UInt8(ascii: "\""): _ = try string(bytes)
    case UInt8(ascii: "t"): try literal("true", bytes)
    case UInt8(ascii: "f"): try literal("false", bytes)
    case UInt8(ascii: "n"): try literal("null", bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number(bytes)
    default: throw fail("unexpected byte \(byte) where a value should be")
    }
  }

  mutating func literal(_ word: String, _ bytes: RawSpan) throws(JSONError) {
    for (index, letter) in word.utf8.enumerated() {
      guard offset + index < bytes.byteCount, read(at: offset + index, bytes) == letter else {
        throw fail("expected \(word)")
      }
    }
    offset += word.utf8.count
  }
}

// MARK: Numbers

extension JSONScanner {
  /// Steps over a number and says where it stands.
  public mutating func number(_ bytes: RawSpan) throws(JSONError) -> Range<Int> {
    let start = offset
    var isPlain = true
    if current(bytes) == UInt8(ascii: "-") { offset += 1 }
    if current(bytes) == UInt8(ascii: "0") { offset += 1 } else { try digits(bytes) }
    if current(bytes) == UInt8(ascii: ".") {
      offset += 1
      try digits(bytes)
    }
    if current(bytes) == UInt8(ascii: "e") || current(bytes) == UInt8(ascii: "E") {
      isPlain = false
      offset += 1
      if current(bytes) == UInt8(ascii: "+") || current(bytes) == UInt8(ascii: "-") { offset += 1 }
      try digits(bytes)
    }
    // Three hundred digits without an exponent stay below the largest double.
    guard isPlain && offset - start <= 300 || JSONNumber(at: start..<offset, bytes).double.isFinite
    else {
      throw JSONError(offset: start, reason: "the number is larger than a double can hold")
    }
    return start..<offset
  }

  private mutating func digits(_ bytes: RawSpan) throws(JSONError) {
    guard let first = current(bytes), isDigit(first) else { throw fail("expected a digit") }
    while let next = current(bytes), isDigit(next) { offset += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// Steps over a value. Gives the number if it is one that is written as digits alone and fits 63
  /// bits, else nil.
  public mutating func unsigned(_ bytes: RawSpan, depth: Int) throws(JSONError) -> Int? {
    guard let first = current(bytes), isDigit(first) else {
      try skipValue(bytes, depth: depth)
      return nil
    }
    var value = 0
    for offset in try number(bytes) {
      let byte = read(at: offset, bytes)
      guard isDigit(byte) else { return nil }
      let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isTooLargeNow) = tens.addingReportingOverflow(Int(byte) - 0x30)
      guard !isTooLarge, !isTooLargeNow else { return nil }
      value = sum
    }
    return value
  }
}

extension JSONNumber {
  /// A number that was stepped over.
  init(at range: Range<Int>, _ bytes: RawSpan) {
    self.init(
      validated: unsafe bytes.extracting(range).withUnsafeBytes {
        unsafe String(decoding: $0, as: UTF8.self)
      })
  }
}

// MARK: Strings

extension JSONScanner {
  /// Steps over the string that begins here.
  public mutating func string(_ bytes: RawSpan) throws(JSONError) -> JSONText {
    offset += 1
    let start = offset
    var isPlain = true
    var isASCII = true
    while let byte = current(bytes), byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fail("a control character stands unescaped in a string") }
      if byte >= 0x80 { isASCII = false }
      offset += 1
      if byte == UInt8(ascii: "\\") {
        isPlain = false
        _ = try escapedScalar(bytes)
      }
    }
    guard offset < bytes.byteCount else { throw fail("the document ends inside a string") }
    let range = start..<offset
    guard isASCII || isUTF8(range, bytes) else {
      throw JSONError(offset: start, reason: "the string is not UTF-8")
    }
    offset += 1
    return JSONText(bytes: range, isPlain: isPlain)
  }

  private func isUTF8(_ range: Range<Int>, _ bytes: RawSpan) -> Bool {
    unsafe bytes.extracting(range).withUnsafeBytes {
      unsafe String(validating: $0, as: UTF8.self) != nil
    }
  }

  /// What an escape stands for; the backslash is behind.
  fileprivate mutating func escapedScalar(_ bytes: RawSpan) throws(JSONError) -> Unicode.Scalar {
    guard let byte = current(bytes) else { throw fail("the document ends inside a string") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try numberedScalar(bytes)
    default: throw JSONError(offset: offset - 1, reason: "unknown escape in a string")
    }
  }

  private mutating func numberedScalar(_ bytes: RawSpan) throws(JSONError) -> Unicode.Scalar {
    let high = try hex4(bytes)
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, offset + 1 < bytes.byteCount,
      read(at: offset, bytes) == UInt8(ascii: "\\"),
      read(at: offset + 1, bytes) == UInt8(ascii: "u")
    else { throw fail("a lone surrogate in a string") }
    offset += 2
    let low = try hex4(bytes)
    guard low >= 0xDC00, low < 0xE000,
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw fail("a lone surrogate in a string") }
    return scalar
  }

  private mutating func hex4(_ bytes: RawSpan) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current(bytes),
        let digit = Character(Unicode.Scalar(byte)).hexDigitValue
      else { throw fail("expected four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}

/// A string of a document that was stepped over, by where it stands.
public struct JSONText: Sendable {
  /// Between the quotes.
  public let bytes: Range<Int>
  /// Whether it stands there as it is: without escapes.
  let isPlain: Bool

  /// Its UTF-8. `document` is what it was read from.
  public func utf8(_ document: RawSpan) -> [UInt8] {
    guard !isPlain else {
      return unsafe document.extracting(bytes).withUnsafeBytes { unsafe Array($0) }
    }
    var result: [UInt8] = []
    var scanner = JSONScanner()
    scanner.move(to: bytes.lowerBound)
    while scanner.offset < bytes.upperBound, let byte = scanner.current(document) {
      scanner.move(to: scanner.offset + 1)
      if byte != UInt8(ascii: "\\") {
        result.append(byte)
      } else if let scalar = try? scanner.escapedScalar(document) {
        result += UTF8.encode(scalar).map { Array($0) } ?? []
      }
    }
    return result
  }

  public func string(_ document: RawSpan) -> String {
    guard isPlain else { return String(decoding: utf8(document), as: UTF8.self) }
    return unsafe document.extracting(bytes).withUnsafeBytes {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }

  /// Whether it is this text, byte for byte.
  public func equals(_ text: [UInt8], _ document: RawSpan) -> Bool {
    guard isPlain else { return utf8(document) == text }
    guard bytes.count == text.count else { return false }
    for index in text.indices where read(at: bytes.lowerBound + index, document) != text[index] {
      return false
    }
    return true
  }
}

extension JSONScanner {
  fileprivate mutating func move(to place: Int) { offset = place }
}

/// The byte at a place that was looked at before.
private func read(at offset: Int, _ bytes: RawSpan) -> UInt8 {
  unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
}
