// The verdict as a verification summary (https://slsa.dev/spec/v1.0/verification_summary): an
// in-toto Statement v1 that says which policy was applied to which model, and what came of it.
//
// PASSED stands for `allow` alone. A review is no pass, and the format has no third answer; the
// verdict itself stands beside it under a name of ours, which other readers ignore.
// Does not: sign. The signed entry of the check is in the ledger.

import Audit
import Base

public enum VerificationSummary {
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
