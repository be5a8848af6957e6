// Who asks, on a command line: the options that several commands share, and how they are read.
//
//     --profile FILE, --as NAME      a profile
//     --use --form --in --role --fact   what the question says over it

import Audit
import Base
import Ledger

enum AskerOptions {
  /// A profile as it is.
  static let profile: [Option] = [
    .value("--profile", "FILE", "facts about who asks and for what (- is standard input)"),
    .value("--as", "NAME", "a profile of the state: see `assay profile list`"),
  ]

  /// What is said over a profile.
  static let request: [Option] = [
    .value("--use", "WORD", "what it is used for: research, internal-business, …"),
    .value("--form", "WORD", "in what form it goes out: internal, hosted-api, …"),
    .value("--in", "CC,…", "where it is used: DE,FR or US-CA; * is everywhere"),
    .value("--role", "WORD", "in which role you act: deployer, provider, …"),
    .repeated("--fact", "NAME=VALUE", "any fact: see `assay profile questions`"),
  ]

  /// Facts about the organisation.
  static let organisation: [Option] = [
    .value("--org-in", "CC,…", "where your organisation is established"),
    .value("--seat", "CC", "its principal place of business (default: --org-in if it is one)"),
    .value("--us-person", "yes|no", "whether you are a US person"),
    .value("--users", "N", "monthly active users of all your products"),
    .value("--revenue", "N", "gross annual revenue in US dollars"),
    .value(
      "--us-ties", "no", "no: no US person, no US federal contract, not under US export rules"),
    .value("--end-user", "WORD", "what body uses it: private, government, defence, …"),
    .value("--operator", "NAME", "who runs the servers that get the prompts: own, openai, …"),
    .value("--personal-data", "CC,…", "where the persons are whose data it processes; none"),
  ]

  /// What is stated of a model that does not say it.
  static let stated: [Option] = [
    .value("--licence", "ID", "state the model's licence: apache-2.0, gemma, …"),
    .repeated("--base", "ORG/NAME[=REL]", "state what it was made from, and how: =quantized"),
    .value("--developer", "NAME", "state who developed it: mistral, google, …"),
    .value("--origin", "CC", "state the country of its developer"),
    .value("--by", "NAME", "who states these; it is kept in the log"),
  ]
}

extension Invocation {
  /// Facts that options and `--fact` give, as words, in the order of the options.
  func factWords(_ options: [Option]) throws(Problem) -> [FactWords] {
    var words: [FactWords] = []
    for option in options where option.name != "--fact" {
      guard let word = value(option.name) else { continue }
      words.append(FactWords(String(option.name.dropFirst(2)), word))
    }
    return words + (try assignments(values("--fact")))
  }

  /// `NAME=VALUE`, each.
  func assignments(_ texts: [String]) throws(Problem) -> [FactWords] {
    try texts.map { text throws(Problem) in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw Problem(
          .usage, "usage", place: text, reason: "this is not NAME=VALUE",
          remedy: "write it like actor.is_us_person=no")
      }
      return FactWords(String(parts[0]), String(parts[1]))
    }
  }

  /// What the command line states of the model.
  func statedWords() throws(Problem) -> StatedWords {
    let stated = StatedWords(
      licence: value("--licence"), bases: values("--base"), developer: value("--developer"),
      origin: value("--origin"), by: value("--by"))
    guard stated.by == nil || stated != StatedWords(by: stated.by) else {
      throw Problem(
        .usage, "usage", place: "--by", reason: "nothing is stated",
        remedy: "give --licence, --base, --developer or --origin with it")
    }
    return stated
  }

  /// Who asks: `--profile FILE`, `--as NAME`, or what the state's configuration says.
  func chosenProfile(state: StateDirectory?) throws(Problem) -> CheckRequest.ProfileChoice {
    let (file, name) = (value("--profile"), value("--as"))
    guard file == nil || name == nil else {
      throw Problem(
        .usage, "usage", reason: "--profile and --as exclude each other",
        remedy: "give one of them")
    }
    if let file { return .given(name: FileSystem.lastComponent(file), facts: try readJSON(file)) }
    guard let name else { return .configured }
    guard state != nil else {
      throw Problem(
        .usage, "unknown_profile", place: name,
        reason: "profiles are stored in a state, and there is none", remedy: "give --state DIR")
    }
    return .stored(name)
  }
}
