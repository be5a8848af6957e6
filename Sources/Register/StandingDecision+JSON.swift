// Decisions as the command line and the API show them.

import Base
import Ledger

extension StandingDecision {
  /// The form of `assay decisions --json`.
  public var json: JSON {
    var object = members
    object["policy"] = decision.check.policy.map {
      ["name": .string($0.name), "digest": .string($0.digest.tagged)]
    }
    return .object(object)
  }

  /// The form of the API: `policy` is the digest, with the name beside it.
  public var apiJSON: JSONObject {
    var object = members
    object["policy"] = JSON(decision.check.policy?.digest.tagged)
    object["policy_name"] = JSON(decision.check.policy?.name)
    return object
  }

  private var members: JSONObject {
    let check = decision.check
    return [
      "id": .string(decision.id), "model": .string(check.model.tagged),
      "name": .string(check.name), "verdict": .string(check.verdict.rawValue),
      "state": .string(state.rawValue), "as_of": .string(check.asOf.description),
      "valid_until": JSON(check.validUntil?.description),
      "profile": check.profile.map {
        ["name": .string($0.name), "digest": .string($0.digest.tagged)]
      } ?? .null,
      "basis": check.basis?.json ?? ["ledger_entries": []],
      "because": .array(check.because.map(\.json)),
      "changes": .array(changes.map(\.json)),
      "ledger_index": JSON(decision.entry), "created_at": JSON(check.time?.rfc3339),
      "findings": .array(check.findings.map(\.json)),
    ]
  }
}

extension GateAnswer {
  public var json: JSON {
    [
      "allowed": .bool(isAllowed), "decision": standing?.json ?? .null,
      "reason": .string(reason),
    ]
  }
}

extension DecideResult {
  public var json: JSON {
    var object: JSONObject = [
      "decided": JSON(decidedCount), "unchanged": JSON(unchangedCount),
      "changed": .array(
        changed.map(\.json)),
    ]
    if !failed.isEmpty {
      object["failed"] = .array(
        failed.map { failure in
          [
            "model": .string(failure.model.tagged), "name": .string(failure.name),
            "error": failure.problem.json,
          ]
        })
    }
    return .object(object)
  }
}

extension DecideResult.Change {
  public var json: JSON {
    [
      "model": .string(model.tagged), "name": .string(name), "from": .string(from.rawValue),
      "to": .string(to.rawValue), "because": .array(because.map(\.json)),
    ]
  }
}

extension CalendarChange {
  public var json: JSON {
    [
      "day": .string(day.description), "model": .string(model.tagged), "name": .string(name),
      "from": .string(from.rawValue), "to": .string(to.rawValue), "rules": JSON(rules),
    ]
  }
}

extension ModelLineage.RecordedWaiver {
  /// An element of `waived_by`.
  public var json: JSON {
    var object = waiver.members
    object["time"] = nil
    object["ledger_index"] = JSON(entry)
    return .object(object)
  }
}
