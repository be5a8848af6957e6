// What the one who asks states of a model, as it was typed: read against the catalogue of licences
// and the vocabulary of the pack before anything of the model is read.

import Base
import Ledger
import Licensing
import Policy
import Register

/// Statements about a model, as words.
public struct StatedWords: Equatable, Sendable {
  public var licence: String?
  /// Each `ORG/NAME` or `ORG/NAME=relation`.
  public var bases: [String]
  public var developer: String?
  public var origin: String?
  /// Who states them.
  public var by: String?

  public init(
    licence: String? = nil, bases: [String] = [], developer: String? = nil,
    origin: String? = nil, by: String? = nil
  ) {
    self.licence = licence
    self.bases = bases
    self.developer = developer
    self.origin = origin
    self.by = by
  }

  /// Who stands for statements to which nobody put a name.
  public static let nobody = "the command line"

  /// The facts that they are. Throws `unknown_licence` and `unknown_value` with what is known.
  func facts(pack: PolicyPack, catalogue: Catalogue) throws(Problem) -> [StatedFact] {
    if let by, by.allSatisfy(\.isWhitespace) {
      throw Problem(.usage, "unknown_value", place: "--by", reason: "a name is wanted")
    }
    let by = by ?? Self.nobody
    var facts: [StatedFact] = []
    if let licence {
      facts.append(StatedFact(.licence, try catalogue.licence(stated: licence), by: by))
    }
    for base in bases { facts.append(StatedFact(.base, try Self.base(base).text, by: by)) }
    for (name, word) in [(StatedFact.Name.developer, developer), (.origin, origin)] {
      guard let word else { continue }
      guard let value = try pack.change(name.rawValue, word).value?.string else {
        throw Problem(
          .usage, "unknown_value", place: name.rawValue,
          reason: "\"\(word)\" states nothing", remedy: "leave it out")
      }
      facts.append(StatedFact(name, value, by: by))
    }
    return facts
  }

  /// A base with its relation, `finetuned` if none is said.
  struct Base: Equatable {
    let name: String
    let relation: Relation
    var text: String { "\(name)=\(relation.rawValue)" }
  }

  static func base(_ word: String) throws(Problem) -> Base {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let ends = name.split(separator: "/", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ !$0.isEmpty }) else {
      throw Problem(
        .usage, "unknown_value", place: "--base", reason: "\"\(name)\" is not ORG/NAME",
        remedy: "write it like Qwen/Qwen2.5-7B=quantized")
    }
    guard parts.count == 2 else { return Base(name: name, relation: .finetuned) }
    let said = String(parts[1])
    guard let relation = Relation(spelling: said) else {
      let known = Relation.allCases.map(\.rawValue)
      let nearest = NearestWord.to(said, in: known)
      var details: JSONObject = ["known": JSON(known)]
      details["suggestion"] = nearest.map(JSON.string)
      throw Problem(
        .usage, "unknown_value", place: "--base", reason: "\"\(said)\" is no relation",
        remedy: "use one of \(known.joined(separator: ", "))", details: details)
    }
    return Base(name: name, relation: relation)
  }
}

extension [StatedFact] {
  /// As far as licences go.
  var declaration: StatedDeclaration {
    StatedDeclaration(
      licence: first { $0.fact == .licence }?.value,
      bases: bases.map(\.base.name))
  }

  /// Edges to the bases, as policy reads them.
  var edges: [LineageEdge] {
    bases.map { stated, base in
      LineageEdge(
        ancestor: ModelLineage.name(base.name), child: ModelLineage.node, relation: base.relation,
        grade: .stated,
        source: stated.origin)
    }
  }

  private var bases: [(stated: StatedFact, base: StatedWords.Base)] {
    compactMap { stated in
      guard stated.fact == .base, let base = try? StatedWords.base(stated.value) else { return nil }
      return (stated, base)
    }
  }
}
