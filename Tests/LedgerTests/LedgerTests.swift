import Base
import Crypto
import Store
import Testing

@testable import Ledger

/// Goal: an append never changes what was already proven, and what was acknowledged stays.
/// Method: real files and databases; every check is made by `LogVerifier`, which shares no code
/// with the writer but the formats.
@Suite("A ledger")
struct LedgerTests {
  @Test("is sound at every size, and keeps every proof it ever gave")
  func growth() throws {
    let log = try TestLog()
    var kept: [Checkpoint] = [try log.ledger.checkpoint()]
    for size in [1, 2, 3, 7, 8, 255, 256, 257, 513] {
      let first = try log.ledger.size()
      _ = try log.ledger.append(TestLog.entries(first..<size))
      let report = log.check()
      #expect(report.problem == nil)
      #expect(report.checkpoint?.size == size)
      let now = try log.ledger.checkpoint()
      for old in kept {
        let proof = try log.ledger.consistencyProof(old: old.size)
        #expect(proof.holds(oldRoot: old.root, newRoot: now.root), "\(old.size) to \(size)")
        #expect(log.check(since: old.bytes).problem == nil)
        if old.size > 0 {
          let past = try log.ledger.inclusionProof(index: old.size / 2, size: old.size)
          let leaf = MerkleTree.leafHash(TestLog.entries(old.size / 2..<old.size / 2 + 1)[0])
          #expect(past.holds(leafHash: leaf, root: old.root))
        }
      }
      kept.append(now)
    }
  }

  @Test("takes empty entries and the longest, and refuses one byte more")
  func lengths() throws {
    let log = try TestLog()
    _ = try log.ledger.append([[], [UInt8](repeating: 0, count: 65_535)])
    #expect(throws: Problem.self) {
      try log.ledger.append([[1], [UInt8](repeating: 0, count: 65_536)])
    }
    #expect(try log.ledger.size() == 2, "nothing of a refused append stays")
    #expect(log.check().problem == nil)
  }

  @Test("refuses indices and sizes that are not there")
  func bounds() throws {
    let log = try TestLog(size: 3)
    #expect(throws: Problem.self) { try log.ledger.inclusionProof(index: 3) }
    #expect(throws: Problem.self) { try log.ledger.inclusionProof(index: -1) }
    #expect(throws: Problem.self) { try log.ledger.inclusionProof(index: 0, size: 4) }
    #expect(throws: Problem.self) { try log.ledger.consistencyProof(old: 4) }
    #expect(try log.ledger.entries(-5..<99).count == 3)
  }

  @Test("shares one transaction with its caller: entry and job together, or neither")
  func sharedTransaction() throws {
    let log = try TestLog()
    let database = log.ledger.database
    try database.execute("CREATE TABLE jobs(id INTEGER) STRICT")
    let stop = Problem(.refused, "stop", reason: "stop")
    #expect(throws: stop) {
      try database.transaction { () throws(Problem) in
        _ = try log.ledger.stage([[1]])
        throw stop
      }
    }
    #expect(try log.ledger.size() == 0)
    let staged = try database.transaction { () throws(Problem) in
      try database.execute("INSERT INTO jobs VALUES (1)")
      return try log.ledger.stage([[2]])
    }
    let receipts = try log.ledger.publish(staged)
    #expect(receipts.map(\.index) == [0])
    #expect(log.check().checkpoint?.size == 1)
  }

  @Test("lets two writers append in turn without losing an entry or an order")
  func twoWriters() throws {
    let log = try TestLog()
    let other = try Ledger.open(log.path)
    var wanted: [[UInt8]] = []
    for round in 0..<40 {
      for ledger in [log.ledger, other] {
        let entries = TestLog.entries(round * 7..<round * 7 + 1 + round % 3)
        _ = try ledger.append(entries)
        wanted += entries
      }
    }
    #expect(try log.ledger.entries(0..<1000).map(\.bytes) == wanted)
    #expect(log.check().checkpoint?.size == wanted.count)
  }

  @Test("opens by its directory, by its state and by the state's ledger directory")
  func opening() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-state")
    defer { try? FileSystem.remove(folder) }
    let state = StateDirectory(folder + "/state")
    let made = try state.create()
    _ = try made.append([[1]])
    for path in [state.path, state.ledgerPath] {
      #expect(try Ledger.open(path).size() == 1)
    }
    #expect(try state.trustedKeys() == [try state.statementKey().publicKey])
    #expect(throws: Problem.self) { try state.create() }
    #expect(throws: Problem.self) { try Ledger.open(folder) }
    #expect(throws: Problem.self) { try StateDirectory(folder).create() }
  }

  @Test("encrypts its keys when there is a passphrase, and signs only with it")
  func passphrase() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-state")
    defer { try? FileSystem.remove(folder) }
    let secret = Array("open sesame".utf8)
    let state = StateDirectory(folder + "/state")
    _ = try state.create(passphrase: secret)
    let reader = try state.openLedger()
    #expect(try reader.size() == 0, "reading needs no key")
    #expect(throws: Problem.self) { try reader.append([[1]]) }
    _ = try state.openLedger(passphrase: secret).append([[1]])
    #expect(try reader.size() == 1)
    #expect(throws: Problem.self) { try state.statementKey() }
  }

  @Test("keeps blobs by digest, and notices a changed one")
  func blobs() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-blobs")
    defer { try? FileSystem.remove(folder) }
    let blobs = BlobStore(directory: folder)
    let digest = try blobs.put([1, 2, 3])
    #expect(try blobs.put([1, 2, 3]) == digest)
    #expect(try blobs.get(digest) == [1, 2, 3])
    try DurableFile.replace(blobs.path(of: digest), with: [1, 2])
    #expect(throws: Problem.self) { try blobs.get(digest) }
    try blobs.erase(digest)
    #expect(try blobs.get(digest) == nil)
  }
}

/// Goal: whoever sets a log back, or writes another history, is found out.
@Suite("A ledger that was tampered with")
struct TamperingTests {
  @Test("is found by any one changed bit of any file, and by any missing file")
  func everyFile() throws {
    let log = try TestLog(size: 300)
    #expect(log.check().problem == nil)
    let files = try FileSystem.walk(log.path).map(\.path).filter {
      $0 == "checkpoint" || $0.hasPrefix("tile/")
    }
    #expect(files.count == 6)
    var random = CounterRandom(seed: 1, stream: 0)
    for file in files {
      let path = log.path + "/" + file
      let bytes = try FileSystem.read(path, limitBytes: 1 << 20)
      for _ in 0..<12 {
        var changed = bytes
        let position = Int(random.next() % UInt64(bytes.count))
        changed[position] ^= 1 << UInt8(random.next() % 8)
        try DurableFile.replace(path, with: changed)
        #expect(log.check().problem != nil, "\(file), byte \(position)")
      }
      for other in [Array(bytes.dropLast()), bytes + [0], []] {
        try DurableFile.replace(path, with: other)
        #expect(log.check().problem != nil, "\(file), \(other.count) bytes")
      }
      try FileSystem.remove(path)
      #expect(log.check().problem != nil, "\(file) missing")
      try DurableFile.replace(path, with: bytes)
    }
    #expect(log.check().problem == nil)
  }

  @Test("signs nothing after its database was set back")
  func rollback() throws {
    let log = try TestLog(size: 3)
    let path = log.ledger.database.path
    try log.ledger.database.truncateLog()
    let old = try FileSystem.read(path, limitBytes: 1 << 24)
    _ = try log.ledger.append(TestLog.entries(3..<5))
    for suffix in ["-wal", "-shm"] { try FileSystem.remove(path + suffix) }
    try DurableFile.replace(path, with: old)
    #expect(code { () throws(Problem) in _ = try Ledger.open(log.path) } == "rollback")
    // The published files alone do not save whoever removes them: the high-water mark stands apart.
    try FileSystem.remove(log.path + "/checkpoint")
    #expect(code { () throws(Problem) in _ = try Ledger.open(log.path) } == "rollback")
  }

  @Test("signs nothing beside another history, and yields evidence that anybody can check")
  func fork() throws {
    let log = try TestLog(size: 3)
    let other = try TestLog()
    _ = try other.ledger.append([[9], [8], [7], [6]])
    let note = try log.ledger.checkpoint().bytes
    try DurableFile.replace(other.path + "/high-water", with: note)
    #expect(code { () throws(Problem) in _ = try Ledger.open(other.path) } == "fork")

    let report = other.check(since: note)
    #expect(report.problem?.code == "fork")
    #expect(report.problem?.exitCode == .no)
    let evidence = try ForkEvidence(json: try #require(report.problem?.details["evidence"]))
    #expect(throws: Never.self) { try evidence.check(log: TestLog.signer.verifier) }
    #expect(try ForkEvidence(json: evidence.json) == evidence)
    // Evidence from two honest checkpoints proves nothing.
    let honest = JSON.object([
      "older": .string(String(decoding: note, as: UTF8.self)),
      "newer": .string(String(decoding: note, as: UTF8.self)),
      "prefix_root": .string(try log.ledger.checkpoint().root.tagged), "path": [],
    ])
    #expect(throws: Refusal.self) {
      try ForkEvidence(json: honest).check(log: TestLog.signer.verifier)
    }
  }

  @Test("is found to be set back, or forked at the same size, by a checkpoint kept elsewhere")
  func since() throws {
    let log = try TestLog(size: 5)
    let kept = try log.ledger.checkpoint().bytes
    let shorter = try TestLog(size: 4)
    #expect(shorter.check(since: kept).problem?.code == "rolled_back")
    let sameSize = try TestLog()
    _ = try sameSize.ledger.append([[1], [2], [3], [4], [5]])
    #expect(sameSize.check(since: kept).problem?.code == "fork")
    #expect(log.check(since: kept).problem == nil)
  }

  @Test("with another signer's checkpoint in its place is not published over")
  func foreignCheckpoint() throws {
    let log = try TestLog(size: 2)
    try DurableFile.replace(log.path + "/checkpoint", with: Array("hello\n".utf8))
    #expect(code { () throws(Problem) in _ = try Ledger.open(log.path) } == "checkpoint_altered")
  }
}

/// The code of the problem that `body` throws; nil when it throws none.
func code(_ body: () throws(Problem) -> Void) -> String? {
  do throws(Problem) {
    try body()
    return nil
  } catch {
    return error.code
  }
}
