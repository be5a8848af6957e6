// The facts of a pack as questions to a person: what is asked, what answers there are, and which
// rules want to know.
//
// Does not: ask for the name of a model, which is read from the model itself.

import Base

/// A fact as a question.
public struct FactQuestion: Equatable, Sendable {
  public let fact: String
  public let question: String
  public let type: FactType
  /// The words that are answers; empty where there is no list.
  public let values: [String]
  /// What the fact means, in full.
  public let meaning: String
  /// What asks for it.
  public let why: String
}

extension PolicyPack {
  /// Every fact that a person can answer, in the order of the vocabulary.
  public var questions: [FactQuestion] {
    let readers = rulesOfFacts
    return vocabulary.facts.indices.compactMap { index in
      let fact = vocabulary.facts[index]
      guard !fact.name.hasPrefix(Vocabulary.dutyPrefix), fact.name != "model.name" else {
        return nil
      }
      return FactQuestion(
        fact: fact.name.text, question: fact.question, type: fact.type,
        values: fact.values.map(\.text), meaning: fact.meaning, why: why(fact, readers[index]))
    }
  }

  /// Facts that conditions of licences test, in the order of the vocabulary.
  public var factsOfLicences: [String] {
    var facts: Set<Int> = []
    for gate in licences.values.joined().map(\.clause.gate) {
      for node in [gate.scope, gate.when, gate.unless].compactMap(\.self) {
        collectFacts(node, &facts)
      }
    }
    return facts.sorted().map { vocabulary.facts[$0].name.text }
  }

  private func why(_ fact: FactDefinition, _ titles: [String]) -> String {
    if fact.required { return "Every question needs it." }
    guard let first = titles.first else { return "No rule of this pack asks for it." }
    guard titles.count > 1 else { return "One rule asks for it: \(first)." }
    return "\(titles.count) rules ask for it, such as: \(first)."
  }

  /// Of each fact: the titles of rules and licence conditions that test it.
  private var rulesOfFacts: [[String]] {
    var titles = [[String]](repeating: [], count: vocabulary.facts.count)
    let conditions = licences.sorted { $0.key < $1.key }.flatMap(\.value)
    for clause in rules.map(\.clause) + conditions.map(\.clause) {
      var facts: Set<Int> = []
      for node in [clause.gate.scope, clause.gate.when, clause.gate.unless].compactMap(\.self) {
        collectFacts(node, &facts)
      }
      for fact in facts where !titles[fact].contains(clause.title) {
        titles[fact].append(clause.title)
      }
    }
    return titles
  }

  private func collectFacts(_ node: Int32, _ found: inout Set<Int>) {
    switch program.nodes[Int(node)] {
    case .const, .asOf: break
    case .atom(let atom): found.insert(program.atoms[Int(atom)].fact)
    case .not(let part): collectFacts(part, &found)
    case .needsCompleteLineage(let part, let atom):
      found.insert(program.atoms[Int(atom)].fact)
      collectFacts(part, &found)
    case .all(let first, let count), .any(let first, let count):
      for position in Int(first)..<Int(first + count) {
        collectFacts(program.children[position], &found)
      }
    case .some(_, let pattern, _), .every(_, let pattern):
      for atom in program.patterns[Int(pattern)].modelAtoms {
        found.insert(program.atoms[Int(atom)].fact)
      }
    }
  }
}
