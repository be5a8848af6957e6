// The loop's turn: poll, take messages, accept, move bytes, look at the clock. Everything here runs
// on one thread and owns its state, so nothing is locked and an answer's bytes are in order.

import Base
import Crypto
import Glibc

final class Loop {
  let server: Server
  let pool: WorkerPool
  let limits: Limits
  let handler: any Handler
  let listeners: [(socket: ListeningSocket, hosts: HostNames)]

  /// Entry 0 is the mailbox, then the listeners, then one per connection in `connections`.
  var polls: [pollfd] = []
  var connections: [Connection] = []
  var byID: [UInt64: Connection] = [:]
  private var countByPeer: [PeerAddress: Int] = [:]
  var readBuffer = [UInt8](repeating: 0, count: 64 * 1024)

  var nowMs: Int64 = 0
  var isDraining = false
  var stopAtMs: Int64?
  private var nextID: UInt64 = 1
  private var sweepAtMs: Int64 = 0
  private var acceptsAgainAtMs: Int64 = 0
  var identifiers: RequestIdentifiers
  var dates: DateField

  init(
    server: Server, pool: WorkerPool, listeners: [(socket: ListeningSocket, hosts: HostNames)]
  ) {
    self.server = server
    self.pool = pool
    self.limits = server.limits
    self.handler = server.handler
    self.listeners = listeners
    self.identifiers = RequestIdentifiers()
    self.dates = DateField(clock: server.clock)
    polls.append(pollfd(fd: server.mailbox.readEnd, events: Int16(POLLIN), revents: 0))
    for listener in listeners {
      polls.append(pollfd(fd: listener.socket.descriptor, events: Int16(POLLIN), revents: 0))
    }
  }

  var firstConnectionSlot: Int { 1 + listeners.count }

  func run() {
    while !isFinished {
      let timeout: Int32 = connections.isEmpty && stopAtMs == nil ? 1000 : 100
      let count = unsafe poll(&polls, nfds_t(polls.count), timeout)
      nowMs = monotonicMs()
      dates.refresh(nowMs: nowMs)
      if polls[0].revents != 0 { takeMessages() }
      if count > 0 {
        serveConnections()
        acceptAll()
      }
      if nowMs >= sweepAtMs { sweep() }
    }
    for connection in connections { flush(connection) }
  }

  private var isFinished: Bool {
    guard let stopAtMs else { return false }
    return nowMs >= stopAtMs || !connections.contains { $0.isBusy }
  }

  private func takeMessages() {
    for message in server.mailbox.take() {
      switch message {
      case .completed(let id, let response):
        if let connection = byID[id] {
          answer(connection, response)
          advance(connection)
        }
      case .announced(let topic):
        for connection in connections where connection.stream?.topic == topic {
          pull(connection)
        }
      case .drain:
        isDraining = true
        closeIdle()
      case .stop(let withinMs):
        isDraining = true
        stopAtMs = nowMs + withinMs
        closeIdle()
      }
    }
  }

  /// From the last to the first, because closing one moves the last into its place.
  private func serveConnections() {
    var index = connections.count - 1
    while index >= 0 {
      let connection = connections[index]
      index -= 1
      let events = Int32(polls[connection.slot].revents)
      guard events != 0 else { continue }
      if events & (POLLERR | POLLHUP | POLLNVAL) != 0, events & POLLIN == 0 {
        close(connection)
        continue
      }
      if events & POLLIN != 0 { receive(connection) }
      if events & POLLOUT != 0, byID[connection.id] != nil {
        if connection.readWantsWrite { receive(connection) }
        if byID[connection.id] != nil { flush(connection) }
      }
    }
  }

  // MARK: Accepting and closing

  private func acceptAll() {
    guard nowMs >= acceptsAgainAtMs else { return }
    for (index, listener) in listeners.enumerated() where polls[1 + index].revents != 0 {
      for _ in 0..<128 {
        let (descriptor, peer) = accept(from: listener.socket.descriptor)
        if descriptor < 0 {
          // Out of descriptors: rest a little instead of spinning on a readable listener.
          if errno == EMFILE || errno == ENFILE { pauseAccepting() }
          break
        }
        guard hasRoom(for: peer), (try? prepare(descriptor)) != nil else {
          Glibc.close(descriptor)
          continue
        }
        add(descriptor, peer: peer, listener: listener)
      }
    }
  }

  /// Whether one more connection may be held; one address makes room out of its own.
  private func hasRoom(for peer: PeerAddress?) -> Bool {
    if let peer, isFull(peer) {
      // What came since the poll counts: the beginning of a request, or a farewell.
      for connection in connections where connection.peer == peer && connection.phase == .head {
        receive(connection)
      }
    }
    if let peer, isFull(peer) {
      let waiting = connections.filter {
        $0.peer == peer && $0.phase == .head && $0.pendingOutput == 0
      }
      // Idle ones first, then heads that are not whole; of each the oldest: numbers grow with time.
      let first = waiting.min { a, b in
        a.isIdle == b.isIdle ? a.id < b.id : a.isIdle
      }
      guard let first else { return false }
      close(first)
    }
    return connections.count < limits.connectionCount
  }

  private func isFull(_ peer: PeerAddress) -> Bool {
    countByPeer[peer, default: 0] >= limits.connectionsPerAddress
  }

  private func pauseAccepting() {
    acceptsAgainAtMs = nowMs + 200
    for index in listeners.indices { polls[1 + index].events = 0 }
  }

  private func add(
    _ descriptor: Int32, peer: PeerAddress?,
    listener: (socket: ListeningSocket, hosts: HostNames)
  ) {
    var session: TLSSession?
    if listener.socket.host != nil {
      setNoDelay(descriptor)
      if let certificate = server.certificate {
        guard let made = certificate.session(descriptor: descriptor) else {
          Glibc.close(descriptor)
          return
        }
        session = made
      }
    }
    let connection = Connection(
      id: nextID, transport: Transport(descriptor: descriptor, session: session),
      hosts: listener.hosts, peer: peer, deadlineMs: nowMs + limits.headTimeoutMs)
    nextID += 1
    if let peer { countByPeer[peer, default: 0] += 1 }
    connection.slot = polls.count
    polls.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    connections.append(connection)
    byID[connection.id] = connection
    // The request is usually there already: saves one turn.
    receive(connection)
  }

  func close(_ connection: Connection) {
    guard byID.removeValue(forKey: connection.id) != nil else { return }
    if let peer = connection.peer, let count = countByPeer[peer] {
      countByPeer[peer] = count > 1 ? count - 1 : nil
    }
    let index = connection.slot - firstConnectionSlot
    let last = connections.count - 1
    if index != last {
      connections[index] = connections[last]
      connections[index].slot = connection.slot
      polls[connection.slot] = polls[polls.count - 1]
    }
    connections.removeLast()
    polls.removeLast()
    connection.stream = nil
  }

  private func closeIdle() {
    for connection in connections {
      switch connection.phase {
      case .head where !connection.isBusy: close(connection)
      case .streaming: close(connection)
      default: break
      }
    }
  }

  // MARK: Time

  private func sweep() {
    sweepAtMs = nowMs + 100
    if acceptsAgainAtMs != 0, nowMs >= acceptsAgainAtMs {
      acceptsAgainAtMs = 0
      for index in listeners.indices { polls[1 + index].events = Int16(POLLIN) }
    }
    for connection in connections where nowMs >= connection.deadlineMs {
      expire(connection)
    }
    for connection in connections where connection.phase == .streaming {
      if nowMs - connection.lastEventMs >= 15_000, connection.pendingOutput == 0 {
        connection.lastEventMs = nowMs
        send(eventStreamHeartbeat, on: connection)
      }
    }
  }

  private func expire(_ connection: Connection) {
    let waits = connection.phase == .head || connection.phase == .body
    if waits, connection.pendingOutput == 0, connection.scanner.hasBegun {
      refuse(
        connection,
        ProtocolError(408, "request_timeout", "The request did not arrive in time."))
    } else if connection.phase == .streaming || connection.phase == .working {
      // Only an unread answer counts against these; their own time is not the peer's fault.
      connection.deadlineMs = nowMs + limits.writeTimeoutMs
      if connection.pendingOutput > 0 { close(connection) }
    } else {
      close(connection)
    }
  }
}

/// Milliseconds of the clock that never goes back.
func monotonicMs() -> Int64 {
  Int64(monotonicNs() / 1_000_000)
}

func monotonicNs() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
