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
    for recorded in try statements(about: record.root) {
      if let test = EarlierTest(recorded, of: model) { return test }
    }
    return nil
  }
}

extension TrialRecord {
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
