import Synchronization
import Testing

@testable import Base

@Suite("A channel between threads")
struct ChannelTests {
  @Test("yields what was put, in order, and ends when closed and empty")
  func order() throws {
    let channel = Channel<Int>(capacity: 100)
    let seen = Mutex<[Int]>([])
    let thread = try BackgroundThread.start("reader") {
      while let number = channel.take() { seen.withLock { $0.append(number) } }
    }
    for number in 0..<50 { #expect(channel.put(number)) }
    channel.close()
    thread.join()
    #expect(seen.withLock { $0 } == Array(0..<50))
    #expect(!channel.put(1) && channel.hasEnded)
  }

  @Test("refuses more than it can hold, and gives up waiting in time")
  func bounds() {
    let channel = Channel<Int>(capacity: 2)
    #expect(channel.put(1) && channel.put(2) && !channel.put(3))
    #expect(channel.takeAll(waitingMs: 10) == [1, 2])
    #expect(channel.takeAll(waitingMs: 10).isEmpty)
  }
}
