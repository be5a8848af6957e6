// Two packs over the same questions: which answers change, and by what.
//
// Promises: one entry a scenario whose verdict, findings or duties differ, in the order given.

import Base

/// A question that two packs answer differently.
public struct PackDifference: Sendable {
  public let scenario: String
  public let title: String
  /// `allow`, `deny`, `review`, or the code of an error.
  public let before: String
  public let after: String
  /// Findings and duties that only one of them has: `+id` came, `-id` went.
  public let changes: [String]

  public var changesVerdict: Bool { before != after }

  public var json: JSON {
    [
      "scenario": .string(scenario), "title": .string(title), "before": .string(before),
      "after": .string(after), "changes": JSON(changes),
    ]
  }
}

extension PolicyPack {
  /// Answers every scenario with both packs.
  public func differences(
    from old: PolicyPack, over scenarios: [PolicyScenario]
  ) -> [PackDifference] {
    scenarios.compactMap { scenario in
      let before = old.run(scenario, missing: false)
      let after = run(scenario, missing: false)
      let went = Self.marks(before)
      let came = Self.marks(after)
      let changes =
        came.subtracting(went).sorted().map { "+\($0)" }
        + went.subtracting(came).sorted().map { "-\($0)" }
      guard !changes.isEmpty || Self.word(before) != Self.word(after) else { return nil }
      return PackDifference(
        scenario: scenario.id, title: scenario.title, before: Self.word(before),
        after: Self.word(after), changes: changes)
    }
  }

  private static func word(_ result: ScenarioResult) -> String {
    result.decision?.verdict.rawValue ?? result.problem?.code ?? "error"
  }

  private static func marks(_ result: ScenarioResult) -> Set<String> {
    guard let decision = result.decision else { return [] }
    return Set(
      decision.findings.map { "\($0.id) (\($0.effect.rawValue), \($0.truth.word))" }
        + decision.duties.map { "\($0.id) (duty)" })
  }
}
