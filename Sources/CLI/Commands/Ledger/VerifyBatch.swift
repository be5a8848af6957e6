// The batch forms of `assay ledger verify`: one JSON object a line in, one out.
//
// A line that cannot be read is answered as malformed, under its id if it has one, and the run
// ends with exit 4; else 1 if any answer is no.

import Base
import Crypto
import Ledger

/// What one line deserves: the answer's members and the code it counts for.
private typealias BatchAnswer = (members: JSONObject, code: ExitCode)

/// One batch form: its option and the check of one line.
struct VerifyBatch: Sendable {
  let option: String
  let check: @Sendable (JSON) -> (members: JSONObject, code: ExitCode)
}

let verifyBatches = [
  VerifyBatch(option: "--proofs", check: checkProof),
  VerifyBatch(option: "--notes", check: checkNote),
  VerifyBatch(option: "--checkpoints", check: checkCheckpoint),
  VerifyBatch(option: "--tlog-proofs", check: checkTlogProof),
]

/// Reads lines from standard input ("-") or a file and answers each.
func verifyLines(
  _ source: String, _ check: (JSON) -> (members: JSONObject, code: ExitCode),
  _ invocation: Invocation
) throws(Problem) -> ExitCode {
  let limit = 1 << 30
  let bytes = try InputFile.read(source, limitBytes: limit)
  var codes: Set<ExitCode> = []
  for line in bytes.split(separator: UInt8(ascii: "\n")) {
    try Interrupt.check()
    var answer: BatchAnswer
    do {
      let request = try JSON.parse(Array(line))
      answer = check(request)
      answer.members["id"] = request["id"] ?? .null
    } catch {
      answer = outcome(.malformed(error.reason))
      answer.members["id"] = .null
    }
    codes.insert(answer.code)
    invocation.output.jsonLine(.object(answer.members))
  }
  return ExitCode.combined(codes)
}

private func checkProof(_ request: JSON) -> BatchAnswer {
  guard let holds = proofHolds(request) else {
    return (["valid": false, "reason": "the request is not a proof"], .malformed)
  }
  return (["valid": .bool(holds)], holds ? .yes : .no)
}

/// Whether the proof holds; nil when a member is missing or of another type.
private func proofHolds(_ request: JSON) -> Bool? {
  func hash(_ key: String) -> Digest? { request[key]?.string.flatMap { Digest(tagged: $0) } }
  guard let size = request["size"]?.int, let root = hash("root"),
    let list = request["path"]?.array
  else { return nil }
  let path = list.compactMap { $0.string.flatMap { Digest(tagged: $0) } }
  guard path.count == list.count else { return nil }
  switch request["kind"]?.string {
  case "inclusion":
    guard let index = request["index"]?.int, let leaf = hash("leaf_hash") else { return nil }
    return InclusionProof(index: index, size: size, path: path).holds(leafHash: leaf, root: root)
  case "consistency":
    guard let old = request["old"]?.int, let oldRoot = hash("old_root") else { return nil }
    return ConsistencyProof(old: old, size: size, path: path)
      .holds(oldRoot: oldRoot, newRoot: root)
  default:
    return nil
  }
}

private func checkNote(_ request: JSON) -> BatchAnswer {
  do throws(Refusal) {
    let note = try SignedNote(reading: try base64(request, "note_b64"))
    let signers = try note.verified(by: try vkeys(request))
    return (["outcome": "verified", "signers": JSON(signers.map(\.name.text))], .yes)
  } catch {
    return outcome(error)
  }
}

private func checkCheckpoint(_ request: JSON) -> BatchAnswer {
  do throws(Refusal) {
    guard let origin = request["origin"]?.string else { throw .malformed("origin is missing") }
    let note = try SignedNote(reading: try base64(request, "note_b64"))
    _ = try Checkpoint(verifying: note, origin: ByteName(origin), logs: try vkeys(request))
    return (["outcome": "verified"], .yes)
  } catch {
    return outcome(error)
  }
}

private func checkTlogProof(_ request: JSON) -> BatchAnswer {
  do throws(Refusal) {
    guard let policy = request["policy"]?.string else { throw .malformed("policy is missing") }
    let proof = try TlogProof(reading: try base64(request, "proof_b64"))
    let checkpoint = try proof.verify(
      entry: try base64(request, "entry_b64"),
      policy: try WitnessPolicy(reading: Array(policy.utf8)))
    return (
      ["outcome": "verified", "signers": JSON(checkpoint.signers.map(\.name.text))], .yes
    )
  } catch {
    return outcome(error)
  }
}

private func outcome(_ refusal: Refusal) -> BatchAnswer {
  switch refusal {
  case .malformed(let reason):
    (["outcome": "malformed", "reason": .string(reason)], .malformed)
  case .rejected(let reason):
    (["outcome": "rejected", "reason": .string(reason)], .no)
  }
}

private func base64(_ request: JSON, _ key: String) throws(Refusal) -> [UInt8] {
  guard let bytes = request[key]?.string.flatMap({ Base64.decode($0) }) else {
    throw .malformed("\(key) is missing or not base64")
  }
  return bytes
}

private func vkeys(_ request: JSON) throws(Refusal) -> [NoteVerifier] {
  guard let list = request["vkeys"]?.array else { throw .malformed("vkeys is missing") }
  let keys = list.compactMap { $0.string.flatMap { NoteVerifier(vkey: $0) } }
  guard keys.count == list.count else { throw .malformed("a key cannot be read") }
  return keys
}
