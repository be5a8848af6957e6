// What one connection may make the server hold, and for how long. Every number a peer controls is
// compared with one of these before anything is stored for it.
//
// The figures follow common practice (RFC 9112 section 3 wants request lines of at least 8000
// bytes accepted; RFC 6585 names 431). Times are milliseconds of the monotonic clock.

/// Sizes and times a server holds its peers to.
public struct Limits: Sendable {
  /// Bytes of one request head, from its first byte to the empty line.
  public var headBytes = 64 * 1024
  /// Bytes of the request line alone.
  public var requestLineBytes = 16 * 1024
  /// Header fields of one request.
  public var fieldCount = 1000
  /// Empty lines before a request line (RFC 9112 section 2.2 asks for at least one).
  public var leadingEmptyLines = 8
  /// Bytes of a request body, unless a route asks for less.
  public var bodyBytes = 4 * 1024 * 1024
  /// Bytes of all chunk extensions of one body together.
  public var chunkExtensionBytes = 4096
  /// Bytes of a chunked body's trailer section.
  public var trailerBytes = 8 * 1024

  /// A whole head must have arrived this long after its first byte (or after the accept).
  public var headTimeoutMs: Int64 = 10_000
  /// A kept-alive connection may be silent this long between requests.
  public var idleTimeoutMs: Int64 = 75_000
  /// A body may take this long, plus one second for each `bodyBytesPerSecond` received.
  public var bodyGraceMs: Int64 = 10_000
  public var bodyBytesPerSecond = 1024
  /// A peer that takes nothing of its answer for this long is dropped.
  public var writeTimeoutMs: Int64 = 30_000
  /// After a refused request: how long, and how many bytes, are read and thrown away, so that the
  /// answer is not destroyed by a reset (RFC 9112 section 9.6).
  public var lingerMs: Int64 = 1_000
  public var lingerBytes = 256 * 1024

  /// Connections held at once; further ones are accepted and closed.
  public var connectionCount = 4096
  /// Connections one address holds at once; a further one takes the place of the oldest idle one,
  /// else of the oldest whose head is not whole, or is closed if all have a request under way. Unix
  /// sockets are not counted.
  public var connectionsPerAddress = 64
  /// Event streams held at once; further ones are answered 503.
  public var streamCount = 256
  /// Requests waiting for a worker; further ones are answered 503.
  public var waitingRequests = 1024
  /// Bytes waiting to be sent on one connection before its next request is looked at.
  public var pendingOutputBytes = 256 * 1024

  public init() {}
}

/// A request that breaks the protocol: the answer it gets, after which the connection closes.
public struct ProtocolError: Error, Equatable, Sendable {
  public let status: Int
  /// Stable snake_case name, for programs.
  public let code: String
  /// One sentence, for people. Never quotes what the peer sent.
  public let detail: String

  init(_ status: Int, _ code: String, _ detail: String) {
    self.status = status
    self.code = code
    self.detail = detail
  }
}
