// From the model to the roots: every base of every base, whatever a model in between declares.

import Base
import Formats

extension LicenceCheck {
  /// Deeper chains than this are made up.
  private static let ancestorCountMax = 1000

  /// The bases the card names, or, if it names none, the one of the adapter, or else what the table
  /// says of the model's own id; what a person states is added.
  mutating func directBases() throws(Problem) -> [String] {
    let own = try namedBases()
    let bases = unique(own + stated.bases)
    return bases.isEmpty ? catalogue.bases(of: model) : bases
  }

  private mutating func namedBases() throws(Problem) -> [String] {
    var adapter: String?
    do throws(Problem) {
      adapter = try folder.adapterBase()
    } catch {
      guard error.kind == .malformed, error.code != "changed" else { throw error }
      add(
        "base_unknown", .warning, "adapter_config.json cannot be read: \(error.reason).",
        place: "adapter_config.json")
    }
    guard let adapter, !adapter.isEmpty else { return card.baseModels }
    guard !card.baseModels.isEmpty else { return [adapter] }
    let agrees = card.baseModels.contains { base in
      let isPath = adapter.hasPrefix("/") || adapter.hasPrefix(".") || adapter.hasPrefix("~")
      return isPath
        ? FileSystem.lastComponent(base) == FileSystem.lastComponent(adapter)
        : base.lowercased() == adapter.lowercased()
    }
    if !agrees {
      add(
        "base_contradicts", .error,
        "The card says the base is \(card.baseModels.joined(separator: ", ")), "
          + "adapter_config.json says \(adapter).", place: "adapter_config.json")
    }
    return card.baseModels
  }

  /// Fills `ancestors`, nearest first, and reports cycles, unknown and unlicensed bases.
  mutating func walk(_ bases: [String]) {
    var seen: Set<String> = []
    var pending = bases.map { (name: $0, path: [model]) }
    var next = 0
    while next < pending.count, ancestors.count < Self.ancestorCountMax {
      let (name, path) = pending[next]
      next += 1
      if path.contains(name) {
        add(
          "base_cycle", .error,
          "The bases form a circle: \((path + [name]).joined(separator: " → ")).")
        continue
      }
      guard seen.insert(name).inserted else { continue }
      guard let known = catalogue.models[name] else {
        ancestors.append(LicenceReport.Ancestor(model: name, licence: nil, isKnown: false))
        add(
          "base_unknown", .warning,
          "The licence of the base \(name) is not known, so what it asks for is open.")
        continue
      }
      ancestors.append(LicenceReport.Ancestor(model: name, licence: known.licence, isKnown: true))
      if known.licence == nil {
        add(
          "base_unlicensed", .error,
          "The base \(name) has no licence: nobody was allowed to build on it.")
      }
      for base in known.bases { pending.append((base, path + [name])) }
    }
    compareDeclaredWithDetected()
  }

  /// The licences a name in a table stands for; a table may hold an expression.
  func licences(_ text: String?) -> [LicenceFacts] {
    guard let text else { return [] }
    if let facts = catalogue.licences[text] { return [facts] }
    guard let expression = try? Expression(text) else { return [] }
    return (expression.licences + expression.references).compactMap { catalogue.licences[$0] }
  }

  /// A model and all its known ancestors, as far as the table knows them.
  func lineage(of name: String) -> [(model: String, licence: String?)] {
    var seen: Set<String> = []
    var pending = [name]
    var all: [(model: String, licence: String?)] = []
    while let next = pending.popLast(), all.count < Self.ancestorCountMax {
      guard seen.insert(next).inserted, let known = catalogue.models[next] else { continue }
      all.append((next, known.licence))
      pending += known.bases
    }
    return all
  }
}
