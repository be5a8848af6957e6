// `assay trial score|test`: what suspects make of the twins.

import Audit
import Base
import Crypto
import Evidence

let trialScoreCommand = Command(
  path: ["trial", "score"],
  summary: "Score both twins of every pair under a model",
  positionals: [Positional("MODEL", "a model's directory or GGUF file")],
  options: [
    .value("--pairs", "FILE", "JSON lines {\"index\",\"prompt\",\"a\",\"b\"}", required: true),
    .value("--out", "FILE", "where the scores go", required: true), .threads, .json,
  ],
  examples: [
    Example(
      "assay trial score ./suspect --pairs pairs.jsonl --out suspect.scores", "one line a pair")
  ]
) { invocation in
  let pairs = try TrialFiles.pairs(invocation.value("--pairs") ?? "")
  let scores = try TrialScoring(threads: try invocation.threads()).scores(
    of: invocation.positional(0) ?? "", pairs: pairs, progress: invocation.output.progress)
  var bytes: [UInt8] = []
  for score in scores { bytes += score.canonicalBytes + [0x0A] }
  let out = invocation.value("--out") ?? ""
  try DurableFile.replace(out, with: bytes)
  if invocation.flag("--json") {
    invocation.output.json([
      "pairs": JSON(scores.count), "out": .string(out),
      "sha256": .string(SHA256.hash(bytes).tagged),
    ])
  } else {
    invocation.output.line("\(scores.count) pairs scored: \(out)")
  }
  return .yes
}

let trialTestCommand = Command(
  path: ["trial", "test"],
  summary: "Test whether a suspect prefers the answers that were served",
  discussion: """
    Of each pair of twins one was served, by a coin that was committed to before. A suspect that was
    not trained on the served answers cannot know the coins: the p-value is exact, whatever the
    suspect. Scores of other models take out what every model says about the texts. Which ones is
    fixed before any p is seen, best by `trial commit --reference`: with --trial, the scores of
    other models than those then accuse nobody. Several sets of coins are several customers; p is
    adjusted for their number. The sign-flip p is for one look at a suspect. Whoever looks again
    (more pairs, a newer version) says --further-look: then the e-process decides, which keeps its
    level over any number of looks; the first look's own error comes on top of it. All committed
    pairs are tested, handed out or not: whoever could leave pairs out could do so after seeing the
    scores. With --trial the answer says how many of the pairs it used were handed out according to
    the record; the others cost power and no exactness. Exit 1: trained on served; 0: no evidence;
    3: inconclusive; 4: the commitment does not hold.
    """,
  options: [
    .value("--scores", "FILE", "the suspect's scores", required: true),
    .repeated("--reference-scores", "FILE", "scores of the teacher or of a control"),
    .value("--trial", "DIR", "take the coins of all customers from a committed trial"),
    .repeated("--coins", "FILE", "coins, one file a customer"),
    .repeated("--commitment", "FILE", "the commitment of each, in the same order"),
    .flag("--further-look", "this suspect was looked at before: the e-process decides"),
    .value("--seed", "N", "of the Monte Carlo part (default: 0)"), .json,
  ],
  examples: [
    Example(
      "assay trial test --scores suspect.scores --reference-scores teacher.scores "
        + "--coins coins.jsonl --commitment commitment.json --json", "verdict, p and e-value"),
    Example(
      "assay trial test --scores suspect.scores --reference-scores teacher.scores --trial trial",
      "a line for each customer of one's own trial"),
  ]
) { invocation in
  let folder = invocation.value("--trial").map { TrialFolder($0) }
  let trial = try folder.map { folder throws(Problem) in try testable(folder) }
  let customers = try customers(trial, invocation)
  let scores = try TrialFiles.scores(invocation.value("--scores") ?? "")
  let references = try invocation.values("--reference-scores").map {
    (file) throws(Problem) in try TrialFiles.scores(file)
  }
  let data = TrialData(
    differences: scores.differences, references: references.map(\.differences))
  let seed = UInt64(try invocation.integer("--seed", in: 0...Int.max) ?? 0)
  let look: TrialLook = invocation.flag("--further-look") ? .further : .first
  let departure = trial.flatMap { $0.record.departure(references: references.map(\.model)) }
  if let departure { invocation.output.note("assay: not the committed plan: \(departure)") }
  let results = TrialData.adjusted(
    data.tests(customers.map { ($0.commitment, $0.coins) }, seed: seed, look: look),
    followsPlan: departure == nil)
  let answers = try zip(customers, results).map { customer, result throws(Problem) in
    TrialAnswer(
      customer: customer.name, result: result,
      delivered: try folder.flatMap { folder throws(Problem) in
        try customer.name.flatMap { name throws(Problem) in
          try trial?.delivered(to: name, in: folder)
        }
      })
  }
  return report(answers, look, invocation)
}

/// The test of a customer, and what it was handed according to the record.
private struct TrialAnswer {
  var customer: String?
  var result: TrialResult
  /// Nil without a record.
  var delivered: Set<Int>?

  /// How many of the pairs that the test used were handed out.
  var deliveredCount: Int? { delivered.map { result.usedPairs.count(where: $0.contains) } }

  func json(suspect: String) -> JSONObject {
    var object = result.json(suspect: suspect).object ?? [:]
    guard let customer else { return object }
    object["customer"] = .string(customer)
    object["delivered"] =
      delivered.map {
        ["pairs": JSON($0.count), "used": JSON(deliveredCount ?? 0)]
      } ?? .null
    return object
  }

  func lines(suspect: String) -> [String] {
    let used = result.usedPairs.count
    var lines = [
      (customer.map { "\($0): " } ?? "") + "\(result.verdict.rawValue): \(result.winCount) of "
        + "\(used) wins, p \(result.p.text), adjusted \(Figure.text(result.adjustedP))",
      "  \(result.sentence(suspect: suspect))",
    ]
    if customer != nil {
      lines.append(
        deliveredCount.map {
          "  Of the \(used) pairs used, \($0) were handed out according to the record."
        } ?? "  There is no record of what was handed out.")
    }
    return lines
  }
}

/// A trial that can be tested. That it cannot must not look like a finding, whose code is 1.
private func testable(_ folder: TrialFolder) throws(Problem) -> CommittedTrial {
  do throws(Problem) { return try folder.committed() } catch {
    var problem = error
    if problem.kind == .refused {
      problem.kind = .malformed
      problem.details["verdict"] = .string(TrialVerdict.notTested.rawValue)
    }
    throw problem
  }
}

/// Who was served, with its coins.
private struct ServedCustomer {
  var name: String?
  var commitment: TrialCommitment
  var coins: [Int: Bool]
}

private func customers(
  _ trial: CommittedTrial?, _ invocation: Invocation
) throws(Problem) -> [ServedCustomer] {
  let coins = invocation.values("--coins")
  let commitments = invocation.values("--commitment")
  if let trial {
    guard coins.isEmpty, commitments.isEmpty else {
      throw Problem(.usage, "usage", reason: "--trial holds its own coins and commitments")
    }
    return trial.customers.map { name, commitment in
      ServedCustomer(name: name, commitment: commitment, coins: commitment.coins)
    }
  }
  guard coins.count == commitments.count, !coins.isEmpty else {
    throw Problem(
      .usage, "usage",
      reason: "--trial is needed, or each --coins with its --commitment, in the same order",
      remedy: "see `assay trial test --help`")
  }
  return try zip(coins, commitments).map { (coins, commitment) throws(Problem) in
    ServedCustomer(
      commitment: try TrialFiles.commitment(commitment), coins: try TrialFiles.coins(coins))
  }
}

private func report(
  _ answers: [TrialAnswer], _ look: TrialLook, _ invocation: Invocation
) -> ExitCode {
  let suspect = "the suspect"
  let results = answers.map(\.result)
  let best = results.indices.min { results[$0].adjustedP < results[$1].adjustedP } ?? 0
  let isBroken = results.contains { $0.verdict == .notTested }
  let shown = isBroken ? results.firstIndex { $0.verdict == .notTested } ?? 0 : best
  if invocation.flag("--json") {
    var object = answers[shown].json(suspect: suspect)
    object["tests"] = .array(answers.map { .object($0.json(suspect: suspect)) })
    if isBroken {
      object["error"] = [
        "code": "commitment_broken", "message": "the coins do not match the commitment",
      ]
    }
    invocation.output.json(.object(object))
  } else {
    if look == .further {
      invocation.output.line(
        "A further look: the e-process decides, which may be looked at any number of times.")
    }
    for line in answers.flatMap({ $0.lines(suspect: suspect) }) { invocation.output.line(line) }
  }
  if isBroken { return .malformed }
  if results.contains(where: { $0.verdict == .trainedOnServed }) { return .no }
  return results.contains { $0.verdict == .inconclusive } ? .undecided : .yes
}
