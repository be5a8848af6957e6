// A question with the answer that a pack must give to it, and the proof of a pack by its own.
//
// Spec: Policies/README.md, "Scenarios"; assay.scenarios/1.
// Promises: a pack whose own scenarios fail is not used. What an expectation leaves out is not
// tested; what it names must be met exactly.

import Base

/// A question and what is expected.
public struct PolicyScenario: Sendable {
  public let id: String
  public let title: String
  public let question: JSON
  public let expect: JSON?

  init(_ reader: PolicyReader) throws(Problem) {
    id = try reader.optional("id")?.text() ?? ""
    title = try reader.optional("title")?.text() ?? ""
    question = reader.json
    expect = reader.json["expect"]
  }

  /// Reads a file of scenarios.
  public static func read(_ bytes: [UInt8], file: String) throws(Problem) -> [PolicyScenario] {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch {
      throw error.problem(file: file)
    }
    let reader = PolicyReader(file: file, json: json)
    var result: [PolicyScenario] = []
    for item in try reader.member("scenarios").elements() {
      result.append(try PolicyScenario(item))
    }
    return result
  }
}

/// How one scenario of a pack went.
public struct ScenarioResult: Sendable {
  public let scenario: PolicyScenario
  public let decision: PolicyDecision?
  public let problem: Problem?
  /// One sentence for each difference; empty: as expected.
  public let differences: [String]
}

extension PolicyPack {
  /// Answers the scenario and compares with what it expects.
  public func run(_ scenario: PolicyScenario, missing: Bool = true) -> ScenarioResult {
    do throws(Problem) {
      let decision = try Policy.evaluate(
        self, PolicyRequest(scenario: scenario.question), options: .init(missing: missing))
      return ScenarioResult(
        scenario: scenario, decision: decision, problem: nil,
        differences: Self.differences(decision, scenario.expect ?? [:]))
    } catch {
      var differences: [String] = []
      if scenario.expect?["error"]?.string != error.code {
        differences.append("refused as \(error.code) at \(error.place ?? "?"): \(error.reason)")
      } else if let place = scenario.expect?["at"]?.string, place != error.place {
        differences.append("refused at \(error.place ?? "?"), expected at \(place)")
      }
      return ScenarioResult(
        scenario: scenario, decision: nil, problem: error, differences: differences)
    }
  }

  /// Runs the pack's own scenarios and refuses the pack when one of them fails.
  public func prove() throws(Problem) {
    for scenario in scenarios where scenario.expect != nil {
      let result = run(scenario, missing: false)
      guard let difference = result.differences.first else { continue }
      throw Problem(
        .malformed, "scenario_failed", place: "scenarios.json: \(scenario.id)",
        reason: "the pack does not answer its own scenario as expected: \(difference)",
        remedy: "correct the rules or the scenario; `assay policy test` shows all of them")
    }
  }

  private static func differences(_ decision: PolicyDecision, _ expect: JSON) -> [String] {
    var result: [String] = []
    if let wanted = expect["error"]?.string {
      return ["answered \(decision.verdict.rawValue), expected the error \(wanted)"]
    }
    if let wanted = expect["verdict"]?.string, wanted != decision.verdict.rawValue {
      result.append("the verdict is \(decision.verdict.rawValue), expected \(wanted)")
    }
    func triple(_ id: String, _ truth: String, _ effect: String) -> String {
      "\(id) (\(effect), \(truth))"
    }
    if let wanted = expect["findings"]?.array {
      compare(
        "findings", decision.findings.map { triple($0.id, $0.truth.word, $0.effect.rawValue) },
        wanted.map {
          triple(
            $0["id"]?.string ?? "?", $0["truth"]?.string ?? "?", $0["effect"]?.string ?? "?")
        }, &result)
    }
    let lists: [(String, [String])] = [
      ("obligations", decision.duties.map(\.id)),
      ("possible_obligations", decision.possibleDuties.map(\.id)),
      ("waived", decision.waived.map(\.id)),
    ]
    for (key, found) in lists {
      if let wanted = expect[key]?.array {
        compare(key, found, wanted.map { $0.string ?? "?" }, &result)
      }
    }
    if let missing = decision.missing, let wanted = expect["missing"] {
      for (key, found) in [("to_allow", missing.toAllow), ("to_deny", missing.toDeny)] {
        guard let sets = wanted[key]?.array else { continue }
        compare(
          "missing.\(key)", found.map { $0.joined(separator: " + ") },
          sets.map { ($0.array ?? []).compactMap(\.string).sorted().joined(separator: " + ") },
          &result)
      }
    }
    return result
  }

  private static func compare(
    _ what: String, _ found: [String], _ wanted: [String], _ result: inout [String]
  ) {
    let lacking = Set(wanted).subtracting(found).sorted()
    let surplus = Set(found).subtracting(wanted).sorted()
    if !lacking.isEmpty { result.append("\(what) lack \(lacking.joined(separator: ", "))") }
    if !surplus.isEmpty { result.append("\(what) surplus \(surplus.joined(separator: ", "))") }
  }
}
