// The test of a suspect as a statement of the ledger, and finding the earlier ones.
//
// A recorded test is a look that was taken: the sign-flip p of a suspect is for one of them. The
// whole answer is a blob that the statement names; what a reader of the ledger needs stands in the
// statement itself.

import Base
import Crypto
import Evidence
import Ledger

/// The first recorded test of a suspect under a trial.
struct EarlierTest: Sendable {
  let index: Int
  let references: [Digest?]

  /// Throws unless a further look stands beside the same references: with others it would be
  /// another bet, and the level holds for one.
  func check(references now: [Digest?], place: String) throws(Problem) {
    func names(_ references: [Digest?]) -> [String] {
      references.map { $0?.tagged ?? "unnamed" }.sorted()
    }
    guard names(now) != names(references) else { return }
    throw Problem(
      .malformed, "other_references", place: place,
      reason: "this suspect was tested before under this trial, in entry \(index), beside other "
        + "references",
      remedy: "give --reference-scores of: "
        + (references.isEmpty ? "none" : names(references).joined(separator: ", ")),
      details: ["verdict": "not-tested"])
  }
}

extension TrialLog {
  /// The first recorded test of the model of these scores.
  func firstTest(of suspect: TrialScores, under record: TrialRecord) throws(Problem)
    -> EarlierTest?
  {
    guard let model = suspect.model else {
      throw Problem(
        .malformed, "unnamed_suspect", place: suspect.file,
        reason: "the scores do not name the model they are of, so the ledger cannot tell whether "
          + "it was tested before",
        remedy: "make them with `assay trial score`", details: ["verdict": "not-tested"])
    }
    let found = try statements(about: record.root).first { recorded in
      recorded.statement.predicate["schema"]?.string == TrialRecord.testSchema
        && recorded.statement.predicate["suspect"]?.string == model.tagged
    }
    return found.map { found in
      EarlierTest(
        index: found.index,
        references: (found.statement.predicate["references"]?.array ?? []).map {
          $0.string.flatMap(Digest.init(tagged:))
        })
    }
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

  /// Why there is no test: it would not be the one that was committed to.
  func refusal(_ departure: String, place: String) -> Problem {
    Problem(
      .malformed, "other_plan", place: place,
      reason: "this test is not the committed one: \(departure)",
      remedy: references.isEmpty || !isOurPlan
        ? "use the version of Assay that the trial was committed with"
        : "give --reference-scores of: " + references.map(\.tagged).joined(separator: ", "),
      details: ["verdict": "not-tested"])
  }
}
