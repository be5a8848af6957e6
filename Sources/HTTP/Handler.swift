// The seam between the server and what it serves. The server owns sockets, framing and time; the
// handler decides, from the head alone, whether a body is worth reading (authority, type, length),
// and then answers at once or on a worker.

/// A whole request.
public struct Request: Sendable {
  public let head: RequestHead
  public let body: [UInt8]
}

/// How a request will be answered once it is whole.
public enum Reply: Sendable {
  /// Now, on the loop's thread.
  case now(Response)
  /// By this work, on a worker thread; it may wait for disks and locks.
  case later(@Sendable () -> Response)
}

/// What to do with a request whose head has arrived.
public enum Admission: Sendable {
  /// Answer without reading its body.
  case answer(Response)
  /// Read at most `limit` bytes of body (and say 100 Continue if asked), then make the reply.
  case read(limit: Int, reply: @Sendable (Request) -> Reply)
}

/// One answered request, for logs and metrics.
public struct Served: Sendable {
  public let method: Method?
  /// `Response.route`; empty for requests that broke the protocol.
  public let route: String
  public let status: Int
  public let seconds: Double
  public let requestID: String
}

/// What a server serves.
public protocol Handler: Sendable {
  /// Called on the loop's thread when a head is complete. Must not block.
  func admit(_ head: RequestHead) -> Admission
  /// Called on the loop's thread after an answer was put on its way. Must not block.
  func served(_ request: Served)
}
