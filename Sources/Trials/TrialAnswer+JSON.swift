// The answer of a test as JSON: the members of the test that is told first, and all tests.
//
//   {…,"tests":[…],"comparisons":n,"committed","scores_tied","cautions":[sentence],
//    "earlier_test"?:entry,"error"?}, each test with "customer"? and "delivered"?

import Base

extension TrialAnswer {
  /// Without the entry that it became: what the entry names the digest of.
  public var json: JSON {
    var object = json(shown)
    object["tests"] = .array(tests.map { .object(json($0)) })
    object["comparisons"] = JSON(tests.count)
    object["committed"] = .bool(isCommitted)
    object["scores_tied"] = .bool(tie.isTied)
    object["cautions"] = JSON(cautions)
    if let earlierIndex { object["earlier_test"] = JSON(earlierIndex) }
    if shown.result.verdict == .notTested {
      object["error"] = [
        "code": "commitment_broken", "message": "the coins do not match the commitment",
      ]
    }
    return .object(object)
  }

  private func json(_ test: Test) -> JSONObject {
    var object = test.result.json(suspect: Self.suspectName).object ?? [:]
    guard let customer = test.customer else { return object }
    object["customer"] = .string(customer)
    object["delivered"] =
      test.delivered.map {
        ["pairs": JSON($0.count), "used": JSON(test.deliveredCount ?? 0)]
      } ?? .null
    return object
  }
}
