// One connection's state between two turns of the loop: bytes received and not yet read, bytes to
// be sent, the request under way, and when patience ends. Plain data of the loop's thread; what
// happens to it is in `Loop+Requests.swift` and `Loop+Transfer.swift`.

final class Connection {
  enum Phase {
    /// Waiting for a head, or in the middle of one.
    case head
    /// Reading the body of `head`.
    case body
    /// A worker makes the answer; nothing is read meanwhile, so a flood waits in the kernel.
    case working
    /// Events are being sent.
    case streaming
    /// The last answer is on its way; what still comes is thrown away.
    case lingering
  }

  let id: UInt64
  let transport: Transport
  let hosts: HostNames
  /// Nil for a Unix socket.
  let peer: PeerAddress?
  var phase = Phase.head

  var inbox: [UInt8] = []
  var scanner = HeadScanner()

  var head: RequestHead?
  var body: [UInt8] = []
  var bodyLimit = 0
  var bodyRemaining = 0
  var chunks: ChunkedDecoder?
  var bodyStartMs: Int64 = 0
  var reply: (@Sendable (Request) -> Reply)?
  /// When the head was complete, for the duration of the answer.
  var startNs: UInt64 = 0

  var outbox: [UInt8] = []
  var sent = 0
  var stream: (any EventSource)?
  var lastEventMs: Int64 = 0

  var peerClosed = false
  /// TLS cannot read before it has written.
  var readWantsWrite = false
  var saidGoodbye = false
  var lingeredBytes = 0
  var deadlineMs: Int64

  /// The place of this connection's entry among the descriptors the loop polls.
  var slot = 0

  init(
    id: UInt64, transport: Transport, hosts: HostNames, peer: PeerAddress?, deadlineMs: Int64
  ) {
    self.id = id
    self.transport = transport
    self.hosts = hosts
    self.peer = peer
    self.deadlineMs = deadlineMs
  }

  var pendingOutput: Int { outbox.count - sent }

  /// Whether a request has begun that is not yet answered.
  var isBusy: Bool {
    switch phase {
    case .head: scanner.hasBegun || pendingOutput > 0
    case .body, .working: true
    case .streaming: false
    case .lingering: pendingOutput > 0
    }
  }

  /// Whether nothing is lost with it: no request has begun, and all answers are sent.
  var isIdle: Bool { phase == .head && !isBusy }

  /// Drops what has been read. Big buffers of a quiet connection are given back.
  func consume(_ count: Int) {
    if count == inbox.count {
      if inbox.capacity > 16 * 1024 { inbox = [] } else { inbox.removeAll(keepingCapacity: true) }
    } else {
      inbox.removeFirst(count)
    }
  }

  /// Ready for the next request on the same connection.
  func rest() {
    phase = .head
    scanner = HeadScanner()
    head = nil
    reply = nil
    chunks = nil
    body = []
  }
}
