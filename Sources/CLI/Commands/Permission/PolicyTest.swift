// `policy test`, `policy lint`, `policy diff`: packs under test.

import Base
import Policy

let policyTestCommand = Command(
  path: ["policy", "test"],
  summary: "Run the scenarios of a pack",
  discussion: """
    Without DIR the shipped pack is tested. Exit codes: 0 every scenario is answered as expected, \
    1 one is not, 4 the pack does not load.
    """,
  positionals: [Positional("[DIR]", "the pack", minimum: 0)],
  options: [.value("--scenarios", "FILE", "these scenarios instead of the pack's own"), .json],
  examples: [Example("assay policy test company/", "test your own pack")],
  run: { invocation in
    let pack = try packUnderTest(invocation.positional(0))
    let scenarios = try otherScenarios(invocation) ?? pack.scenarios
    guard !scenarios.isEmpty else {
      throw Problem(
        .undecided, "no_scenarios", reason: "the pack has no scenarios, so nothing was tested",
        remedy: "add a scenarios.json")
    }
    var failures: [JSON] = []
    for scenario in scenarios {
      let result = pack.run(scenario)
      guard !result.differences.isEmpty else { continue }
      failures.append(["id": .string(scenario.id), "differences": JSON(result.differences)])
      if !invocation.flag("--json") {
        invocation.output.line("FAIL \(scenario.id) \(scenario.title)")
        for difference in result.differences { invocation.output.line("  \(difference)") }
      }
    }
    let passed = scenarios.count - failures.count
    if invocation.flag("--json") {
      invocation.output.json([
        "pack": pack.json, "passed": JSON(passed), "failed": JSON(failures.count),
        "failures": .array(failures),
      ])
    } else {
      invocation.output.line("\(passed) of \(scenarios.count) scenarios as expected")
    }
    return failures.isEmpty ? .yes : .no
  })

let policyLintCommand = Command(
  path: ["policy", "lint"],
  summary: "Look for rules nobody tested, gaps and overdue reviews",
  discussion: """
    Without DIR the shipped pack is looked at. Exit codes: 0 nothing to say, 3 warnings, 4 the \
    pack does not load (the error names file and place).
    """,
  positionals: [Positional("[DIR]", "the pack", minimum: 0)],
  options: [
    .value("--as-of", "DAY", "also name rules whose review date is before this day"), .json,
  ],
  examples: [Example("assay policy lint company/ --as-of 2027-01-01", "what needs care")],
  run: { invocation in
    let pack = try packUnderTest(invocation.positional(0))
    let findings = pack.lint(asOf: try day(invocation.value("--as-of")))
    if invocation.flag("--json") {
      invocation.output.json([
        "pack": pack.json, "findings": .array(findings.map(\.json)),
      ])
    } else {
      for finding in findings {
        invocation.output.line("\(finding.place ?? ""): \(finding.message) [\(finding.id)]")
      }
      invocation.output.line("\(findings.count) warnings; \(pack.ruleCount) rules read")
    }
    return findings.isEmpty ? .yes : .undecided
  })

let policyDiffCommand = Command(
  path: ["policy", "diff"],
  summary: "Show which answers change from one pack to another",
  discussion: """
    Both packs answer the scenarios of --scenarios, or those of the new pack. Exit codes: 0 no \
    answer changes, 1 some do.
    """,
  positionals: [
    Positional("OLD", "a pack's directory, or `shipped`"),
    Positional("NEW", "a pack's directory, or `shipped`"),
  ],
  options: [.value("--scenarios", "FILE", "the questions to compare over"), .json],
  examples: [Example("assay policy diff shipped company/", "what your pack changes")],
  run: { invocation in
    let old = try packUnderTest(invocation.positional(0))
    let new = try packUnderTest(invocation.positional(1))
    let scenarios = try otherScenarios(invocation) ?? (new.scenarios + old.scenarios)
    let differences = new.differences(from: old, over: scenarios)
    if invocation.flag("--json") {
      invocation.output.json([
        "old": old.json, "new": new.json, "scenarios": JSON(scenarios.count),
        "differences": .array(differences.map(\.json)),
      ])
    } else {
      for change in differences {
        invocation.output.line(
          "\(change.scenario): \(change.before) -> \(change.after) \(change.title)")
        for mark in change.changes { invocation.output.line("  \(mark)") }
      }
      invocation.output.line("\(differences.count) of \(scenarios.count) answers change")
    }
    return differences.isEmpty ? .yes : .no
  })

/// Loads without proving: these commands report themselves what a proof would refuse.
private func packUnderTest(_ directory: String?) throws(Problem) -> PolicyPack {
  guard let directory, directory != "shipped" else { return try .shipped() }
  return try .load(directory, prove: false)
}

private func otherScenarios(_ invocation: Invocation) throws(Problem) -> [PolicyScenario]? {
  guard let path = invocation.value("--scenarios") else { return nil }
  let bytes = try InputFile.read(path, limitBytes: PolicyFiles.scenarioByteCountMax)
  return try PolicyScenario.read(bytes, file: path)
}

private func day(_ text: String?) throws(Problem) -> CalendarDay? {
  guard let text else { return nil }
  guard let day = CalendarDay(text) else {
    throw Problem(.usage, "bad_value", reason: "--as-of \(text): a day as YYYY-MM-DD is wanted")
  }
  return day
}
