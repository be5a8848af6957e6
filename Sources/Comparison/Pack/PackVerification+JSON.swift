// What verification of a pack found, as JSON: {"ok","checks":[{"name","passed","detail"}],
// "not_recomputed":[sentence]}.

import Base

extension PackVerification {
  public var json: JSON {
    [
      "ok": .bool(isVerified), "checks": .array(checks.map(\.json)),
      "not_recomputed": JSON(open),
    ]
  }
}

extension PackCheck {
  fileprivate var json: JSON {
    ["name": .string(name), "passed": .bool(passed), "detail": .string(detail)]
  }
}
