// The verdict as a verification summary (https://slsa.dev/spec/v1.0/verification_summary): an
// in-toto Statement v1 that says which policy was applied to which model, and what came of it.
//
// PASSED stands for `allow` alone. A review is no pass, and the format has no third answer; the
// verdict itself stands beside it under a name of ours, which other readers ignore.
// Signed it is a DSSE envelope, as a consumer of such summaries wants it; `assay verify` with
// --statement checks it with the public key of the state.

import Audit
import Base
import Crypto

public enum VerificationSummary {
  /// The statement in an envelope that `key` signed: canonical JSON and a newline.
  public static func envelope(
    _ report: CheckSummary, signedBy key: ECDSA.PrivateKey
  ) throws(Problem) -> [UInt8] {
    let payload = document(report).canonicalBytes
    return try Envelope(signing: payload, type: Statement.payloadType, with: key).bytes + [0x0A]
  }

  public static func document(_ report: CheckSummary) -> JSON {
    let answer = report.answer
    let passed = answer.verdict == .allow
    return [
      "_type": "https://in-toto.io/Statement/v1",
      "subject": [["name": .string(answer.name), "digest": ["sha256": .string(answer.model.hex)]]],
      "predicateType": "https://slsa.dev/verification_summary/v1",
      "predicate": [
        "verifier": [
          "id": "https://assay.dev/verifier/check", "version": ["assay": .string(assayVersion)],
        ],
        "timeVerified": .string(report.time),
        "resourceUri": .string("https://assay.dev/model/\(answer.model.tagged)"),
        "policy": policy(answer.policy),
        "inputAttestations": [],
        "verificationResult": passed ? "PASSED" : "FAILED",
        "verifiedLevels": passed
          ? ["ASSAY_MODEL_ALLOWED", "SLSA_BUILD_LEVEL_UNEVALUATED"] : ["FAILED"],
        "slsaVersion": "1.0",
        "https://assay.dev/verdict/v1": .string(answer.verdict.rawValue),
      ],
    ]
  }

  /// The pack by name and digest, if one was asked.
  private static func policy(_ pack: CheckAnswer.Pack?) -> JSON {
    let name = pack?.name ?? "not-asked"
    return .object(
      JSONObject(present: [
        "uri": .string("https://assay.dev/policy/" + URIText.encoded(name)),
        "digest": pack.map { ["sha256": .string($0.digest.hex)] },
      ]))
  }
}
