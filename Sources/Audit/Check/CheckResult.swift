// What the gate answers: one verdict, and everything it rests on.

import Base
import Fingerprint
import Ledger
import Policy

/// The answer of `check`.
public struct CheckResult: Sendable {
  /// The last part of the path.
  public let name: String
  public let verdict: Verdict
  public let fingerprint: Fingerprint
  public let licence: LicenceReport?
  public let lineage: CheckLineage
  /// Nil for a quick check, and where the files are unsafe.
  public let decision: PolicyDecision?
  /// Of all parts, gravest first.
  public let findings: [Finding]
  public let asOf: CalendarDay
  /// When the check was made; it stands in the statement and in no answer.
  public let time: Instant

  /// 0 allow, 1 deny, 3 review.
  public var exitCode: ExitCode { verdict.exitCode }

  /// The digest that names the model: `files_root`.
  public var model: Digest { fingerprint.filesRoot }

  /// What `check --json` prints and a job's `result` holds.
  public var json: JSON {
    var object: JSONObject = [
      "schema": "assay.check/1", "verdict": .string(verdict.rawValue),
      "exit_code": JSON(Int(exitCode.rawValue)), "model": .string(model.tagged),
      "name": .string(name), "as_of": .string(asOf.description),
      "identity": identity, "findings": .array(findings.map(\.json)),
      "lineage": .array(lineage.edges.map(\.json)),
    ]
    object["licence"] = licence?.json
    object["decision"] = decision?.json()
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

  /// The statement that is to be signed: short, with the digest of the whole answer.
  public func statement(resultDigest: Digest) -> JobStatement {
    var predicate: JSONObject = [
      "verdict": .string(verdict.rawValue), "name": .string(name),
      "as_of": .string(asOf.description), "result": .string(resultDigest.tagged),
      "time": .string(time.rfc3339),
      "findings": .array(
        findings.prefix(Self.statedFindingsMax).map {
          ["id": .string($0.id), "severity": .string($0.severity.rawValue)]
        }),
      "findings_count": JSON(findings.count),
    ]
    if let weights = fingerprint.weights {
      predicate["weights_digest"] = .string(weights.weightsDigest.tagged)
      predicate["tensor_set_digest"] = .string(weights.tensorSetDigest.tagged)
    }
    if let licence {
      predicate["licences"] = JSON(licence.declared.ids)
    }
    if let decision {
      predicate["horizon"] = .string(decision.horizon.rawValue)
      predicate["policies"] = .array(decision.packFiles.map(\.json))
    }
    return JobStatement(
      predicateType: StatementType.check.uri, subjects: [.init(name: name, digest: model)],
      predicate: .object(predicate))
  }

  /// An entry of the ledger has room for so many; the whole answer has its own digest.
  static let statedFindingsMax = 200
}
