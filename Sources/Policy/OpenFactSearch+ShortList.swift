// The few of the open facts whose answers can free the use from every open finding.
//
// Method: greedy, with answers supposed one after another. The fact is taken of which one answer
// frees most of what is left; that answer is supposed, and the others are looked at again, because
// what alone freed nothing may do so now. Findings that no single answer frees keep all that is
// asked of them first.
// Promises: deterministic; among facts that free equally much those about the asker go first, since
// they are answered once for all models. Does not: promise the shortest list there is.

extension OpenFactSearch {
  /// With more unknowns than these, suspected edges are not tried one by one.
  private static let edgeCountMax = 100

  /// An answer that frees something.
  private struct Freeing {
    let fact: String
    let freed: Set<Int>
    let evaluation: Evaluation
  }

  /// Names of the facts on the list.
  func shortList(_ candidates: [Candidate]) -> Set<String> {
    var supposed = evaluation
    var open = Set(findings.indices)
    var chosen: Set<String> = []
    while let next = best(candidates.filter { !chosen.contains($0.fact.fact) }, supposed, open) {
      chosen.insert(next.fact)
      open.subtract(next.freed)
      supposed = next.evaluation
    }
    for finding in open.map({ findings[$0] }) {
      chosen.formUnion(finding.attributes)
      chosen.formUnion(finding.leading.intersection(finding.unknowns.items).map(name))
    }
    return chosen
  }

  private func best(
    _ candidates: [Candidate], _ supposed: Evaluation, _ open: Set<Int>
  ) -> Freeing? {
    var best: Freeing?
    var rank = (0, 0)
    for candidate in candidates {
      let concerned = candidate.concerned.filter(open.contains)
      guard !concerned.isEmpty else { continue }
      for (freed, evaluation) in answers(candidate, concerned, supposed, of: candidates.count) {
        let gain = (freed.count, candidate.fact.isAboutAsker ? 1 : 0)
        guard gain.0 > 0, gain > rank else { continue }
        best = Freeing(fact: candidate.fact.fact, freed: freed, evaluation: evaluation)
        rank = gain
      }
    }
    return best
  }

  /// Each kind of answer to one fact: what it frees, and what is known then.
  private func answers(
    _ candidate: Candidate, _ concerned: [Int], _ supposed: Evaluation, of count: Int
  ) -> [(Set<Int>, Evaluation)] {
    switch candidate.unknown {
    case nil: return [(Set(concerned.filter(waitsForOneAttribute)), supposed)]
    case .edge where count > Self.edgeCountMax: return []
    case .fact(let fact)? where !supposed.facts[fact].isEmpty: return []
    case let unknown?:
      return suppositions(unknown, concerned, in: supposed).map { evaluation in
        var evaluation = evaluation
        let freed = concerned.filter {
          findings[$0].leading.contains(unknown) && truth($0, &evaluation) == .no
        }
        return (Set(freed), evaluation)
      }
    }
  }
}
