// Finds the end of a request head in bytes that arrive in any pieces, and refuses at the first byte
// that cannot belong to one: a CR without LF or an LF without CR (RFC 9112 section 2.2 lets a
// server take a bare LF; two servers that differ in this are the classic smuggling pair), a first
// byte that starts no method, a head over its limits.
//
// Promises: each byte is looked at once, however slowly it comes. Does not: read what is in the
// lines; `RequestHead` does.

struct HeadScanner {
  /// What the bytes so far amount to.
  enum Outcome: Equatable {
    case more
    /// The head is `bytes[start..<end]`, its last four bytes are CR LF CR LF.
    case complete(start: Int, end: Int)
  }

  private var next = 0
  private var start = 0
  private var lineStart = 0
  private var lineCount = 0
  private var emptyLines = 0
  private var sawCR = false

  /// Whether a first byte of a request has been seen: then the clock of the head runs.
  var hasBegun: Bool { next > start || lineCount > 0 }

  /// Looks at the bytes from where it stopped last. `bytes` must still start where it did.
  mutating func scan(_ bytes: [UInt8], limits: Limits) throws(ProtocolError) -> Outcome {
    while next < bytes.count {
      let byte = bytes[next]
      if sawCR {
        guard byte == 0x0A else { throw Self.bareCR }
        sawCR = false
        next += 1
        try checkLength(limits: limits)
        if let end = try endLine(limits: limits) { return .complete(start: start, end: end) }
      } else if byte == 0x0D {
        sawCR = true
        next += 1
      } else if byte == 0x0A {
        throw Self.bareLF
      } else {
        if next == start, !Grammar.isTokenByte(byte) { throw Self.noRequest }
        next += 1
      }
      try checkLength(limits: limits)
    }
    return .more
  }

  private mutating func endLine(limits: Limits) throws(ProtocolError) -> Int? {
    let isEmpty = next - lineStart == 2
    lineStart = next
    if lineCount == 0, isEmpty {
      emptyLines += 1
      guard emptyLines <= limits.leadingEmptyLines else { throw Self.noRequest }
      start = next
      return nil
    }
    if isEmpty { return next }
    lineCount += 1
    guard lineCount <= limits.fieldCount + 1 else {
      throw ProtocolError(431, "too_many_fields", "The request has too many header fields.")
    }
    return nil
  }

  private func checkLength(limits: Limits) throws(ProtocolError) {
    let length = next - start
    if lineCount == 0, length > limits.requestLineBytes {
      throw ProtocolError(414, "target_too_long", "The request line is too long.")
    }
    if length > limits.headBytes {
      throw ProtocolError(431, "head_too_large", "The request head is too large.")
    }
  }

  private static let bareCR = ProtocolError(
    400, "bare_cr", "A carriage return in the request head is not followed by a line feed.")
  private static let bareLF = ProtocolError(
    400, "bare_lf", "A line feed in the request head has no carriage return before it.")
  private static let noRequest = ProtocolError(
    400, "not_http", "These bytes do not begin an HTTP request.")
}
