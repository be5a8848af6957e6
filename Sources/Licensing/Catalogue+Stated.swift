// What a word on a command line says of a licence, and what the table of known models says of a
// base: its licence, its own bases, and who stands behind its organisation.

import Base

/// What a person states of a model, as far as licences go.
public struct StatedDeclaration: Equatable, Sendable {
  /// An id of the catalogue.
  public var licence: String?
  /// Names of base models.
  public var bases: [String]

  public init(licence: String? = nil, bases: [String] = []) {
    self.licence = licence
    self.bases = bases
  }
}

extension Catalogue {
  /// The one licence of the catalogue that a word stands for: an id of the Hub, of SPDX, or ours.
  /// Throws `unknown_licence` with the nearest id.
  public func licence(stated word: String) throws(Problem) -> String {
    var found: [String] = []
    for typed in [word, word.lowercased()] where found.isEmpty {
      found = newest(hubIndex[typed] ?? []).map { [$0] } ?? []
    }
    if found.isEmpty, licences[word] != nil { found = [word] }
    if found.isEmpty, let expression = try? Expression(word), expression.unknown.isEmpty {
      let modern = expression.simplified
      found = (modern.licences + modern.references).filter { licences[$0] != nil }
    }
    if found.isEmpty {
      let folded = word.lowercased()
      found = licences.keys.filter { $0.lowercased() == folded }.sorted()
    }
    if found.count == 1 { return found[0] }
    let ids = Set(licences.keys).union(hubIndex.keys)
    let nearest = NearestWord.to(word, in: ids.sorted())
    var details: JSONObject = [:]
    details["suggestion"] = nearest.map(JSON.string)
    throw Problem(
      .usage, "unknown_licence", place: word,
      reason: (found.isEmpty ? "no licence of this id is known" : "one licence is wanted")
        + (nearest.map { "; did you mean \($0)?" } ?? ""),
      remedy: "give an id of SPDX or of the Hub, such as apache-2.0", details: details)
  }

  /// Who stands behind the organisation of `ORG/NAME`; nil if the table does not know it.
  public func organisation(of model: String) -> Organisation? {
    model.firstIndex(of: "/").flatMap { organisations[String(model[..<$0])] }
  }

  /// Who stands behind an organisation as headers spell it: "Meta Llama" is meta-llama.
  public func organisation(spelt name: String) -> Organisation? {
    func folded(_ text: String) -> String {
      String(text.lowercased().map { $0 == " " || $0 == "_" ? "-" : $0 })
    }
    if let exact = organisations[name] { return exact }
    let matches = organisations.filter { folded($0.key) == folded(name) }.map(\.value)
    return matches.allSatisfy { $0 == matches[0] } ? matches.first : nil
  }

  /// Whether the organisation of `ORG/NAME` is the one that grants a licence: nobody owes duties to
  /// themselves. Only for licences of one publisher; that anybody may use MIT makes nobody its
  /// licensor.
  func isLicensor(_ model: String, of facts: LicenceFacts) -> Bool {
    func folded(_ text: String) -> String {
      String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }
    guard facts.id.hasPrefix("LicenseRef-"), let publisher = facts.publisher.map(folded),
      let developer = organisation(of: model).map({ folded($0.developer) }),
      developer.count >= 2, developer != "other"
    else { return false }
    return publisher.hasPrefix(developer)
  }

  /// What the table says that a model was made from; empty if it says nothing.
  public func bases(of model: String) -> [String] { models[model]?.bases ?? [] }
}
