import Base
import Crypto
import Foundation
import Ledger
import Testing

/// Goal: a process that is killed at any instant loses nothing that it acknowledged, and leaves a
/// log that is sound as it lies there. Method: the built program appends batches and is killed
/// (SIGKILL) at a random instant, over and over on one log; then a stranger's check, then an
/// opening, then every entry is compared. With ASSAY_SWEEP=1 there are 200 kills, half of them
/// with two programs appending at once.
@Suite("A ledger whose writer is killed", .serialized)
struct KillTests {
  static let isSweep = ProcessInfo.processInfo.environment["ASSAY_SWEEP"] == "1"

  /// The program that was built with the tests.
  static let program: String = {
    if let given = ProcessInfo.processInfo.environment["ASSAY"] { return given }
    let tests = FileSystem.directoryName(CommandLine.arguments[0])
    return tests + "/assay"
  }()

  let folder: String
  let log: String
  let signer: NoteSigner

  init() throws {
    folder = try FileSystem.temporaryDirectory(prefix: "assay-kill")
    log = folder + "/log"
    let key = try #require(Ed25519.PrivateKey(seed: SHA256.hash(Array("kill".utf8)).bytes))
    signer = try #require(NoteSigner(name: "assay.example/kill", kind: .ed25519, key: key))
    _ = try Ledger.create(at: log, signer: signer)
  }

  @Test("keeps what was acknowledged, kill after kill")
  func oneWriter() throws {
    try #require(FileSystem.exists(Self.program), "build the program: swift build --product assay")
    defer { try? FileSystem.remove(folder) }
    var random = CounterRandom(seed: 20, stream: 0)
    var lost = 0
    for round in 0..<(Self.isSweep ? 100 : 10) {
      let first = try Ledger.open(log).size()
      let writer = try Writer(log: log, folder: folder, name: "a", first: first)
      let acknowledged = writer.killAt(instant: random.next())
      let size = try checkedSize("round \(round)")
      #expect(size >= max(first, acknowledged), "round \(round)")
      if size < max(first, acknowledged) { lost += 1 }
      let entries = try Ledger.open(log).entries(first..<size).map(\.bytes)
      #expect(entries == (first..<size).map { Writer.line("a", $0) }, "round \(round)")
    }
    #expect(lost == 0)
  }

  @Test("keeps what was acknowledged by two writers, of which one is killed", .enabled(if: isSweep))
  func twoWriters() throws {
    defer { try? FileSystem.remove(folder) }
    var random = CounterRandom(seed: 21, stream: 0)
    for round in 0..<100 {
      let before = try Ledger.open(log).size()
      let victim = try Writer(log: log, folder: folder, name: "v\(round)-", first: 0)
      let other = try Writer(log: log, folder: folder, name: "o\(round)-", first: 0, count: 64)
      let acknowledged = victim.killAt(instant: random.next())
      let finished = other.wait()
      #expect(finished.code == 0, "round \(round): the other writer went on")
      let size = try checkedSize("round \(round)")
      #expect(size >= max(acknowledged, finished.acknowledged))
      let entries = try Ledger.open(log).entries(before..<size).map(\.bytes)
      for name in ["v\(round)-", "o\(round)-"] {
        let own = entries.filter { $0.starts(with: Array(name.utf8)) }
        #expect(own == (0..<own.count).map { Writer.line(name, $0) }, "\(name): torn or reordered")
        if name.hasPrefix("o") { #expect(own.count == 64) }
      }
    }
  }

  /// The size after two checks: of the files as they lie there, and after an opening.
  private func checkedSize(_ round: String) throws -> Int {
    let verifier = LogVerifier(directory: log, log: signer.verifier)
    let before = verifier.check(run: Run())
    #expect(before.problem == nil, "\(round): \(before.problem?.description ?? "")")
    let size = try Ledger.open(log).size()
    let after = verifier.check(run: Run())
    #expect(after.problem == nil, "\(round): \(after.problem?.description ?? "")")
    #expect(after.checkpoint?.size == size, "\(round): opening publishes what is durable")
    #expect((before.checkpoint?.size ?? 0) <= size)
    return size
  }
}

/// A process that appends lines in batches of 16 and tells each durable batch.
private final class Writer {
  private let process = Process()
  private let acknowledgements: String

  init(log: String, folder: String, name: String, first: Int, count: Int = 4000) throws {
    let lines = "\(folder)/\(name).lines"
    acknowledgements = "\(folder)/\(name).acks"
    let bytes = (first..<first + count).flatMap { Self.line(name, $0) }
    try DurableFile.replace(lines, with: bytes)
    try DurableFile.replace(acknowledgements, with: [])
    process.executableURL = URL(fileURLWithPath: KillTests.program)
    process.arguments = ["ledger", "append", log, "--lines", lines, "--batch", "16", "--jsonl"]
    process.standardOutput = FileHandle(forWritingAtPath: acknowledgements)
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  static func line(_ name: String, _ index: Int) -> [UInt8] { Array("\(name)\(index)\n".utf8) }

  /// Kills the process up to 0.3 s after it began or, every second time, right after one of its
  /// first acknowledgements; returns the size that it acknowledged last.
  func killAt(instant: UInt64) -> Int {
    if instant & 1 == 0 {
      let wanted = Int((instant >> 8) % 6)
      let deadline = Date().addingTimeInterval(20)
      while lineCount <= wanted, process.isRunning, Date() < deadline { usleep(200) }
      usleep(UInt32((instant >> 16) % 4096))
    } else {
      usleep(UInt32((instant >> 16) % 300_000))
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return lastSize
  }

  func wait() -> (code: Int32, acknowledged: Int) {
    process.waitUntilExit()
    return (process.terminationStatus, lastSize)
  }

  private var lineCount: Int { read().count }

  private var lastSize: Int {
    read().last.flatMap { (try? JSON.parse(Array($0)))?["size"]?.int } ?? 0
  }

  /// Whole lines only; the last one may have been cut.
  private func read() -> [ArraySlice<UInt8>] {
    let bytes = (try? FileSystem.read(acknowledgements, limitBytes: 1 << 24)) ?? []
    guard let end = bytes.lastIndex(of: 0x0A) else { return [] }
    return bytes[..<end].split(separator: 0x0A)
  }
}
