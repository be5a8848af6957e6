// What a provider's terms say about training on outputs: versions by day, each with its document,
// its clause in our words, where it is published and how sure the reading is.
//
// Promises: a version whose reading is of low confidence never forbids by itself; what rests on it
// alone is a review (Outcome).

import Base

/// One version of a provider's terms.
public struct ProviderTerms: Hashable, Sendable {
  /// A value of `model.developer`.
  public let provider: String
  /// The provider's name for people.
  public let name: String
  public let document: String
  /// The days it held, both inclusive; nil: still.
  public let from: CalendarDay
  public let to: CalendarDay?
  /// `allowed`, `competing`, `forbidden`, `silent`, `unknown`.
  public let training: String
  /// The clause in our words.
  public let sentence: String
  public let confidence: Confidence
  public let address: String

  func holds(on day: Int) -> Bool {
    from.daysSinceEpoch <= day && (to.map { day <= $0.daysSinceEpoch } ?? true)
  }

  /// "OpenAI, Services Agreement (2025-05-31 to 2025-12-31; confidence medium)".
  public var citation: String {
    let days = to.map { "\(from) to \($0)" } ?? "since \(from)"
    return "\(name), \(document) (\(days); confidence \(confidence.rawValue))"
  }

  public var json: JSON {
    [
      "provider": .string(provider), "name": .string(name), "document": .string(document),
      "from": .string(from.description), "to": JSON(to?.description),
      "train_on_outputs": .string(training), "sentence": .string(sentence),
      "confidence": .string(confidence.rawValue), "url": .string(address),
    ]
  }
}

extension Lineage {
  /// The versions of the developers' terms that may have held on the day of an edge; without a day
  /// every one.
  static func terms(
    _ edge: LineageEdge, _ developers: [ByteName], _ terms: [ByteName: [ProviderTerms]]
  ) -> [ProviderTerms] {
    let versions = developers.flatMap { terms[$0] ?? [] }
    guard let day = edge.date?.daysSinceEpoch else { return versions }
    return versions.filter { $0.holds(on: day) }
  }
}

extension Evaluation {
  /// Whether a rule that forbids holds only by terms whose reading is of low confidence.
  func restsOnDoubtfulTerms(_ rule: Int) -> Bool {
    guard trustsDoubtfulTerms, asksTerms(rule) else { return false }
    var strict = self
    strict.distrustTerms()
    return strict.truth(rule: rule) < .yes
  }

  /// The terms that a finding of a rule rests on: those of the edges that it matched; and the
  /// developers of whom no version is on file for that day.
  func terms(ofRule rule: Int) -> (read: [ProviderTerms], missing: [String]) {
    var found: (read: [ProviderTerms], missing: [String]) = ([], [])
    for (path, pattern) in termPatterns(pack.gates[rule].when) {
      for position in lineage.edges.indices
      where lineage.truth(path, position) > .no && matches(pattern, position) > .no {
        let edge = lineage.edges[position]
        for version in edge.terms where !found.read.contains(version) { found.read.append(version) }
        for developer in lineage.developers[edge.from].map(\.text)
        where !edge.terms.contains(where: { $0.provider == developer })
          && !found.missing.contains(developer)
        {
          found.missing.append(developer)
        }
      }
    }
    return found
  }

  private func asksTerms(_ rule: Int) -> Bool { !termPatterns(pack.gates[rule].when).isEmpty }

  private func termPatterns(_ node: Int32) -> [(PathClass, LineagePattern)] {
    switch pack.program.nodes[Int(node)] {
    case .const, .asOf, .atom: []
    case .not(let part), .needsCompleteLineage(let part, _): termPatterns(part)
    case .all(let first, let count), .any(let first, let count):
      (Int(first)..<Int(first + count)).flatMap { termPatterns(pack.program.children[$0]) }
    case .some(let path, let pattern, _), .every(let path, let pattern):
      if let path, pack.program.patterns[Int(pattern)].training != nil {
        [(path, pack.program.patterns[Int(pattern)])]
      } else {
        []
      }
    }
  }
}
