// What was found of a control: {"path","recorded","fingerprint","scores","ok","error"?}.

import Base

extension VerifiedControl {
  public var json: JSON {
    var object: JSONObject = [
      "path": .string(model.path), "recorded": recorded.map { .string($0.tagged) } ?? .null,
      "fingerprint": found.map { .string($0.tagged) } ?? .null,
      "scores": kept.map { .string($0.rawValue) } ?? .null,
      "ok": holds.map(JSON.bool) ?? .null,
    ]
    if let problem { object["error"] = problem.json }
    return .object(object)
  }
}
