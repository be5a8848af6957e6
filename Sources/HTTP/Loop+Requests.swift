// From bytes to answers: heads, bodies, the handler's word, and what happens to the connection
// after.

import Base

extension Loop {
  /// Reads as many requests as the inbox holds, in order, until one has to wait.
  func advance(_ connection: Connection) {
    while byID[connection.id] != nil, connection.pendingOutput < limits.pendingOutputBytes {
      do throws(ProtocolError) {
        switch connection.phase {
        case .head: guard try readHead(connection) else { return flush(connection) }
        case .body: guard try readBody(connection) else { return flush(connection) }
        default: return flush(connection)
        }
      } catch {
        return refuse(connection, error)
      }
    }
    flush(connection)
  }

  private func readHead(_ connection: Connection) throws(ProtocolError) -> Bool {
    let begun = connection.scanner.hasBegun
    switch try connection.scanner.scan(connection.inbox, limits: limits) {
    case .more:
      // The clock of a head starts with its first byte and is never set back.
      if !begun, connection.scanner.hasBegun {
        connection.deadlineMs = nowMs + limits.headTimeoutMs
      }
      return false
    case .complete(let start, let end):
      connection.startNs = monotonicNs()
      var head = try RequestHead(reading: Array(connection.inbox[start..<end]))
      connection.consume(end)
      head.requestID = identifiers.next(asked: head.value(of: "x-request-id"))
      connection.head = head
      begin(connection, head)
      return true
    }
  }

  private func begin(_ connection: Connection, _ head: RequestHead) {
    guard connection.hosts.contains(head.host) else {
      return answer(
        connection,
        .problem(
          421, "wrong_host", "This server does not answer for the host the request names.",
          requestID: head.requestID), bodyUnread: head.framing != .none)
    }
    if head.target.isAsterisk {
      return answer(connection, Response(204), bodyUnread: head.framing != .none)
    }
    switch handler.admit(head) {
    case .answer(let response):
      answer(connection, response, bodyUnread: head.framing != .none)
    case .read(let limit, let reply):
      connection.reply = reply
      connection.bodyLimit = min(limit, limits.bodyBytes)
      beginBody(connection, head)
    }
  }

  private func beginBody(_ connection: Connection, _ head: RequestHead) {
    switch head.framing {
    case .none:
      return dispatch(connection)
    case .length(let length):
      guard length <= connection.bodyLimit else {
        return refuse(connection, ChunkedDecoder.tooLarge)
      }
      connection.bodyRemaining = length
    case .chunked:
      connection.chunks = ChunkedDecoder()
    }
    if head.expectsContinue, connection.inbox.isEmpty {
      connection.outbox.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
    }
    connection.phase = .body
    connection.bodyStartMs = nowMs
    connection.deadlineMs = nowMs + limits.bodyGraceMs
  }

  private func readBody(_ connection: Connection) throws(ProtocolError) -> Bool {
    var offset = 0
    var isWhole = false
    if var chunks = connection.chunks {
      connection.chunks = nil
      isWhole = try chunks.feed(
        connection.inbox, &offset, into: &connection.body, bodyLimit: connection.bodyLimit,
        limits: limits)
      connection.chunks = chunks
    } else {
      offset = min(connection.bodyRemaining, connection.inbox.count)
      connection.body.append(contentsOf: connection.inbox[0..<offset])
      connection.bodyRemaining -= offset
      isWhole = connection.bodyRemaining == 0
    }
    connection.consume(offset)
    guard isWhole else {
      // A body may be big, but it must not trickle.
      let earned = Int64(connection.body.count / limits.bodyBytesPerSecond) * 1000
      connection.deadlineMs = connection.bodyStartMs + limits.bodyGraceMs + earned
      return false
    }
    dispatch(connection)
    return true
  }

  private func dispatch(_ connection: Connection) {
    guard let head = connection.head, let reply = connection.reply else { return }
    let request = Request(head: head, body: connection.body)
    connection.body = []
    connection.reply = nil
    switch reply(request) {
    case .now(let response):
      answer(connection, response)
    case .later(let work):
      connection.phase = .working
      connection.deadlineMs = nowMs + limits.writeTimeoutMs
      let mailbox = server.mailbox
      let id = connection.id
      let taken = pool.submit { mailbox.post(.completed(connection: id, work())) }
      if !taken {
        answer(
          connection,
          .problem(
            503, "overloaded", "Too many requests are waiting; try again in a moment.",
            requestID: head.requestID, fields: [("Retry-After", "1")]))
      }
    }
  }

  // MARK: Answers

  /// Puts an answer on its way and readies the connection for what follows it.
  func answer(_ connection: Connection, _ given: Response, bodyUnread: Bool = false) {
    guard let head = connection.head else { return }
    var response = given
    if case .events = response.body {
      let held = connections.reduce(0) { $0 + ($1.stream == nil ? 0 : 1) }
      if held >= limits.streamCount || isDraining {
        response = .problem(
          503, "too_many_streams", "No further event stream can be served now.",
          requestID: head.requestID, fields: [("Retry-After", "5")])
      }
    }
    // An unread body would be taken for the next request.
    let keeps = head.keepsAlive && !response.closes && !bodyUnread && !isDraining
    response.write(
      to: &connection.outbox, date: dates.bytes, requestID: head.requestID, keepsAlive: keeps,
      isHTTP11: head.isHTTP11, omitsBody: head.method == .head)
    note(connection, response)
    if case .events(let source) = response.body, head.method != .head {
      connection.stream = source
      connection.phase = .streaming
      connection.lastEventMs = nowMs
      connection.deadlineMs = nowMs + limits.writeTimeoutMs
      send(eventStreamPreamble, on: connection)
      pull(connection)
      return settle(connection)
    }
    if keeps {
      connection.rest()
      connection.deadlineMs = nowMs + limits.idleTimeoutMs
    } else {
      connection.phase = .lingering
      connection.deadlineMs = nowMs + limits.writeTimeoutMs
    }
  }

  /// Answers a request that breaks the protocol, and ends the connection.
  func refuse(_ connection: Connection, _ error: ProtocolError) {
    let requestID = connection.head?.requestID ?? identifiers.next(asked: nil)
    let response = Response.problem(
      error.status, error.code, error.detail, requestID: requestID)
    if connection.startNs == 0 { connection.startNs = monotonicNs() }
    response.write(
      to: &connection.outbox, date: dates.bytes, requestID: requestID, keepsAlive: false,
      isHTTP11: true, omitsBody: false)
    note(connection, response)
    connection.phase = .lingering
    connection.inbox = []
    connection.body = []
    connection.deadlineMs = nowMs + limits.writeTimeoutMs
    flush(connection)
  }

  private func note(_ connection: Connection, _ response: Response) {
    let elapsed = monotonicNs() - connection.startNs
    handler.served(
      Served(
        method: connection.head?.method, route: response.route,
        status: response.status, seconds: Double(elapsed) / 1e9,
        requestID: connection.head?.requestID ?? ""))
  }
}
