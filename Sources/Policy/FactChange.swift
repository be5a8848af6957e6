// Facts as people say them: a name and a word, from a command line, a question or a setting.
//
//     yes no true false    a fact that is true or false
//     1000  1e21           a number
//     DE,FR  *  none       places, or words of a set; `none` is the empty set
//     unknown              what was said is forgotten
//
// Promises: total; one reader for every way in, so that a word means the same everywhere. Whatever
// does not fit is refused with what is known, and with the nearest name. A country that has no code
// of its own is refused, because no rule would ever speak of it. Does not: keep anything.

import Base

/// What a person says about one fact.
public struct FactChange: Equatable, Sendable {
  public let fact: String
  /// Nil: what was said before is forgotten.
  public let value: JSON?

  public init(fact: String, value: JSON?) {
    self.fact = fact
    self.value = value
  }
}

extension FactChange {
  /// Short names of the facts that everybody is asked for, as options of the command line.
  public static let shortNames: [(word: String, fact: String)] = [
    ("use", "request.use"), ("form", "request.form"), ("in", "request.deploy_to"),
    ("role", "request.as"), ("org-in", "actor.established_in"), ("seat", "actor.principal_place"),
    ("us-person", "actor.is_us_person"), ("users", "actor.mau"),
    ("revenue", "actor.revenue_usd_year"), ("end-user", "end_user.kind"),
    ("operator", "service.operator"), ("personal-data", "service.personal_data_from"),
  ]

  /// Words that deny several facts at once. Only `no` is an answer: whoever has to say yes has to
  /// say to what.
  static let families: [(word: String, facts: [String])] = [
    (
      "us-ties",
      [
        "actor.is_us_person", "contract.us_dod", "contract.us_fascsa",
        "contract.us_gsa_ai_clause", "export.subject_to_ear",
      ]
    )
  ]

  /// The change in words: `request.use=research`.
  public var words: String {
    guard let value else { return "\(fact)=unknown" }
    if let text = value.string { return "\(fact)=\(text)" }
    if let list = value.array {
      return "\(fact)=" + (list.isEmpty ? "none" : list.compactMap(\.string).joined(separator: ","))
    }
    return "\(fact)=\(value.canonicalText)"
  }
}

extension PolicyPack {
  /// Reads `NAME=VALUE`. Throws `usage` without the sign, and what `change(_:_:)` throws.
  public func change(assignment text: String) throws(Problem) -> FactChange {
    guard let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
      throw Problem(
        .usage, "usage", reason: "\"\(text)\" is not NAME=VALUE",
        remedy: "write it like actor.is_us_person=no")
    }
    return try change(
      String(text[..<sign]), String(text[text.index(after: sign)...]))
  }

  /// Reads what is said about a fact, which is named in full or by its short name.
  /// Throws `unknown_fact` with a suggestion, `unknown_value` with what is known.
  public func change(_ name: String, _ word: String) throws(Problem) -> FactChange {
    let full = FactChange.shortNames.first { ByteName($0.word) == ByteName(name) }?.fact ?? name
    guard let index = vocabulary.index[ByteName(full)] else { throw unknownFact(name) }
    let fact = vocabulary.facts[index]
    let value = try FactWord(fact, word).value
    return FactChange(fact: fact.name.text, value: value)
  }

  /// The same, where one word may speak of several facts (`us-ties`): those that the pack knows.
  public func changes(_ name: String, _ word: String) throws(Problem) -> [FactChange] {
    guard let family = FactChange.families.first(where: { ByteName($0.word) == ByteName(name) })
    else { return [try change(name, word)] }
    let facts = family.facts.filter { vocabulary.index[ByteName($0)] != nil }
    guard ["no", "false", "unknown"].contains(word.lowercased()) else {
      throw Problem(
        .usage, "unknown_value", place: name,
        reason: "\"\(word)\" does not say which of \(facts.joined(separator: ", "))",
        remedy: "answer no to all of them, or say each by its name",
        details: ["known": ["no"]])
    }
    return try facts.map { fact throws(Problem) in try change(fact, word) }
  }

  private func unknownFact(_ name: String) -> Problem {
    let names =
      vocabulary.facts.map(\.name.text) + FactChange.shortNames.map(\.word)
      + FactChange.families.map(\.word)
    let nearest = NearestWord.to(name, in: names)
    var details: JSONObject = [:]
    details["suggestion"] = nearest.map(JSON.string)
    return Problem(
      .usage, "unknown_fact", place: name,
      reason: "there is no fact of this name" + (nearest.map { "; did you mean \($0)?" } ?? ""),
      remedy: "`assay profile questions` lists them", details: details)
  }
}

/// One word, read as a value of one fact.
private struct FactWord {
  let fact: FactDefinition
  let word: String

  init(_ fact: FactDefinition, _ word: String) {
    self.fact = fact
    self.word = word
  }

  /// Nil: the value is to be forgotten.
  var value: JSON? {
    get throws(Problem) {
      if word == "unknown", !fact.values.contains("unknown") { return nil }
      let json = try read()
      do throws(Problem) {
        _ = try fact.value(PolicyReader(file: "", json: json))
      } catch { throw refused() }
      return json
    }
  }

  private func read() throws(Problem) -> JSON {
    switch fact.type {
    case .bool:
      switch word.lowercased() {
      case "yes", "true": return true
      case "no", "false": return false
      default: throw refused()
      }
    case .integer, .number:
      guard let json = try? JSON.parse(Array(word.utf8)), let number = json.number?.double,
        number >= 0
      else { throw refused() }
      return JSON(number)
    case .string, .licence, .date: return .string(word)
    case .choice:
      guard fact.values.contains(ByteName(word)) else { throw refused() }
      return .string(word)
    case .region: return .string(try region(word).code)
    case .choices: return JSON(try elements())
    case .regions:
      let codes = try elements().map { text throws(Problem) in
        text == "*" ? "*" : try region(text).code
      }
      // Nowhere is no answer to where: a use without a place would be under no law.
      guard !codes.isEmpty || fact.name != "request.deploy_to" else { throw refused() }
      return JSON(codes)
    }
  }

  /// The elements of a set; `none` has none.
  private func elements() throws(Problem) -> [String] {
    if word == "none" { return [] }
    let parts = word.split(separator: ",", omittingEmptySubsequences: false).map {
      String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    guard !parts.contains("") else { throw refused() }
    return parts
  }

  private func region(_ text: String) throws(Problem) -> Region {
    guard let place = Region(text.uppercased()), place != .world, place.isAssigned else {
      throw refused(text)
    }
    return place
  }

  private func refused(_ part: String? = nil) -> Problem {
    let known = fact.type == .bool ? ["yes", "no"] : fact.values.map(\.text)
    var details: JSONObject = [:]
    if !known.isEmpty { details["known"] = JSON(known) }
    let nearest = NearestWord.to(part ?? word, in: known) ?? CountryWord.code(part ?? word)
    details["suggestion"] = nearest.map(JSON.string)
    return Problem(
      .usage, "unknown_value", place: fact.name.text,
      reason: "\"\(part ?? word)\" is not \(wanted)"
        + (nearest.map { "; did you mean \($0)?" } ?? ""),
      remedy: "give a value, or unknown", details: details)
  }

  private var wanted: String {
    switch fact.type {
    case .bool: "yes or no"
    case .integer: "a whole number from 0"
    case .number: "a number from 0"
    case .region: "a country's code such as DE, or a part's such as US-TX"
    case .regions: "a list of countries' codes such as DE,FR"
    default: fact.wanted
    }
  }
}

/// What people call countries, where it is not the code.
private enum CountryWord {
  private static let codes = [
    "uk": "GB", "britain": "GB", "england": "GB", "el": "GR", "greece": "GR", "usa": "US",
    "germany": "DE", "deutschland": "DE", "france": "FR", "china": "CN", "prc": "CN",
    "japan": "JP", "korea": "KR", "italy": "IT", "spain": "ES", "russia": "RU", "india": "IN",
    "canada": "CA", "australia": "AU", "austria": "AT", "switzerland": "CH", "taiwan": "TW",
    "poland": "PL", "netherlands": "NL", "sweden": "SE", "ireland": "IE", "brazil": "BR",
    "world": "*",
  ]

  static func code(_ text: String) -> String? { codes[text.lowercased()] }
}
