// `assay decisions`, `assay decide`, `assay calendar`: the register of decisions.

import Audit
import Base
import Crypto
import Ledger
import Licensing
import Register
import State

let decisionsCommand = Command(
  path: ["decisions"],
  summary: "Show what was decided and whether it still stands; ask as a gate",
  discussion: """
    A decision is current, stale (something it rests on changed), expired (its last day has passed)
    or superseded. With --gate the answer is yes (exit 0) only for a newest decision that is current
    and allow; 1 for a denial that stands; 3 for anything else. Nothing is written.
    """,
  options: [
    .value("--model", "MODEL", "path, digest or name"),
    .value("--gate", "MODEL", "may this model run? path, digest or name"),
    .value("--policy", "NAME", "with --gate: under this policy alone"),
    .value("--for", "PROFILE", "with --gate: for this profile alone"),
    .flag("--all", "superseded ones too, and those under other policies and profiles"),
    .value("--as-of", "DAY", "the states as they will be on that day"),
    .state, .json,
  ],
  examples: [
    Example("assay decisions", "the newest decision of each model"),
    Example("assay decisions --gate ./model", "in a start script: run only if exit 0"),
    Example("assay decisions --as-of 2027-08-02", "what will have run out by then"),
  ],
  run: runDecisions)

private func runDecisions(_ invocation: Invocation) throws -> ExitCode {
  let log = try StateLog(try requiredState(invocation))
  let day = try invocation.day("--as-of")
  if let text = invocation.value("--gate") {
    let model = try NamedModel(text, mayBeName: true)
    let answer = try log.standing(on: day) { (standing) throws(Problem) in
      try gate(model, standing, invocation)
    }
    if invocation.flag("--json") {
      invocation.output.json(answer.json)
    } else {
      invocation.output.prose([(answer.isAllowed ? "yes: " : "no: ") + answer.reason])
    }
    return answer.exitCode
  }
  let named = try invocation.value("--model").map { try NamedModel($0, mayBeName: true) }
  let decisions = try log.standing(on: day) { (standing) throws(Problem) in
    try listed(named, all: invocation.flag("--all"), standing)
  }
  if invocation.flag("--json") {
    invocation.output.json(["decisions": .array(decisions.map(\.json))])
  } else if decisions.isEmpty {
    invocation.output.line("nothing is decided")
  } else {
    for decision in decisions { invocation.output.prose(lines(decision)) }
  }
  return .yes
}

private func gate(
  _ model: NamedModel, _ standing: Standing, _ invocation: Invocation
) throws(Problem) -> GateAnswer {
  var demand = standing.sources.settings.gate
  if let policy = invocation.value("--policy") { demand.policy = policy }
  if let profile = invocation.value("--for") { demand.profile = profile }
  guard let digest = try model.digest(in: standing.reader) else {
    return GateAnswer(
      isAllowed: false, standing: nil,
      reason: "No model was checked under the name \(model.identity): check it first.")
  }
  return try standing.gate(digest, demand: demand)
}

private func listed(
  _ model: NamedModel?, all: Bool, _ standing: Standing
) throws(Problem) -> [StandingDecision] {
  var digest: Digest?
  if let model {
    guard let known = try model.digest(in: standing.reader) else { return [] }
    digest = known
  }
  var decisions: [Decision]
  if all {
    decisions = try standing.reader.decisions(of: digest)
  } else if let digest {
    decisions = [try standing.reader.newestDecision(of: digest)].compactMap(\.self)
  } else {
    decisions = try standing.reader.newestDecisions()
  }
  return try decisions.map { decision throws(Problem) in try standing.of(decision) }
}

private func lines(_ standing: StandingDecision) -> [String] {
  let check = standing.decision.check
  let until = check.validUntil.map { ", until \($0)" } ?? ""
  return [
    "\(check.verdict.rawValue.uppercased())  \(check.name)  \(standing.state.rawValue)\(until)"
      + "  (\(check.model.short), entry \(standing.decision.entry), "
      + "\(check.policy?.name ?? "no policy"), "
      + "\(check.profile?.name ?? "no profile"))"
  ] + standing.changes.map { "    " + $0.detail }
}

let decideCommand = Command(
  path: ["decide"],
  summary: "Decide again what no longer stands, without reading a model",
  discussion: """
    For the newest decision of each model that is stale or expired: the same question, from the
    recorded facts of the model and what is there now. Exit 1 if something is denied now, 3 if
    something is to be reviewed now, else 0. With --dry-run and --as-of nothing is written.
    """,
  options: [
    .value("--model", "MODEL", "this one alone: path, digest or name"),
    .value("--as-of", "DAY", "as if it were that day; writes nothing"),
    .flag("--dry-run", "say what would change and write nothing"),
    .state, .json,
  ],
  examples: [
    Example("assay decide", "after a new pack, profile or edge"),
    Example("assay decide --dry-run --json", "what would change"),
  ],
  run: runDecide)

private func runDecide(_ invocation: Invocation) throws -> ExitCode {
  let log = try StateLog(try requiredState(invocation))
  let day = try invocation.day("--as-of")
  let named = try invocation.value("--model").map { try NamedModel($0, mayBeName: true) }
  let plan = try log.standing(on: day) { (standing) throws(Problem) in
    var model: Digest?
    if let named {
      guard let digest = try named.digest(in: standing.reader) else {
        throw Problem(
          .usage, "unknown_model", place: named.identity,
          reason: "no model was checked under this name", remedy: "check it with `assay check`")
      }
      model = digest
    }
    return try Decider(
      standing: standing, now: WallClock.system.now(), run: try invocation.run()
    ).plan(model: model)
  }
  if !invocation.flag("--dry-run"), day == nil { try log.append(plan) }
  let result = plan.result
  if invocation.flag("--json") {
    invocation.output.json(result.json)
  } else {
    invocation.output.line("\(result.decidedCount) decided, \(result.unchangedCount) unchanged")
    for change in result.changed {
      let why = change.because.map(\.detail).joined(separator: " ")
      invocation.output.prose([
        "  \(change.name): \(change.from.rawValue) → \(change.to.rawValue). \(why)"
      ])
    }
    for failure in result.failed {
      invocation.output.prose(["  \(failure.name): not decided: \(failure.problem)"])
    }
  }
  return result.exitCode
}

let calendarCommand = Command(
  path: ["calendar"],
  summary: "Show which verdicts the coming days will change by themselves",
  discussion: """
    Rules begin, end and fall due, waivers run out. Exit 0 if no verdict changes until the day, 3 if
    some do. Nothing is written.
    """,
  options: [
    .value("--until", "DAY", "the last day to look at", required: true), .state, .json,
  ],
  examples: [Example("assay calendar --until 2027-12-31", "a line for each change")]
) { invocation in
  let log = try StateLog(try requiredState(invocation))
  let today = CalendarDay(WallClock.system.now())
  guard let last = try invocation.day("--until"), last >= today else {
    throw Problem(
      .usage, "bad_value", reason: "--until: a day from today on is wanted",
      remedy: "see `assay calendar --help`")
  }
  var failed: [String] = []
  let changes = try log.standing(on: nil) { (standing) throws(Problem) in
    try standing.calendar(until: last) { decision, problem in
      failed.append("\(decision.check.name): \(problem)")
    }
  }
  for failure in failed { invocation.output.warn("assay: \(failure)") }
  if invocation.flag("--json") {
    invocation.output.json(["changes": .array(changes.map(\.json))])
  } else {
    if changes.isEmpty { invocation.output.line("no verdict changes until \(last)") }
    for change in changes {
      invocation.output.prose([
        "\(change.day)  \(change.name): \(change.from.rawValue) → \(change.to.rawValue) "
          + "(\(change.rules.joined(separator: ", ")))"
      ])
    }
  }
  return changes.isEmpty ? .yes : .undecided
}

extension StateLog {
  /// Runs `body` on the register as it is now, for today or another day.
  func standing<T>(
    on day: CalendarDay?, _ body: (Standing) throws(Problem) -> T
  ) throws(Problem) -> T {
    try standing(
      at: WallClock.system.now(), on: day, catalogue: Licensing.catalogueDigest, body)
  }
}
