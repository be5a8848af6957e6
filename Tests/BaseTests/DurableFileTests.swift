import Base
import Synchronization
import Testing

@Suite("Durable files")
struct DurableFileTests {
  @Test("appear together, or leave what was there and no trace")
  func together() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-durable")
    defer { try? FileSystem.remove(folder) }
    try FileSystem.makeDirectory(folder + "/d")
    let files = (0..<40).map {
      (path: "\(folder)/\($0 % 2 == 0 ? "d/" : "")\($0)", bytes: [UInt8($0)])
    }
    try DurableFile.replaceAll(files)
    for file in files { #expect(try FileSystem.read(file.path, limitBytes: 10) == file.bytes) }
    #expect(throws: Problem.self) {
      try DurableFile.replaceAll([
        (path: folder + "/1", bytes: [99]), (path: folder + "/missing/x", bytes: []),
        (path: folder + "/new", bytes: []),
      ])
    }
    let names = try FileSystem.walk(folder).map(\.path)
    #expect(!names.contains { $0.hasSuffix(".tmp") })
  }

  @Test("are written by threads that do every piece of work once")
  func waiting() {
    for count in [0, 1, 2, 15, 16, 17, 1000] {
      let tally = Tally(count: count)
      Parallel.forEachWaiting(count) { tally.add($0) }
      #expect(tally.counts == [Int](repeating: 1, count: count))
    }
  }

  @Test("are locked by one holder at a time")
  func lock() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-lock")
    defer { try? FileSystem.remove(folder) }
    let first = try FileLock(path: folder + "/lock")
    let second = try FileLock(path: folder + "/lock")
    try first.withLock { () throws(Problem) in
      #expect(try !second.tryHold())
    }
    #expect(try second.tryHold())
    #expect(try !first.tryHold())
  }
}

private final class Tally: Sendable {
  private let slots: Mutex<[Int]>

  init(count: Int) { slots = Mutex([Int](repeating: 0, count: count)) }

  func add(_ index: Int) { slots.withLock { $0[index] += 1 } }

  var counts: [Int] { slots.withLock { $0 } }
}
