// The statement of a test, schema assay.trial-test/1: written whole, read as far as a further look
// asks for it.
//
//   {"schema","time","suspect":bundle|null,"scores_sha256","scores_tied",
//    "references":[bundle|null],"seed","result":blob,"look","decided_by","verdict","sentence",
//    "p_value","log10_p_value","p_adjusted","comparisons","adjustment","pairs","tests":[…],
//    "customer"?,"earlier_test"?,"record"}

import Base
import Crypto
import Evidence
import Ledger

extension EarlierTest {
  /// Nil if the statement is no test of this model.
  init?(_ recorded: RecordedStatement, of model: Digest) {
    let predicate = recorded.statement.predicate
    guard predicate["schema"]?.string == TrialRecord.testSchema,
      predicate["suspect"]?.string == model.tagged
    else { return nil }
    self.init(
      index: recorded.index,
      references: (predicate["references"]?.array ?? []).map {
        $0.string.flatMap(Digest.init(tagged:))
      })
  }
}

extension TrialRecord {
  /// The statement of a test: about the pairs and the suspect.
  /// - Parameter body: the digest of the whole answer.
  func testStatement(_ answer: TrialAnswer, body: Digest, time: Instant) -> Statement {
    let shown = answer.shown
    var predicate: JSONObject = [
      "schema": .string(Self.testSchema), "time": .string(time.rfc3339),
      "suspect": answer.suspect.model.map { .string($0.tagged) } ?? .null,
      "scores_sha256": .string(answer.suspect.digest.tagged),
      "scores_tied": .bool(answer.tie.isTied),
      "references": .array(answer.references.map { $0.map { .string($0.tagged) } ?? .null }),
      "seed": .number(JSONNumber(answer.seed)), "result": .string(body.tagged),
      "look": answer.look == .first ? "first" : "further",
      "decided_by": answer.look == .first ? "sign flips" : "e-process",
      "verdict": .string(shown.result.verdict.rawValue),
      "sentence": .string(answer.sentence(shown)),
      "p_value": JSON(shown.result.p.value), "log10_p_value": JSON(shown.result.p.log10),
      "p_adjusted": JSON(shown.result.adjustedP), "comparisons": JSON(answer.tests.count),
      "adjustment": "Holm", "pairs": JSON(shown.result.pairCount),
      "tests": .array(
        answer.tests.map { test in
          [
            "customer": test.customer.map { .string($0) } ?? .null,
            "verdict": .string(test.result.verdict.rawValue),
            "log10_p_value": JSON(test.result.p.log10), "p_adjusted": JSON(test.result.adjustedP),
          ]
        }),
    ]
    if let customer = shown.customer { predicate["customer"] = .string(customer) }
    if let earlier = answer.earlierIndex { predicate["earlier_test"] = JSON(earlier) }
    return later(
      predicate, about: answer.suspect.model.map { [.init(name: "suspect", sha256: $0)] } ?? [])
  }
}
