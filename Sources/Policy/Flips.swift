// The known facts whose change alone would give another verdict.
//
// Spec: Policies/README.md, "What would turn it". Not the date and not the licence.
// Promises: one entry for each fact and verdict that some other value of the fact reaches.

import Base

/// A change of one fact and the verdict it would give.
public struct Flip: Equatable, Sendable {
  public let fact: String
  public let verdict: Verdict

  public var json: JSON {
    ["facts": [.string(fact)], "verdict": .string(verdict.rawValue)]
  }
}

enum Flips {
  static func of(_ resolved: ResolvedRequest, _ verdict: Verdict) -> [Flip] {
    let evaluation = resolved.evaluation
    let pack = evaluation.pack
    var result: [Flip] = []
    for fact in pack.vocabulary.facts.indices
    where Set(evaluation.facts[fact].map(\.value)).count == 1 {
      guard fact != pack.wellKnown.date, fact != pack.wellKnown.licence else { continue }
      var reached: Set<Verdict> = []
      for supposed in changes(of: fact, evaluation) {
        var supposed = supposed
        reached.insert(supposed.decided(resolved.refusedOverrides).verdict)
      }
      let name = pack.vocabulary.facts[fact].name.text
      for other in Verdict.allCases where other != verdict && reached.contains(other) {
        result.append(Flip(fact: name, verdict: other))
      }
    }
    return result.sorted { ByteName($0.fact) < ByteName($1.fact) }
  }

  /// One evaluation for each class of values of the fact.
  private static func changes(of fact: Int, _ evaluation: Evaluation) -> [Evaluation] {
    let definition = evaluation.pack.vocabulary.facts[fact]
    if definition.name.hasPrefix(Vocabulary.dutyPrefix) {
      return definition.values.map { value in
        var supposed = evaluation
        supposed.suppose(fact, [FactCandidate(value: .text(value), grade: .declared)])
        return supposed
      }
    }
    // Forget the fact: what becomes undecided is all that it can change.
    var forgetting = evaluation
    forgetting.suppose(fact, [])
    let parts = forgetting.undecided(forgetting.outcome())
    let met = parts.reduce(into: Set<Int32>()) { $0.formUnion(forgetting.unknowns($1).atoms) }
    let atoms = evaluation.pack.program.atoms(on: fact).filter(met.contains)
    guard !atoms.isEmpty else { return [] }
    return Partition.classes(definition, atoms, evaluation.pack.program).classes.map { truths in
      var supposed = evaluation
      supposed.suppose(truths)
      return supposed
    }
  }
}
