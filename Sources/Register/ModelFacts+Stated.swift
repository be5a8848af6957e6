// What a person stated of a model, held against what the model itself says.
//
// Promises: pure, from recorded facts alone, so that a decision made again finds the same
// contradictions. A statement that agrees, or that adds to silence, is none.

import Base
import Ledger

extension ModelFacts {
  /// The first statement about a fact.
  func stated(_ name: StatedFact.Name) -> StatedFact? { stated.first { $0.fact == name } }

  /// Statements that the card, the header, the id or a recognised text contradicts; none of them
  /// allows.
  public var statedConflicts: [Finding] {
    stated.compactMap { fact in
      switch fact.fact {
      case .licence: licenceConflict(fact)
      case .base: baseConflict(fact)
      case .developer: developerConflict(fact)
      case .origin: originConflict(fact)
      }
    }
  }

  private func licenceConflict(_ stated: StatedFact) -> Finding? {
    guard let licence else { return nil }
    func agrees(_ id: String) -> Bool { Self.isSameText(id, stated.value) }
    if !licence.declared.isEmpty, !licence.declared.contains(where: agrees) {
      return conflict(
        stated, "the model says it is \(licence.declared.joined(separator: ", "))")
    }
    let texts = licence.texts.filter { !$0.ids.isEmpty }
    if let text = texts.first, !texts.contains(where: { $0.ids.contains(where: agrees) }) {
      return conflict(
        stated, "\(text.file) is \(text.ids.joined(separator: ", "))", place: text.file)
    }
    return nil
  }

  private func baseConflict(_ stated: StatedFact) -> Finding? {
    let own = declaredEdges.filter { $0.grade == .declared && $0.child == ModelLineage.node }
    let name = stated.value.prefix { $0 != "=" }
    guard !own.isEmpty, !own.contains(where: { ByteName($0.ancestor) == ByteName(String(name)) })
    else { return nil }
    return conflict(stated, "the card says it is \(own.map(\.ancestor).joined(separator: ", "))")
  }

  /// An organisation that nobody knows contradicts nothing, and of several one that agrees is
  /// enough: who packs a model is often not who made it.
  private func developerConflict(_ stated: StatedFact) -> Finding? {
    guard let first = makers.first,
      !makers.contains(where: { ByteName($0.developer) == ByteName(stated.value) })
    else { return nil }
    return conflict(stated, "\(first.clue), which is \(first.developer)")
  }

  private func originConflict(_ stated: StatedFact) -> Finding? {
    func country(_ region: String) -> Substring { region.prefix { $0 != "-" } }
    let known = makers.filter { $0.origin != nil }
    guard let first = known.first, let origin = first.origin,
      !known.contains(where: { country($0.origin ?? "").elementsEqual(country(stated.value)) })
    else { return nil }
    return conflict(stated, "\(first.clue), which is based in \(origin)")
  }

  private func conflict(
    _ stated: StatedFact, _ other: String, place: String? = nil
  ) -> Finding {
    let what =
      switch stated.fact {
      case .licence: "licence"
      case .base: "base"
      case .developer: "developer"
      case .origin: "origin"
      }
    return Finding(
      id: "facts.conflict:\(stated.fact.rawValue)", severity: .error,
      message: "\(stated.origin) states that the \(what) is "
        + "\(stated.value.prefix { $0 != "=" }); \(other).", place: place)
  }

  /// GPL-3.0-only and GPL-3.0-or-later have one text.
  private static func isSameText(_ a: String, _ b: String) -> Bool {
    func base(_ id: String) -> Substring {
      if id.hasSuffix("-only") { return id.dropLast(5) }
      return id.hasSuffix("-or-later") ? id.dropLast(9) : id[...]
    }
    return ByteName(String(base(a))) == ByteName(String(base(b)))
  }
}
