// `assay trial test`: whether a suspect prefers what was served.

import Trials
import Base
import Evidence

let trialTestCommand = Command(
  path: ["trial", "test"],
  summary: "Test whether a suspect prefers the answers that were served",
  discussion: """
    Of each pair of twins one was served, by a coin that was committed to before. A suspect that was
    not trained on the served answers cannot know the coins: the p-value is exact, whatever the
    suspect. Scores of other models take out what every model says about the texts. Which ones is
    fixed before any p is seen, best by `trial commit --reference`. With --trial the test is held to
    the commitment: another plan, or the scores of other models than the named ones, is refused.
    Without it the answer says that nothing was held to a commitment. Scores of other pairs, or of a
    part of them, are refused; those that do not name their pairs are taken on trust. Several sets
    of coins are several customers; p is adjusted for their number. The sign-flip p is for one look
    at a suspect. Whoever looks again (more pairs, a newer version) says --further-look: then the
    e-process decides, which keeps its level over any number of looks; the first look's own error
    comes on top of it. With --state the test becomes an entry of the ledger, and a suspect that has
    one under this trial already, by the digest of its files, gets a further look, beside the same
    references. All committed pairs are tested, handed out or not: whoever could leave pairs out
    could do so after seeing the scores. With --trial the answer says how many of the pairs it used
    were handed out according to the record; the others cost power and no exactness. Exit 1: trained
    on served; 0: no evidence; 3: inconclusive; 4: not tested, since something does not belong
    together.
    """,
  options: [
    .value("--scores", "FILE", "the suspect's scores", required: true),
    .repeated("--reference-scores", "FILE", "scores of the teacher or of a control"),
    .value("--trial", "DIR", "take the coins of all customers from a committed trial"),
    .repeated("--coins", "FILE", "coins, one file a customer"),
    .repeated("--commitment", "FILE", "the commitment of each, in the same order"),
    .value("--pairs", "FILE", "the pairs, which the scores must be of"),
    .flag("--further-look", "this suspect was looked at before: the e-process decides"),
    .value("--state", "DIR", "record the test in its ledger, and know the earlier ones"),
    .value("--seed", "N", "of the Monte Carlo part (default: 0)"), .json,
  ],
  examples: [
    Example(
      "assay trial test --scores s.scores --coins coins.jsonl --commitment commitment.json --json",
      "verdict, p and e-value"),
    Example(
      "assay trial test --scores suspect.scores --reference-scores teacher.scores --trial trial",
      "a line for each customer of one's own trial"),
    Example(
      "assay trial test --scores suspect.scores --trial trial --state state",
      "the same as an entry of the ledger; the next test of this suspect is a further look"),
  ]
) { invocation in
  let state = try invocation.value("--state") == nil ? nil : requiredState(invocation)
  let answer = try TrialTestJob(state: state).run(
    TrialTestRequest(
      scores: invocation.value("--scores") ?? "",
      references: invocation.values("--reference-scores"), coins: try coins(invocation),
      seed: UInt64(try invocation.integer("--seed", in: 0...Int.max) ?? 0),
      isFurtherLook: invocation.flag("--further-look")))
  if invocation.flag("--json") {
    var object = answer.json.object ?? [:]
    if let index = answer.ledgerIndex { object["ledger_index"] = JSON(index) }
    invocation.output.json(.object(object))
  } else {
    for line in lines(answer) { invocation.output.line(line) }
  }
  return answer.exitCode
}

private func coins(_ invocation: Invocation) throws(Problem) -> TrialTestRequest.Coins {
  let coins = invocation.values("--coins")
  let commitments = invocation.values("--commitment")
  let pairs = invocation.value("--pairs")
  if let trial = invocation.value("--trial") {
    guard coins.isEmpty, commitments.isEmpty, pairs == nil else {
      throw Problem(.usage, "usage", reason: "--trial holds its own coins, commitments and pairs")
    }
    return .trial(TrialFolder(trial))
  }
  guard coins.count == commitments.count, !coins.isEmpty else {
    throw Problem(
      .usage, "usage",
      reason: "--trial is needed, or each --coins with its --commitment, in the same order",
      remedy: "see `assay trial test --help`")
  }
  return .files(zip(coins, commitments).map { ($0, $1) }, pairs: pairs)
}

private func lines(_ answer: TrialAnswer) -> [String] {
  var lines: [String] = []
  if answer.look == .further {
    lines.append(
      "A further look: the e-process decides, which may be looked at any number of times.")
  }
  for test in answer.tests {
    let (result, used) = (test.result, test.result.usedPairs.count)
    lines.append(
      (test.customer.map { "\($0): " } ?? "") + "\(result.verdict.rawValue): \(result.winCount) of "
        + "\(used) wins, p \(result.p.text), adjusted \(Figure.text(result.adjustedP))")
    lines.append("  \(answer.sentence(test))")
    guard test.customer != nil else { continue }
    lines.append(
      test.deliveredCount.map {
        "  Of the \(used) pairs used, \($0) were handed out according to the record."
      } ?? "  There is no record of what was handed out.")
  }
  lines += answer.cautions
  if let index = answer.ledgerIndex { lines.append("Recorded as entry \(index) of the ledger.") }
  return lines
}
