// A request head (RFC 9112 sections 3 and 5) as a value: method, target, fields, and how its body
// is framed. Reading is total: every byte string is a head or one `ProtocolError`.
//
// Stricter than the RFC where leniency has been used to smuggle requests: no folded lines, no blank
// before a colon, one Host, one Content-Length of digits, no Content-Length beside
// Transfer-Encoding, no transfer coding but `chunked` and that once. Fields stay bytes inside one
// array; a string is made only for the few that somebody asks for.

/// How the bytes after a head are to be read.
public enum BodyFraming: Equatable, Sendable {
  case none
  case length(Int)
  case chunked
}

/// Everything before a request's body.
public struct RequestHead: Sendable {
  public let method: Method
  public let target: Target
  public let isHTTP11: Bool
  public let framing: BodyFraming
  /// Whether the connection may be used again after the answer.
  public let keepsAlive: Bool
  /// `Expect: 100-continue` from a client that understands the interim answer.
  public let expectsContinue: Bool
  /// The host asked for, lower case and without port; nil only in HTTP/1.0.
  public let host: [UInt8]?
  /// The identifier of this request in answers and logs; set by the server.
  public internal(set) var requestID = ""

  private let bytes: [UInt8]
  private let fields: [Field]

  struct Field: Sendable {
    let name: Range<Int>
    let value: Range<Int>
  }

  /// The values of all fields of that name, in order. `name` in lower case.
  public func values(of name: StaticString) -> [String] {
    fields.compactMap { field in
      guard Grammar.matches(bytes[field.name], name) else { return nil }
      return String(decoding: bytes[field.value], as: UTF8.self)
    }
  }

  /// The value of the first field of that name. `name` in lower case.
  public func value(of name: StaticString) -> String? {
    for field in fields where Grammar.matches(bytes[field.name], name) {
      return String(decoding: bytes[field.value], as: UTF8.self)
    }
    return nil
  }
}

// MARK: Reading

extension RequestHead {
  /// Reads `bytes`, which `HeadScanner` has found to be a whole head with CR LF line ends.
  init(reading bytes: [UInt8]) throws(ProtocolError) {
    var lines = LineReader(bytes: bytes)
    let (method, target, isHTTP11) = try Self.requestLine(bytes[lines.next()])
    var fields: [Field] = []
    while true {
      let line = lines.next()
      if line.isEmpty { break }
      fields.append(try Self.field(bytes, line))
    }
    var facts = Facts()
    for field in fields {
      try facts.note(bytes[field.name], bytes[field.value], isHTTP11: isHTTP11)
    }
    self.method = method
    self.target = target
    self.isHTTP11 = isHTTP11
    self.framing = try facts.framing(isHTTP11: isHTTP11)
    self.keepsAlive = isHTTP11 && !facts.wantsClose
    self.expectsContinue = facts.expectsContinue
    guard facts.host != nil || target.authority != nil || !isHTTP11 else {
      throw ProtocolError(400, "no_host", "An HTTP/1.1 request must name a host.")
    }
    self.host = target.authority ?? facts.host
    self.bytes = bytes
    self.fields = fields
  }

  private static func requestLine(
    _ line: ArraySlice<UInt8>
  ) throws(ProtocolError) -> (Method, Target, isHTTP11: Bool) {
    let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw ProtocolError(400, "bad_request_line", "The request line is not three words.")
    }
    guard !parts[0].isEmpty, parts[0].allSatisfy(Grammar.isTokenByte) else {
      throw ProtocolError(400, "bad_method", "The request method is not a word.")
    }
    let isHTTP11 = try version(parts[2])
    guard let method = Method(token: parts[0]) else {
      throw ProtocolError(501, "unknown_method", "This server does not know the request method.")
    }
    return (method, try Target.parse(parts[1], method: method), isHTTP11)
  }

  private static func version(_ word: ArraySlice<UInt8>) throws(ProtocolError) -> Bool {
    let bytes = Array(word)
    guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), Grammar.isDigit(bytes[5]),
      bytes[6] == UInt8(ascii: "."), Grammar.isDigit(bytes[7])
    else { throw ProtocolError(400, "bad_version", "The request line does not end in HTTP/1.1.") }
    guard bytes[5] == UInt8(ascii: "1") else {
      throw ProtocolError(505, "unsupported_version", "Only HTTP/1.1 and HTTP/1.0 are served.")
    }
    return bytes[7] != UInt8(ascii: "0")
  }

  private static func field(_ bytes: [UInt8], _ line: Range<Int>) throws(ProtocolError) -> Field {
    guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
      throw ProtocolError(400, "bad_field", "A header line has no name.")
    }
    for byte in bytes[line.lowerBound..<colon] where !Grammar.isTokenByte(byte) {
      throw ProtocolError(400, "bad_field", "A header name is not a word, or a line is folded.")
    }
    for byte in bytes[(colon + 1)..<line.upperBound] where !Grammar.isValueByte(byte) {
      throw ProtocolError(400, "bad_field", "A header value has a control character.")
    }
    let value = Grammar.trimmed(bytes[(colon + 1)..<line.upperBound])
    return Field(name: line.lowerBound..<colon, value: value.startIndex..<value.endIndex)
  }
}

/// Yields the ranges of CR LF ended lines, without their ends.
private struct LineReader {
  let bytes: [UInt8]
  var offset = 0

  mutating func next() -> Range<Int> {
    let end = bytes[offset...].firstIndex(of: 0x0D) ?? bytes.count
    let line = offset..<end
    offset = min(end + 2, bytes.count)
    return line
  }
}

/// What the fields that decide framing and routing say, gathered in one pass.
private struct Facts {
  var host: [UInt8]?
  var contentLength: ArraySlice<UInt8>?
  var transferEncoding: ArraySlice<UInt8>?
  var wantsClose = false
  var expectsContinue = false

  mutating func note(
    _ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, isHTTP11: Bool
  ) throws(ProtocolError) {
    switch name.count {
    case 4 where Grammar.matches(name, "host"):
      guard host == nil else {
        throw ProtocolError(400, "two_hosts", "The request names its host twice.")
      }
      guard let text = Target.hostName(value) else {
        throw ProtocolError(400, "bad_host", "The Host field is not a host name and port.")
      }
      host = text
    case 6 where Grammar.matches(name, "expect") && isHTTP11:
      guard Grammar.matches(value, "100-continue") else {
        throw ProtocolError(417, "unknown_expectation", "Only 100-continue can be expected.")
      }
      expectsContinue = true
    case 10 where Grammar.matches(name, "connection"):
      for word in value.split(separator: UInt8(ascii: ","))
      where Grammar.matches(Grammar.trimmed(word), "close") {
        wantsClose = true
      }
    case 14 where Grammar.matches(name, "content-length"):
      guard contentLength == nil else {
        throw ProtocolError(400, "two_lengths", "The request gives its length twice.")
      }
      contentLength = value
    case 17 where Grammar.matches(name, "transfer-encoding"):
      guard transferEncoding == nil else {
        throw ProtocolError(400, "two_codings", "The request gives its transfer coding twice.")
      }
      transferEncoding = value
    default: break
    }
  }

  func framing(isHTTP11: Bool) throws(ProtocolError) -> BodyFraming {
    if let transferEncoding {
      guard contentLength == nil else {
        throw ProtocolError(
          400, "ambiguous_framing", "The request has a length and a transfer coding.")
      }
      guard isHTTP11 else {
        throw ProtocolError(400, "ambiguous_framing", "HTTP/1.0 has no transfer codings.")
      }
      guard Grammar.matches(transferEncoding, "chunked") else {
        throw ProtocolError(501, "unknown_coding", "The only transfer coding served is chunked.")
      }
      return .chunked
    }
    guard let contentLength else { return .none }
    guard (1...18).contains(contentLength.count), contentLength.allSatisfy(Grammar.isDigit) else {
      throw ProtocolError(400, "bad_length", "The Content-Length is not a plain number.")
    }
    // At most 18 digits fit an Int, so this cannot overflow.
    let length = contentLength.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return length == 0 ? .none : .length(length)
  }
}
