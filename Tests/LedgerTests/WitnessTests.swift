import Base
import Crypto
import Testing
import TestSupport

@testable import Ledger

/// Goal: a witness cosigns growth alone, and never contradicts itself. Method: the requests of
/// the vectors in their order, each twice, the second time by a witness that was opened anew.
@Suite("A witness")
struct WitnessTests {
  @Test("answers the requests of the vectors as the protocol says")
  func foreign() throws {
    let all = try vectors("witness.json")
    let label = "assay test key " + (all["witness_seed_label"]?.string ?? "")
    let key = try #require(Ed25519.PrivateKey(seed: SHA256.hash(Array(label.utf8)).bytes))
    let verifier = try #require(all["witness_vkey"]?.string.flatMap { NoteVerifier(vkey: $0) })
    let signer = try #require(NoteSigner(name: verifier.name, kind: .cosignature, key: key))
    #expect(signer.verifier == verifier)
    let log = try #require(all["log_vkey"]?.string.flatMap { NoteVerifier(vkey: $0) })
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-witness")
    defer { try? FileSystem.remove(folder) }

    for (index, step) in try #require(all["steps"]?.array).enumerated() {
      let id = step["id"]?.string ?? ""
      let request = try #require(step["request_b64"]?.string.flatMap { Base64.decode($0) })
      let time = UInt64(1_700_000_000 + index)
      let witness = try Witness(state: folder + "/w", signer: signer, logs: [log])
      let answer = try witness.add(request, time: time)
      let wanted = step["status"]?.array?.compactMap(\.int) ?? [step["status"]?.int ?? 0]
      #expect(wanted.contains(answer.status), "\(id): \(answer)")
      if answer.status == 409, let size = step["body"]?.string, !size.isEmpty {
        #expect(answer.body == size + "\n")
        #expect(answer.contentType == "text/x.tlog.size")
      }
      guard answer.status == 200 else { continue }
      let parsed = try #require(WitnessRequest(reading: request))
      let cosigned = try SignedNote(reading: parsed.checkpoint.bytes + Array(answer.body.utf8))
      #expect(try cosigned.verified(by: [log, verifier]).contains(verifier), "\(id)")
      let kept = try #require(try witness.checkpoint(of: log.name))
      #expect(try SignedNote(reading: kept) == cosigned)
    }
  }

  @Test(
    "refuses requests that cannot be read",
    arguments: [
      "", "old 0\n", "old 0\n\n", "old 01\n\nx\n", "new 0\n\nx\n", "old 0\nx\n\nx\n1\ny\n\n",
    ])
  func malformed(request: String) throws {
    #expect(WitnessRequest(reading: Array(request.utf8)) == nil)
  }
}
