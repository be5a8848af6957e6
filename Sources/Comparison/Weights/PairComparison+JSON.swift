// What stands in the rung of the positional tests.
//
//   {"families":[…],"null":…,"not_exchangeable"?:[{"set","reason"}]}

import Base
import Evidence

extension PairComparison {
  /// The families that were tested, and the sets that are not exchangeable, each with its reason.
  func positionalDetails(_ evidence: PositionalEvidence) -> JSONObject {
    var details: JSONObject = [
      "families": evidence.shownFamilies,
      "null": "independent random starts; the same seed with the same code is not independent",
    ]
    let refusals = reference.network.refusals.merging(suspect.network.refusals) { mine, _ in mine }
    if !refusals.isEmpty {
      details["not_exchangeable"] = .array(
        refusals.sorted { $0.key.rawValue < $1.key.rawValue }.map {
          ["set": .string($0.key.rawValue), "reason": .string($0.value)]
        })
    }
    return details
  }
}
