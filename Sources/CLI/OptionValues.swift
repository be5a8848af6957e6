// What an option's value can be, as far as there is a list: for completion.
//
// Promises: the lists come from the types and the vocabulary that read the values. An option that
// is not here takes files or free words.

import Base
import Policy
import Reports

/// Values that only a running program knows; the raw value is the word of `completion --values`.
enum LiveValues: String, CaseIterable {
  case profiles, policies, rules, facts
}

/// Where the values of an option come from.
enum OptionValues: Equatable {
  case words([String])
  case live(LiveValues)

  /// Nil: files, or free words.
  static func of(_ option: String, _ command: Command) -> OptionValues? {
    switch (option, command.name) {
    case ("--format", "check"): .words(["table"] + ReportFormat.names)
    case ("--format", "compare"): .words(["html", "markdown"])
    case ("--only", "compare"): .words(["weights", "outputs"])
    case ("--arithmetic", _): .words(["exact", "fast"])
    case ("--horizon", _): .words(["in_force", "enacted", "proposed"])
    case ("--relation", _): .words(Relation.allCases.map(\.rawValue))
    case ("--route", _): .words(EdgeRoute.allCases.map(\.rawValue))
    case ("--us-person", _): .words(["yes", "no"])
    case ("--us-ties", _): .words(["no"])
    case ("--as", _), ("--for", "decisions"): .live(.profiles)
    case ("--policy", "decisions"): .live(.policies)
    case ("--rule", "waive"): .live(.rules)
    case ("--fact", _): .live(.facts)
    case ("--in", _), ("--org-in", _), ("--personal-data", _), ("--seat", _), ("--origin", _):
      .words(Region.assignedCountries)
    case ("--values", "completion"): .words(LiveValues.allCases.map(\.rawValue))
    default: ofFact(option)
    }
  }

  /// The same of what stands on a command line without an option.
  static func ofPositional(_ command: Command) -> OptionValues? {
    switch command.name {
    case "profile show", "profile set", "profile delete": .live(.profiles)
    case "completion": .words(["bash", "zsh", "fish"])
    default: nil
    }
  }

  /// Words of the vocabulary for an option that says a fact.
  private static func ofFact(_ option: String) -> OptionValues? {
    let facts = ["--developer": "model.developer"].merging(
      FactChange.shortNames.map { ("--" + $0.word, $0.fact) },
      uniquingKeysWith: { first, _ in first })
    guard let name = facts[option],
      let fact = try? PolicyPack.shipped().questions.first(where: { $0.fact == name }),
      !fact.values.isEmpty
    else { return nil }
    return .words(fact.values)
  }
}
