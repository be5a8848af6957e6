// The facts that may be spoken of: name, type, and how a JSON value becomes a typed one.
//
// Spec: facts.json (schema assay.facts/1).
// Promises: a name that is not listed is refused, never ignored; a value that does not fit the
// type of its fact is refused with the reason.
// Does not: hold values of a question (Request) or decide anything.

import Base

/// One entry of the vocabulary.
public struct FactDefinition: Sendable {
  public let name: ByteName
  public let type: FactType
  /// The allowed words of an `enum` or `enum-set`.
  public let values: [ByteName]
  /// One sentence: what the fact says.
  public let meaning: String
  /// How a person is asked for it; a pack without one asks by the meaning.
  public let question: String
  /// Who can answer it.
  public let ask: String
  public let required: Bool
}

struct Vocabulary: Sendable {
  private(set) var facts: [FactDefinition] = []
  private(set) var index: [ByteName: Int] = [:]
  /// The fields an edge may have.
  var edgeFields: Set<String> = []

  static let dutyPrefix = "duty."
  static let factCountMax = 4096

  mutating func add(_ fact: FactDefinition, _ place: PolicyReader) throws(Problem) {
    guard index[fact.name] == nil else {
      throw place.problem("duplicate_id", "the fact \(fact.name) is defined twice")
    }
    guard facts.count < Self.factCountMax else {
      throw place.problem("too_large", "more than \(Self.factCountMax) facts")
    }
    index[fact.name] = facts.count
    facts.append(fact)
  }

  /// What an actor may say about a duty.
  mutating func addDuty(_ id: String) {
    let name = ByteName(Self.dutyPrefix + id)
    guard index[name] == nil else { return }
    index[name] = facts.count
    facts.append(
      FactDefinition(
        name: name, type: .choice, values: ["done", "accepted", "refused"],
        meaning: "What the actor says about this duty.",
        question: "What do you say about the duty \(id)?", ask: "owner of the duty",
        required: false))
  }
}

// MARK: Reading the vocabulary

extension Vocabulary {
  mutating func load(_ file: PolicyReader) throws(Problem) {
    for entry in try file.member("facts").elements() {
      try entry.only(["name", "type", "values", "unit", "meaning", "question", "ask", "required"])
      let name = try entry.member("name").text()
      guard !name.isEmpty, !name.hasPrefix(Self.dutyPrefix) else {
        throw entry.at("name").problem("bad_value", "a fact needs a name outside \"duty.\"")
      }
      guard let type = FactType(rawValue: try entry.member("type").text()) else {
        throw entry.at("type").problem("bad_value", "no such type of fact")
      }
      var words: [ByteName] = []
      for word in try entry.optional("values")?.elements() ?? [] {
        words.append(ByteName(try word.text()))
      }
      guard (type == .choice || type == .choices) == !words.isEmpty else {
        throw entry.problem("bad_value", "\"values\" belongs to enum and enum-set, and only there")
      }
      let meaning = try entry.optional("meaning")?.text() ?? ""
      try add(
        FactDefinition(
          name: ByteName(name), type: type, values: words, meaning: meaning,
          question: try entry.optional("question")?.text()
            ?? (meaning.isEmpty ? "\(name)?" : meaning),
          ask: try entry.optional("ask")?.text() ?? "",
          required: try entry.optional("required")?.flag() ?? false),
        entry)
    }
    if let fields = file.optional("lineage")?.optional("edge_fields") {
      for (name, _) in try fields.members() { edgeFields.insert(name) }
    }
  }
}

// MARK: Reading a value

extension FactDefinition {
  /// The typed value of a JSON value that is not null.
  func value(_ reader: PolicyReader) throws(Problem) -> FactValue {
    switch type {
    case .bool:
      if let flag = reader.json.bool { return .bool(flag) }
    case .integer, .number:
      if let number = reader.json.number?.double, number.isFinite,
        type == .number || number == number.rounded(.towardZero)
      {
        return .number(number)
      }
    case .string, .licence:
      if let text = reader.json.string, !text.isEmpty { return .text(ByteName(text)) }
    case .choice:
      if let text = reader.json.string, values.contains(ByteName(text)) {
        return .text(ByteName(text))
      }
    case .date:
      if let day = reader.json.string.flatMap({ CalendarDay($0) }) {
        return .day(day.daysSinceEpoch)
      }
    case .region:
      if let place = reader.json.string.flatMap({ Region($0) }), place != .world {
        return .region(place)
      }
    case .choices:
      if let texts = try words(reader), texts.allSatisfy(values.contains) { return .texts(texts) }
    case .regions:
      if let words = try words(reader) {
        let places = words.compactMap { Region($0.text) }
        if places.count == words.count { return .regions(places.sorted()) }
      }
    }
    throw reader.problem(
      "bad_value", "\(name) is \(wanted); found \(reader.quoted)",
      remedy: "leave the fact out, or give null, when the value is not known")
  }

  /// A set of texts, sorted; nil when the value is not an array of texts.
  private func words(_ reader: PolicyReader) throws(Problem) -> [ByteName]? {
    guard let array = reader.json.array else { return nil }
    let texts = array.compactMap { $0.string.map { ByteName($0) } }
    guard texts.count == array.count else { return nil }
    return Set(texts).sorted()
  }

  /// The type in words, for messages.
  var wanted: String {
    let list = values.map(\.text).joined(separator: ", ")
    switch type {
    case .bool: return "true or false"
    case .integer: return "a whole number"
    case .number: return "a number"
    case .string, .licence: return "a text that is not empty"
    case .date: return "a day as YYYY-MM-DD"
    case .region: return "a code of ISO 3166-1 or 3166-2"
    case .choice: return "one of: \(list)"
    case .choices: return "an array out of: \(list)"
    case .regions: return "an array of codes of ISO 3166-1 or 3166-2, or \"*\""
    }
  }
}
