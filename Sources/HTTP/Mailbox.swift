// How other threads speak to the loop: a list under a lock, and a pipe whose readable end wakes the
// poll. A post never waits; the pipe holds at most one unread byte per emptying.

import Base
import Glibc
import Synchronization

/// What the loop can be told.
enum Message: Sendable {
  case completed(connection: UInt64, Response)
  case announced(topic: String)
  case drain
  /// Finish what is under way, at most so long, and return.
  case stop(withinMs: Int64)
}

final class Mailbox: Sendable {
  private let messages = Mutex<[Message]>([])
  let readEnd: Int32
  private let writeEnd: Int32

  init() throws(Problem) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw failure("cannot make a pipe", place: nil) }
    readEnd = ends[0]
    writeEnd = ends[1]
    try prepare(readEnd)
    try prepare(writeEnd)
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func post(_ message: Message) {
    let wasEmpty = messages.withLock { list in
      list.append(message)
      return list.count == 1
    }
    guard wasEmpty else { return }
    var byte: UInt8 = 1
    unsafe write(writeEnd, &byte, 1)
  }

  /// Everything posted since the last call.
  func take() -> [Message] {
    var drain = [UInt8](repeating: 0, count: 64)
    while unsafe read(readEnd, &drain, drain.count) == drain.count {}
    return messages.withLock { list in
      defer { list = [] }
      return list
    }
  }
}
