import Base
import Crypto
import Evidence
import Foundation
import Ledger
import TestSupport
import Testing

@testable import Trials

/// Goal: what a trial keeps in files and in the ledger is read as it was written, and what is
/// missing or of another form is refused. Method: round trips, and each member dropped and turned.
@Suite("The documents of a trial")
struct TrialFormTests {
  private static let secret = TrialSecret(
    customers: [
      TrialCustomer(name: "acme", secret: [UInt8](repeating: 7, count: 32)),
      TrialCustomer(name: "zenith", secret: [UInt8](repeating: 9, count: 32)),
    ],
    saltKey: [UInt8](repeating: 3, count: 32),
    sampler: TrialSampler(
      model: SHA256.hash([1]), tokenCount: 32, temperature: 0.75, seed: UInt64.max))

  private static let pairs = (0..<3).map { index in
    TrialFiles.Pair(
      index: index, prompt: "p\(index)", a: "left", b: "right é",
      identifiers: index == 0 ? ([1, 2], [3], [4, 5]) : nil)
  }

  private static func record() throws -> TrialRecord {
    try TrialRecord(
      pairs: pairs, secret: secret, beacon: try TrialBeacon("drand/5:00ff"),
      references: [.init(name: "r", digest: SHA256.hash([2]))], time: Instant(seconds: 5))
  }

  private func withFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-form")
    defer { try? FileSystem.remove(folder) }
    let path = folder + "/file"
    try DurableFile.replace(path, with: bytes)
    return try body(path)
  }

  @Test("the key: every secret, and the sampler with its seed")
  func key() throws {
    let json = Self.secret.json
    let read = { (json: JSON) throws in
      try self.withFile(json.canonicalBytes) { try TrialSecret(file: $0) }
    }
    #expect(try read(json) == Self.secret)
    for change in JSONChange.all(of: json) {
      guard let other = try? read(change.json) else { continue }
      // The generator is named for people; a customer less or no sampler is another key.
      #expect(change.place.hasSuffix("/generator") || other != Self.secret, "\(change.place)")
      #expect(change.isDrop || change.place.hasSuffix("/generator"), "\(change.place) turned")
    }
  }

  @Test("the record: members as they were, and its digest names every byte of it")
  func record() throws {
    let record = try Self.record()
    let read = try TrialRecord(json: JSON.parse(record.json.canonicalBytes))
    #expect(read.digest == record.digest && read.isSame(as: record) && read.isOurPlan)
    #expect(read.pairCount == 3 && read.root == record.root)
    #expect(read.customers.map(\.name) == ["acme", "zenith"])
    #expect(
      read.customers.map(\.commitment) == Self.secret.customers.map { SHA256.hash($0.secret) })
    #expect(try read.beacon == TrialBeacon("drand/5:00ff"))
    #expect(read.references == [SHA256.hash([2])] && read.sampledModel == SHA256.hash([1]))
    for change in JSONChange.all(of: record.json) {
      guard let other = try? TrialRecord(json: change.json) else { continue }
      #expect(other.digest != record.digest, "\(change.place)")
      #expect(other.isSame(as: record) == (change.place == "/time"), "\(change.place)")
      #expect(other.isOurPlan != change.place.hasPrefix("/plan"), "\(change.place)")
    }
    let needed = ["/schema", "/pairs", "/pairs_root", "/customers", "/customers/0/commitment"]
    for change in JSONChange.all(of: record.json) where needed.contains(change.place) {
      #expect(throws: Problem.self, "\(change.place)") { try TrialRecord(json: change.json) }
    }
  }

  @Test("a line of the record of deliveries, of both kinds")
  func delivery() throws {
    let contents: [TrialDelivery.Content] = [
      .line(index: 4, customer: "acme", digest: SHA256.hash([4])),
      .torn(byteCount: 9, digest: SHA256.hash([5])),
    ]
    for content in contents {
      let line = TrialDelivery(number: 2, time: Instant(seconds: 9), content: content)
      #expect(TrialDelivery(line: line.bytes) == line)
      for change in JSONChange.all(of: try JSON.parse(line.bytes)) {
        #expect(TrialDelivery(line: change.json.canonicalBytes) == nil, "\(change.place)")
      }
    }
  }

  @Test("pairs and coins, a line each")
  func lines() throws {
    let bytes = Array(Self.pairs.map { $0.json.canonicalBytes }.joined(separator: [0x0A]))
    let read = try withFile(bytes) { try TrialFiles.pairs($0) }
    #expect(read.map(\.json) == Self.pairs.map(\.json))
    #expect(read.map(\.content) == Self.pairs.map(\.content))
    for change in JSONChange.all(of: Self.pairs[0].json) {
      let other = try? withFile(change.json.canonicalBytes) { try TrialFiles.pairs($0) }
      guard let other else { continue }
      #expect(other.map(\.content) != [Self.pairs[0].content], "\(change.place)")
    }
    let commitment = TrialCommitment(secret: [UInt8](repeating: 7, count: 32), pairCount: 40)
    let coins = try withFile(TrialFiles.coins(commitment)) { try TrialFiles.coins($0) }
    #expect(coins == commitment.coins && Set(coins.values) == [true, false])
    #expect(throws: Problem.self) {
      try withFile(Array(#"{"index":0,"served":"c"}"#.utf8)) { try TrialFiles.coins($0) }
    }
  }

  @Test("a revealed commitment, with beacon and digest of the pairs")
  func commitment() throws {
    let commitment = TrialCommitment(
      secret: [UInt8](repeating: 7, count: 32), pairCount: 40, pairsDigest: SHA256.hash([8]),
      beacon: [1, 2])
    let read = { (json: JSON) throws in
      try self.withFile(json.canonicalBytes) { try TrialFiles.commitment($0) }
    }
    #expect(try read(commitment.json) == commitment)
    for change in JSONChange.all(of: commitment.json) {
      guard let other = try? read(change.json) else { continue }
      #expect(other != commitment, "\(change.place)")
    }
    for place in ["/commitment", "/secret_hex", "/prompts"] {
      for change in JSONChange.all(of: commitment.json) where change.place == place {
        #expect(throws: Problem.self, "\(place)") { try read(change.json) }
      }
    }
  }

  @Test("a score: its line is read by whoever tests with it")
  func score() throws {
    let score = TrialScore(
      index: 0, logProbA: -1.5, logProbB: -2.25, tokenCountA: 3, tokenCountB: 4,
      model: SHA256.hash([1]), pairs: SHA256.hash([2]))
    let scores = try withFile(score.json.canonicalBytes) { try TrialScores(file: $0) }
    #expect(scores.differences == [0: 0.75] && scores.indices == [0])
    #expect(scores.model == score.model && scores.pairs == score.pairs)
    for place in ["/index", "/model", "/pairs_sha256"] {
      for change in JSONChange.all(of: score.json) where change.place == place && !change.isDrop {
        #expect(throws: Problem.self, "\(place)") {
          try withFile(change.json.canonicalBytes) { try TrialScores(file: $0) }
        }
      }
    }
  }

  @Test("a beacon, in the record and in the statement that gives its value")
  func beacon() throws {
    for text in ["round/1", "round/1:00ff"] {
      let beacon = try TrialBeacon(text)
      #expect(TrialBeacon(beacon.json) == beacon)
      #expect(TrialBeacon(stated: try Self.record().beaconStatement(beacon)) == beacon)
      for change in JSONChange.all(of: beacon.json) {
        #expect(TrialBeacon(change.json) != beacon || beacon.value == nil, "\(change.place)")
      }
    }
    #expect(TrialBeacon(stated: try Self.record().statement)?.value == [0, 0xFF])
    #expect(TrialBeacon(["round": "r", "value_hex": 7]) == nil)
  }

  @Test("a step in the ledger names its kind, its trial and its time")
  func events() throws {
    let record = try Self.record()
    let delivered = record.deliveredStatement(
      customer: "acme", lineCount: 3, root: SHA256.hash([6]), time: Instant(seconds: 77))
    for (statement, name) in [
      (record.statement, "committed"), (delivered, "delivered"),
      (record.revealedStatement(customers: ["acme"], time: Instant(seconds: 78)), "revealed"),
    ] {
      let event = try #require(TrialEvent(statement))
      #expect(event.name == name && event.trial == record.digest.tagged)
    }
    #expect(TrialEvent.time(of: delivered) == Instant(seconds: 77))
  }
}
