// What the checks of a trial found:
//
//   {"commitment_ok","pairs","checks":[{"name","outcome","detail"}]}

import Base

extension TrialVerification {
  public var json: JSON {
    [
      "commitment_ok": .bool(holds), "pairs": JSON(pairCount),
      "checks": .array(checks.map(\.json)),
    ]
  }
}

extension TrialCheck {
  fileprivate var json: JSON {
    [
      "name": .string(name), "outcome": .string(outcome.rawValue), "detail": .string(detail),
    ]
  }
}
