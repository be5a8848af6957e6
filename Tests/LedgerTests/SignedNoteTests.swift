import Base
import Crypto
import Testing
import TestSupport

@testable import Ledger

/// Goal: notes and checkpoints are judged as their specifications say, and one value has one
/// spelling. Method: vectors made with golang.org/x/mod, and every one-byte change of a good one.
@Suite("A signed note")
struct SignedNoteTests {
  @Test("is verified, rejected or malformed as the vectors say")
  func foreignNotes() throws {
    let cases = try #require(try vectors("notes.json")["cases"]?.array)
    #expect(cases.count > 30)
    for item in cases {
      let keys = try #require(item["vkeys"]?.array).compactMap {
        $0.string.flatMap { NoteVerifier(vkey: $0) }
      }
      let bytes = try #require(item["note_b64"]?.string.flatMap { Base64.decode($0) })
      let (outcome, signers) = judge { () throws(Refusal) in
        try SignedNote(reading: bytes).verified(by: keys).map(\.name.text)
      }
      #expect(outcome == item["outcome"]?.string, "\(item["id"]?.string ?? "")")
      if outcome == "verified" {
        #expect(Set(signers ?? []) == Set(item["signers"]?.array?.compactMap(\.string) ?? []))
        #expect(try SignedNote(reading: bytes).bytes == bytes, "reads back what it writes")
      }
    }
  }

  @Test("as a checkpoint is judged as the vectors say")
  func foreignCheckpoints() throws {
    for item in try #require(try vectors("checkpoints.json")["cases"]?.array) {
      let keys = try #require(item["vkeys"]?.array).compactMap {
        $0.string.flatMap { NoteVerifier(vkey: $0) }
      }
      let bytes = try #require(item["note_b64"]?.string.flatMap { Base64.decode($0) })
      let origin = ByteName(item["origin"]?.string ?? "")
      let (outcome, _) = judge { () throws(Refusal) in
        try Checkpoint(verifying: SignedNote(reading: bytes), origin: origin, logs: keys).size
      }
      #expect(outcome == item["outcome"]?.string, "\(item["id"]?.string ?? "")")
    }
  }

  @Test("with one byte changed is no checkpoint of this log any more")
  func oneByte() throws {
    let body = CheckpointBody(origin: "assay.example/tests", size: 5, root: MerkleTree.emptyRoot)
    let bytes = try Checkpoint(signing: body, by: TestLog.signer).bytes
    #expect(throws: Never.self) {
      try Checkpoint(verifying: bytes, log: TestLog.signer.verifier)
    }
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << bit
        #expect(throws: Refusal.self, "byte \(index), bit \(bit)") {
          try Checkpoint(verifying: changed, log: TestLog.signer.verifier)
        }
      }
    }
  }
}

@Suite("A receipt")
struct TlogProofTests {
  private static func file(_ name: String) throws -> [UInt8] {
    try FileSystem.read(
      FileSystem.directoryName(#filePath) + "/Vectors/" + name, limitBytes: 1 << 16)
  }

  @Test("made elsewhere verifies under its policy, and for its entry alone")
  func foreign() throws {
    let bytes = try Self.file("example.tlog-proof")
    let policy = try WitnessPolicy(reading: Self.file("example.policy"))
    let proof = try TlogProof(reading: bytes)
    #expect(proof.bytes == bytes)
    let entry = Array("assay test entry \(proof.index)\n".utf8)
    #expect(try proof.verify(entry: entry, policy: policy).size == 257)
    #expect(throws: Refusal.self) { try proof.verify(entry: [], policy: policy) }
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      #expect(throws: Refusal.self, "byte \(index)") {
        try TlogProof(reading: changed).verify(entry: entry, policy: policy)
      }
    }
  }

  @Test("of ours holds for its entry, at every position")
  func own() throws {
    let log = try TestLog()
    let policy = try WitnessPolicy(
      reading: Array("log \(TestLog.signer.verifier.vkey)\nquorum none\n".utf8))
    let entries = TestLog.entries(0..<20)
    let receipts =
      try entries.prefix(5).flatMap { try log.ledger.append([$0]) }
      + log.ledger.append(Array(entries.dropFirst(5)))
    #expect(receipts.map(\.index) == Array(0..<20))
    for (receipt, entry) in zip(receipts, entries) {
      let proof = try TlogProof(reading: receipt.tlogProof.bytes)
      #expect(try proof.verify(entry: entry, policy: policy).root == receipt.root)
      #expect(throws: Refusal.self) { try proof.verify(entry: entry + [0], policy: policy) }
    }
  }

  @Test(
    "policy is refused when",
    arguments: [
      ("there is no quorum", ""),
      ("there are two", "quorum none\nquorum none\n"),
      ("a name is unknown", "quorum w\n"),
      ("a word is unknown", "quorums none\n"),
      ("a group has no member", "group g any\nquorum g\n"),
      ("a name is reserved", "group none any none\nquorum none\n"),
      ("a field is too many", "quorum none none\n"),
      ("it holds a carriage return", "quorum none\r\n"),
    ])
  func policies(when: String, text: String) {
    #expect(throws: Refusal.self, "\(when)") { try WitnessPolicy(reading: Array(text.utf8)) }
  }
}

/// "verified" with the value, "rejected" or "malformed".
private func judge<T>(_ body: () throws(Refusal) -> T) -> (String, T?) {
  do {
    return ("verified", try body())
  } catch .malformed {
    return ("malformed", nil)
  } catch {
    return ("rejected", nil)
  }
}
