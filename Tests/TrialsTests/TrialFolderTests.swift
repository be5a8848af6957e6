import Base
import Crypto
import Evidence
import Foundation
import Ledger
import Testing

@testable import Trials

/// Goal: nothing is served before it is committed to, nothing changes afterwards, nothing withheld
/// leaves, and a stranger can check all of it.
/// Method: a trial of given pairs in a temporary state, taken through all its steps, and bent at
/// every file.
@Suite("A trial's folder")
struct TrialFolderTests {
  @Test("serves nothing before it is committed to, and then one twin of each pair")
  func order() throws {
    let stage = try TrialStage(customers: ["acme", "zenith"])
    let early = problem { _ = try TrialServing(stage.trial) }
    #expect(early?.code == "not_committed" && early?.exitCode == .no)
    let receipt = try stage.commit()
    #expect(receipt.index == 0 && receipt.record.pairCount == 16)
    let secret = try stage.trial.secret()
    for customer in ["acme", "zenith"] {
      let lines = try stage.lines(customer)
      let coins = TrialCommitment(
        secret: try secret.customer(customer).secret, pairCount: 16)
      #expect(lines.count == 16)
      for (index, line) in lines.enumerated() {
        let side = coins.servesB(index) ? "right" : "left"
        #expect(line["completion"]?.string == "\(side) \(index)")
        let withheld = coins.servesB(index) ? "left" : "right"
        #expect(!line.canonicalText.contains(withheld), "the withheld twin is in \(line)")
      }
    }
    #expect(try stage.lines("acme") != stage.lines("zenith"))
    #expect(try stage.lines("acme", 3).count == 1)
    #expect(problem { _ = try stage.lines("acme", 16) }?.exitCode == .usage)
    #expect(problem { _ = try stage.lines(nil, 0) }?.exitCode == .usage)
    #expect(problem { _ = try stage.lines("x", 0) }?.exitCode == .usage)
  }

  @Test("keeps the key and both twins to its owner, and tells neither in the record")
  func secrecy() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    for name in [TrialFolder.keyName, TrialFolder.pairsName] {
      let attributes = try FileManager.default.attributesOfItem(atPath: stage.trial.file(name))
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    let folder = try FileManager.default.attributesOfItem(atPath: stage.trial.path)
    #expect(folder[.posixPermissions] as? Int == 0o700)
    let secret = try stage.trial.secret()
    for name in [TrialFolder.recordName, TrialFolder.entryName] {
      let bytes = try FileSystem.read(stage.trial.file(name), limitBytes: 1 << 20)
      let text = String(decoding: bytes, as: UTF8.self)
      let inner = (try? Envelope(parsing: bytes)).map {
        String(decoding: $0.payload, as: UTF8.self)
      }
      for text in [text, inner ?? ""] {
        #expect(!text.contains(Hex.encode(secret.customers[0].secret)))
        #expect(!text.contains("left") && !text.contains("right"))
      }
    }
  }

  @Test("is committed to once, and what was committed to stays")
  func fixed() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    #expect(problem { _ = try stage.commit() }?.code == "already_committed")
    #expect(problem { _ = try stage.commit("round/1") }?.code == "already_committed")
    try stage.bend(stage.trial.file(TrialFolder.pairsName), "left 5", "left 6")
    let served = problem { _ = try TrialServing(stage.trial) }
    #expect(served?.code == "commitment_broken" && served?.exitCode == .no)
    #expect(problem { _ = try stage.reveal() }?.code == "commitment_broken")
  }

  @Test("goes on where a commit was cut off, with one entry in the ledger in the end")
  func cutOff() throws {
    let stage = try TrialStage()
    let first = try stage.commit()
    for name in [TrialFolder.receiptName, TrialFolder.entryName, TrialFolder.verifierName] {
      try FileSystem.remove(stage.trial.file(name))
      try? FileSystem.remove(stage.trial.file(TrialFolder.receiptName))
      #expect(problem { _ = try TrialServing(stage.trial) }?.code == "not_committed")
      #expect(try stage.commit().index == first.index)
    }
    #expect(try stage.state.openLedger().size() == 1)
    #expect(try stage.verify(stage.trial).holds)
    // The record was written, the entry was not.
    try FileSystem.remove(stage.trial.file(TrialFolder.receiptName))
    try stage.bend(stage.trial.file(TrialFolder.recordName), "\"pairs\":16", "\"pairs\":15")
    #expect(problem { _ = try stage.commit() }?.code == "other_commitment")
  }

  @Test("waits for the value of a beacon that was named before")
  func beacon() throws {
    let stage = try TrialStage()
    _ = try stage.commit("drand/77")
    #expect(problem { _ = try TrialServing(stage.trial) }?.code == "beacon_unknown")
    #expect(problem { _ = try stage.commit("drand/78:aa") }?.code == "already_committed")
    let receipt = try stage.commit("drand/77:00ff")
    #expect(receipt.isBeaconValue && receipt.index == 1)
    #expect(problem { _ = try stage.commit("drand/77:00fe") }?.code == "already_committed")
    let customer = try stage.trial.secret().customers[0]
    let wanted = TrialCommitment(secret: customer.secret, pairCount: 16, beacon: [0, 255])
    #expect(try stage.trial.committed().commitment(of: customer).coins == wanted.coins)
    let revealed = try stage.reveal()
    let result = try stage.verify(revealed)
    #expect(result.holds && result.checks.contains { $0.name == "beacon-order" })
    let coins = revealed.file("customers/everybody/coins.jsonl")
    let stated = try TrialFiles.commitment(revealed.file("customers/everybody/commitment.json"))
    #expect(stated.matches(try TrialFiles.coins(coins)))
  }

  @Test("is revealed whole or for some customers, and holds before a stranger")
  func revealed() throws {
    let stage = try TrialStage(customers: ["acme", "zenith"])
    _ = try stage.commit()
    for customer in ["acme", "zenith"] { try stage.lines(customer, stated: true) }
    let whole = try stage.reveal()
    let result = try stage.verify(whole)
    #expect(result.holds && result.checks.allSatisfy { $0.outcome == .passed }, "\(result.json)")
    let unkeyed = try TrialVerification(whole, log: nil, signer: nil)
    #expect(unkeyed.holds)
    #expect(unkeyed.checks.filter { $0.outcome == .notChecked }.map(\.name).count == 6)
    let part = try stage.reveal("part", customers: ["zenith"])
    #expect(try stage.verify(part).holds)
    #expect(try part.committed().customers.map(\.name) == ["zenith"])
    let hidden = Hex.encode(try stage.trial.secret().customers[0].secret)
    for file in try FileSystem.walk(part.path) {
      let text = String(
        decoding: try FileSystem.read(part.file(file.path), limitBytes: 1 << 20), as: UTF8.self)
      #expect(!text.contains(hidden), "\(file.path)")
    }
    #expect(problem { _ = try stage.reveal("part") }?.code == "exists")
  }

  @Test(
    "is refused when one thing of it was changed",
    arguments: [
      ("pairs.jsonl", "right 3", "right 4", "texts"),
      ("pairs.jsonl", "\"prompt\":\"p9\"", "\"prompt\":\"p8\"", "texts"),
      ("key.json", "\"salt_key_hex\":\"", "\"salt_key_hex\":\"", "texts"),
      ("key.json", "\"secret_hex\":\"", "\"secret_hex\":\"", "secrets"),
      ("record.json", "\"alpha\":0.001", "\"alpha\":0.01", "plan"),
      ("record.json", "\"alpha\":0.001", "\"alpha\":0.01", "statement"),
      ("customers/everybody/coins.jsonl", "", "", "coins of everybody"),
      (
        "customers/everybody/commitment.json", "\"prompts\":16", "\"prompts\":17",
        "coins of everybody"
      ),
    ])
  func bent(file: String, old: String, new: String, check: String) throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    let folder = try stage.reveal()
    let path = folder.file(file)
    if file.hasSuffix("coins.jsonl") {
      let first = try TrialFiles.coins(path)[0] == true
      try stage.bend(path, first ? "\"b\"" : "\"a\"", first ? "\"a\"" : "\"b\"")
    } else if old == new {
      // The first digit of the value becomes another one.
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let place = try #require(text.range(of: old)).upperBound
      let digit = text[place]
      try stage.bend(path, old + String(digit), new + (digit == "0" ? "1" : "0"))
    } else {
      try stage.bend(path, old, new)
    }
    let result = try stage.verify(folder)
    #expect(!result.holds)
    let found = try #require(result.checks.first { $0.name == check })
    #expect(found.outcome == (check == "plan" ? .notChecked : .failed), "\(result.json)")
  }

  @Test("names a test that is not the planned one")
  func departures() throws {
    let stage = try TrialStage()
    let (one, two) = (SHA256.hash([1] as [UInt8]), SHA256.hash([2] as [UInt8]))
    let receipt = try TrialCommit(state: stage.state).commit(
      stage.trial, beacon: nil,
      references: [.init(name: "one", digest: one), .init(name: "two", digest: two)])
    let record = receipt.record
    #expect(record.departure(references: [two, one]) == nil)
    #expect(record.departure(references: [one]) != nil)
    #expect(record.departure(references: [one, two, nil]) != nil)
    #expect(record.departure(references: []) != nil)
    var other = record.json.object ?? [:]
    other["references"] = []
    #expect(try TrialRecord(json: .object(other)).departure(references: [nil, one]) == nil)
    other["plan"] = ["alpha": 0.5]
    #expect(try TrialRecord(json: .object(other)).departure(references: []) != nil)
  }

  @Test("is refused with another log's key, another signer, or another trial's receipt")
  func strangers() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    let folder = try stage.reveal()
    let other = try TrialStage()
    _ = try other.commit()
    let foreign = try TrialVerification(
      folder, log: try other.log, signer: try other.state.trustedKeys().first)
    #expect(
      foreign.checks.filter { $0.outcome == .failed }.map(\.name) == [
        "statement-signature", "receipt",
      ])
    try FileSystem.remove(folder.file(TrialFolder.receiptName))
    try FileManager.default.copyItem(
      atPath: other.trial.file(TrialFolder.receiptName),
      toPath: folder.file(TrialFolder.receiptName))
    #expect(try !stage.verify(folder).holds)
    try Data("nonsense".utf8).write(to: URL(filePath: folder.file(TrialFolder.receiptName)))
    #expect(problem { _ = try stage.verify(folder) }?.exitCode == .malformed)
    try FileSystem.remove(folder.file(TrialFolder.entryName))
    #expect(problem { _ = try stage.verify(folder) }?.exitCode == .malformed)
  }
}
