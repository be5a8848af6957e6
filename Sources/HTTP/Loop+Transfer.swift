// Moving bytes: from the peer into the inbox, from the outbox to the peer, and what is polled for.

import Base
import Glibc

extension Loop {
  /// Reads what has come and goes on with it: one buffer, and what TLS holds back beyond it.
  func receive(_ connection: Connection) {
    repeat {
      guard receiveOnce(connection) else { return }
    } while connection.transport.hasPending && connection.phase != .working
    settle(connection)
  }

  /// False if the connection is closed.
  private func receiveOnce(_ connection: Connection) -> Bool {
    connection.readWantsWrite = false
    switch connection.transport.receive(into: &readBuffer) {
    case .moved(let count):
      switch connection.phase {
      case .streaming:
        break  // A peer that listens to events has nothing more to say.
      case .lingering:
        connection.lingeredBytes += count
        if connection.lingeredBytes > limits.lingerBytes { close(connection) }
      default:
        connection.inbox.append(contentsOf: readBuffer[0..<count])
        advance(connection)
      }
    case .ended:
      connection.peerClosed = true
      if connection.phase == .streaming { close(connection) } else { advance(connection) }
    case .wants(let interest):
      connection.readWantsWrite = interest == .write
    case .failed:
      close(connection)
    }
    return byID[connection.id] != nil
  }

  /// Sends what waits, and takes the step that follows an empty outbox.
  func flush(_ connection: Connection) {
    while connection.pendingOutput > 0 {
      switch connection.transport.send(connection.outbox, from: connection.sent) {
      case .moved(let count):
        connection.sent += count
        if connection.phase != .head || connection.pendingOutput > 0 {
          connection.deadlineMs = max(connection.deadlineMs, nowMs + limits.writeTimeoutMs)
        }
        continue
      case .wants:
        return watch(connection)
      case .ended, .failed:
        return close(connection)
      }
    }
    connection.sent = 0
    if connection.outbox.capacity > 16 * 1024 {
      connection.outbox = []
    } else {
      connection.outbox.removeAll(keepingCapacity: true)
    }
    settle(connection)
  }

  /// After bytes moved: close, linger, read on, or wait.
  func settle(_ connection: Connection) {
    guard byID[connection.id] != nil else { return }
    if connection.pendingOutput == 0 {
      switch connection.phase {
      case .lingering:
        if connection.peerClosed { return close(connection) }
        if !connection.saidGoodbye {
          connection.saidGoodbye = true
          connection.transport.finishSending()
          connection.deadlineMs = nowMs + limits.lingerMs
        }
      case .head, .body:
        // The peer will send no more, so a request that is not whole never will be.
        if connection.peerClosed { return close(connection) }
      case .working, .streaming:
        break
      }
    }
    watch(connection)
  }

  private func watch(_ connection: Connection) {
    var events: Int32 = 0
    if connection.pendingOutput > 0 || connection.readWantsWrite { events |= POLLOUT }
    let reads =
      connection.phase != .working && !connection.peerClosed
      && connection.pendingOutput < limits.pendingOutputBytes
    if reads { events |= POLLIN }
    polls[connection.slot].events = Int16(events)
  }

  /// Puts stream bytes on their way, in the framing the head announced.
  func send(_ bytes: [UInt8], on connection: Connection) {
    if connection.head?.isHTTP11 == true {
      connection.outbox.append(contentsOf: String(bytes.count, radix: 16).utf8)
      connection.outbox.append(contentsOf: "\r\n".utf8)
      connection.outbox.append(contentsOf: bytes)
      connection.outbox.append(contentsOf: "\r\n".utf8)
    } else {
      connection.outbox.append(contentsOf: bytes)
    }
    flush(connection)
  }

  /// Asks a stream for its next events while the peer keeps up.
  func pull(_ connection: Connection) {
    while let stream = connection.stream, byID[connection.id] != nil,
      connection.pendingOutput < limits.pendingOutputBytes
    {
      switch stream.pull() {
      case .wait:
        return
      case .events(let events):
        connection.lastEventMs = nowMs
        send(events.flatMap(\.bytes), on: connection)
      case .end(let events):
        connection.stream = nil
        if !events.isEmpty { send(events.flatMap(\.bytes), on: connection) }
        if connection.head?.isHTTP11 == true {
          connection.outbox.append(contentsOf: "0\r\n\r\n".utf8)
        }
        connection.phase = .lingering
        return flush(connection)
      }
    }
  }
}
