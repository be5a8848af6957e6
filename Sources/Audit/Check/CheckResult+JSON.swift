// The answer of a check as `check --json` prints it and a job's result holds it.

import Base
import Ledger
import Policy
import Register

extension CheckResult {
  /// - Parameter recorded: where it stands in the log, if it was recorded.
  public func json(recorded: RecordedCheck? = nil) -> JSON {
    var object: JSONObject = [
      "schema": "assay.check/1", "verdict": .string(verdict.rawValue),
      "exit_code": JSON(Int(exitCode.rawValue)), "model": .string(model.tagged),
      "name": .string(name), "as_of": .string(asOf.description),
      "identity": identity, "findings": .array(findings.map(\.json)),
      "lineage": .array(lineage.edges.map(\.json)),
      "valid_until": JSON(answer.validUntil?.description),
      "basis": answer.basis(catalogue: facts.catalogue).json,
      "waived_by": .array(answer.waivedBy.map(\.json)),
      "stated": .array(facts.stated.map(\.json)), "missing": .array(answer.missing.map(\.json)),
      "request": request,
    ]
    object["licence"] = licence?.json
    object["revision"] = place.revision.map(JSON.string)
    object["decision"] = decision?.json()
    if depth == .full {
      object["policy"] = .string(policy.name)
      object["policy_digest"] = .string(policy.digest.tagged)
      object["profile"] =
        profile.map {
          [
            "name": .string($0.reference.name), "digest": .string($0.reference.digest.tagged),
          ]
        } ?? .null
    }
    if let recorded {
      object["ledger_index"] = JSON(recorded.entry)
      object["decision_id"] = .string(recorded.decisionID)
      object["because"] = recorded.because.map { .array($0.map(\.json)) }
    }
    return .object(object)
  }

  /// What was asked, as far as somebody said it.
  private var request: JSON {
    var object: JSONObject = [:]
    for key in ["use", "form", "deploy_to", "as"] {
      object[key] = profile?.facts.profileFact("request.\(key)") ?? .null
    }
    object["date"] = .string(asOf.description)
    return .object(object)
  }

  private var identity: JSON {
    var object: JSONObject = [
      "files_root": .string(fingerprint.filesRoot.tagged),
      "format": JSON(fingerprint.format?.rawValue),
      "files": .array(
        fingerprint.files.map {
          [
            "path": .string($0.path), "size": JSON($0.byteCount),
            "sha256": .string($0.digest.tagged),
          ]
        }),
    ]
    if let weights = fingerprint.weights {
      object["weights_digest"] = .string(weights.weightsDigest.tagged)
      object["tensor_set_digest"] = .string(weights.tensorSetDigest.tagged)
      object["canonical_values_digest"] = .string(weights.canonicalValuesDigest.tagged)
    }
    return .object(object)
  }
}
