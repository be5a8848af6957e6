// From the files of a pack to a pack, refusing everything that could make it decide wrongly.
//
// Spec: Policies/README.md, "Files" and "What loading refuses".
// Promises: a misspelt key, an unknown fact, an overlap of dates, a cycle of exemptions, an id used
// twice, a rule without source, status, confidence or sentence: each is a `Problem` with file and
// JSON pointer, and there is no pack. A pack whose own scenarios fail is refused by `prove`.
// Does not: touch the disk (PackFiles does).

import Base

/// The files of one layer: a whole pack, or what a company adds to one.
struct PackLayer: Sendable {
  /// Put before file names in messages and digests; empty for a pack that stands alone.
  let prefix: String
  let files: [(name: String, bytes: [UInt8])]

  func parsed(_ name: String) throws(Problem) -> PolicyReader? {
    guard let file = files.first(where: { $0.name == name }) else { return nil }
    do throws(JSONError) {
      return PolicyReader(file: prefix + name, json: try JSON.parse(file.bytes))
    } catch { throw error.problem(file: prefix + name) }
  }
}

struct PackLoader {
  private(set) var parts = PackParts()

  static let fileNames = [
    "facts.json", "jurisdictions.json", "licence-rules.json", "api-terms.json", "licences.json",
  ]
  static let rulesMax = 20_000

  /// Loads the layers in order; a later one may add and may not redefine.
  static func load(
    name: String, layers: [PackLayer], scenarios: [PolicyScenario]
  ) throws(Problem) -> PolicyPack {
    var loader = PackLoader()
    for layer in layers { try loader.addVocabulary(layer) }
    for layer in layers {
      loader.parts.inherited = loader.parts.ruleIDs
      try loader.addRules(layer)
    }
    for layer in layers { try loader.addCatalogue(layer) }
    try PackChecks.linkDefeats(&loader.parts.rules)
    var files: [PackFile] = []
    for layer in layers {
      for file in layer.files {
        files.append(PackFile(name: layer.prefix + file.name, digest: sha256(file.bytes)))
      }
    }
    files.sort { ByteName($0.name) < ByteName($1.name) }
    return PolicyPack(name: name, files: files, scenarios: scenarios, parts: loader.parts)
  }

  // MARK: First pass: everything that expressions may name

  private mutating func addVocabulary(_ layer: PackLayer) throws(Problem) {
    if let facts = try layer.parsed("facts.json") {
      try facts.only(["schema", "as_of", "note", "types", "grades", "patterns", "lineage", "facts"])
      try parts.compiler.vocabulary.load(facts)
    }
    if let file = try layer.parsed("jurisdictions.json") {
      try file.only(
        ["schema", "as_of", "note", "groups", "group_notes", "definitions", "rules"])
      for (name, group) in try file.optional("groups")?.members() ?? [] {
        guard parts.compiler.groups[ByteName(name)] == nil else {
          throw group.problem("duplicate_id", "the group \(name) is defined twice")
        }
        parts.compiler.groups[ByteName(name)] = try parts.compiler.regions(group)
      }
      for (name, definition) in try file.optional("definitions")?.members() ?? [] {
        guard parts.compiler.definitions[ByteName(name)] == nil else {
          throw definition.problem("duplicate_id", "\(name) is defined twice")
        }
        parts.compiler.definitions[ByteName(name)] = definition
      }
      for rule in try file.optional("rules")?.elements() ?? [] { try addDuties(rule) }
    }
    for (_, list) in try layer.parsed("licence-rules.json")?.member("licences").members() ?? [] {
      for condition in try list.elements() { try addDuties(condition) }
    }
  }

  /// Every duty is a fact of its own: what the actor says about it.
  mutating func addDuties(_ clause: PolicyReader) throws(Problem) {
    for obligation in try clause.optional("obligations")?.elements() ?? [] {
      try obligation.only(["id", "text"])
      let id = try obligation.member("id").text()
      guard !id.isEmpty, parts.obligationIDs.insert(ByteName(id)).inserted else {
        throw obligation.at("id").problem("duplicate_id", "the obligation \(id) is used twice")
      }
      parts.compiler.vocabulary.addDuty(id)
    }
  }

  // MARK: Second pass

  private mutating func addRules(_ layer: PackLayer) throws(Problem) {
    if let file = try layer.parsed("jurisdictions.json") {
      for (_, definition) in try file.optional("definitions")?.members() ?? [] {
        _ = try parts.compiler.expression(definition)
      }
      let rules = try file.optional("rules")?.elements() ?? []
      guard parts.rules.count + rules.count <= Self.rulesMax else {
        throw file.problem("too_large", "over \(Self.rulesMax) rules")
      }
      for rule in rules { try addRule(rule) }
      try PackChecks.refuseThresholdGaps(rules)
    }
    if let file = try layer.parsed("licence-rules.json") {
      try file.only(["schema", "as_of", "note", "licences"])
      for (licence, list) in try file.member("licences").members() {
        try addLicence(licence, list)
      }
    }
    if let file = try layer.parsed("api-terms.json") {
      try file.only(["schema", "as_of", "note", "values", "providers"])
      for provider in try file.member("providers").elements() { try addProvider(provider) }
    }
  }

  private mutating func addLicence(_ name: String, _ list: PolicyReader) throws(Problem) {
    guard parts.licences[ByteName(name)] == nil else {
      throw list.problem("duplicate_id", "the licence \(name) has conditions already")
    }
    var conditions: [Condition] = []
    for item in try list.elements() { conditions.append(try condition(item, of: name)) }
    parts.licences[ByteName(name)] = conditions
  }

  private mutating func addProvider(_ provider: PolicyReader) throws(Problem) {
    try provider.only(["id", "name", "versions"])
    let id = try provider.member("id").text()
    guard parts.terms[ByteName(id)] == nil else {
      throw provider.at("id").problem("duplicate_id", "the provider \(id) is listed twice")
    }
    let name = try filled(provider, "name")
    var versions: [ProviderTerms] = []
    for version in try provider.member("versions").elements() {
      let training = try version.member("train_on_outputs")
      let word = try training.text()
      guard ["allowed", "competing", "forbidden", "silent", "unknown"].contains(word) else {
        throw training.problem("bad_value", "\(word) is not a value of train_on_outputs")
      }
      let (from, to) = try days(version)
      versions.append(
        ProviderTerms(
          provider: id, name: name, document: try filled(version, "document"),
          from: CalendarDay(daysSinceEpoch: from),
          to: to == Int.max ? nil : CalendarDay(daysSinceEpoch: to), training: word,
          sentence: try filled(version, "sentence"),
          confidence: try version.member("confidence").word(Confidence.self),
          address: try filled(version, "url")))
    }
    try PackChecks.refuseOverlaps(
      versions.map { ($0.from.daysSinceEpoch, $0.to?.daysSinceEpoch ?? Int.max) },
      provider.at("versions"))
    parts.terms[ByteName(id)] = versions
  }

  // MARK: Third pass: licences that only the catalogue describes

  private mutating func addCatalogue(_ layer: PackLayer) throws(Problem) {
    guard let file = try layer.parsed("licences.json") else { return }
    for entry in try file.member("licences").elements() {
      let id = try entry.member("id").text()
      let open = entry.json["status"]?["open_model_definition"]?["value"]?.string
      if let open { parts.openStatus[ByteName(id)] = open }
      guard parts.licences[ByteName(id)] == nil,
        let conditions = try Catalogue.conditions(of: entry, id: id)
      else { continue }
      let list = entry.at("conditions", .array(conditions))
      for item in try list.elements() { try addDuties(item) }
      try addLicence(id, list)
      parts.compiledLicences.insert(ByteName(id))
    }
  }
}

// MARK: Clauses

extension PackLoader {
  private mutating func addRule(_ reader: PolicyReader) throws(Problem) {
    try reader.only([
      "id", "jurisdiction", "kind", "effect", "title", "sentence", "citation", "sources",
      "applies", "scope", "when", "unless", "confidence", "review_by", "waivable", "obligations",
      "on_refused", "defeats", "needs_complete_lineage", "penalty",
    ])
    let id = try filled(reader, "id")
    guard parts.ruleIDs.insert(ByteName(id)).inserted else {
      throw reader.at("id").problem("duplicate_id", "the rule \(id) stands twice")
    }
    let effect = try reader.member("effect").word(RuleEffect.self)
    var defeats: [String] = []
    for target in try reader.optional("defeats")?.elements() ?? [] {
      defeats.append(try target.text())
    }
    guard defeats.isEmpty == (effect != .allow) else {
      throw reader.problem("bad_value", "an allow-rule names the rules it defeats, others do not")
    }
    let sources = try reader.optional("sources")?.elements() ?? []
    var texts: [String] = []
    for source in sources { texts.append(try source.text()) }
    let citation = try filled(reader, "citation")
    let clause = try clause(
      reader, id: id, effect: effect, title: try filled(reader, "title"), citation: citation)
    parts.rules.append(
      Rule(
        clause: clause, jurisdiction: try filled(reader, "jurisdiction"),
        kind: try filled(reader, "kind"), sources: texts, applies: try applies(reader),
        reviewBy: try reader.optional("review_by")?.day().daysSinceEpoch,
        waivable: try reader.member("waivable").flag(), defeats: defeats,
        penalty: try reader.optional("penalty")?.text()))
  }

  private mutating func condition(
    _ reader: PolicyReader, of licence: String
  ) throws(Problem) -> Condition {
    try reader.only([
      "id", "effect", "flows", "flows_unclear", "when", "unless", "sentence", "clause",
      "confidence", "catalogue_type", "obligations", "on_refused",
    ])
    let id = licence + "#" + (try filled(reader, "id"))
    guard parts.ruleIDs.insert(ByteName(id)).inserted else {
      throw reader.at("id").problem("duplicate_id", "the condition \(id) stands twice")
    }
    let effect = try reader.member("effect").word(RuleEffect.self)
    guard effect != .allow else {
      throw reader.at("effect").problem("bad_value", "a condition denies, asks or obliges")
    }
    var flows: Flows = []
    let names: [String: Flows] = ["self": .own, "derivation": .derivation, "training": .training]
    for item in try reader.member("flows").elements() {
      guard let flow = names[try item.text()] else {
        throw item.problem("bad_value", "\(item.quoted) is none of: self, derivation, training")
      }
      flows.insert(flow)
    }
    for item in try reader.optional("flows_unclear")?.elements() ?? [] {
      guard try item.text() == "training-weights" else {
        throw item.problem("bad_value", "only \"training-weights\" can be unclear")
      }
      flows.insert(.trainingWeightsUnclear)
    }
    let place = try reader.optional("clause")?.text() ?? ""
    let clause = try clause(
      reader, id: id, effect: effect, title: "Licence \(licence)",
      citation: place.isEmpty ? licence : "\(licence), \(place)")
    return Condition(clause: clause, flows: flows)
  }

  private mutating func clause(
    _ reader: PolicyReader, id: String, effect: RuleEffect, title: String, citation: String
  ) throws(Problem) -> Clause {
    let sentence = try filled(reader, "sentence")
    let confidence = try reader.member("confidence").word(Confidence.self)
    var obligations: [Obligation] = []
    for item in try reader.optional("obligations")?.elements() ?? [] {
      let name = try item.member("id").text()
      guard let fact = parts.compiler.vocabulary.index[ByteName(Vocabulary.dutyPrefix + name)]
      else {
        throw item.problem("unknown_fact", "the duty \(name) was not announced")
      }
      obligations.append(Obligation(id: name, text: try filled(item, "text"), fact: fact))
    }
    guard (effect == .obligation) == !obligations.isEmpty else {
      throw reader.problem("bad_value", "\"obligations\" belongs to the effect obligation")
    }
    var onRefused = RuleEffect.deny
    if effect == .obligation {
      let word = try reader.member("on_refused")
      onRefused = try word.word(RuleEffect.self)
      guard onRefused == .deny || onRefused == .review else {
        throw word.problem("bad_value", "a refused duty is deny or review")
      }
    }
    let scope = try reader.optional("scope").map { part throws(Problem) in
      try parts.compiler.expression(part)
    }
    var when = try parts.compiler.expression(try reader.member("when"))
    if try reader.optional("needs_complete_lineage")?.flag() ?? false {
      when = try parts.compiler.needingCompleteLineage(when, reader)
    }
    let unless = try reader.optional("unless").map { part throws(Problem) in
      try parts.compiler.expression(part)
    }
    return Clause(
      id: id,
      gate: Gate(effect: effect, onRefused: onRefused, scope: scope, when: when, unless: unless),
      title: title, sentence: sentence, citation: citation, confidence: confidence,
      obligations: obligations)
  }

  private func filled(_ reader: PolicyReader, _ key: String) throws(Problem) -> String {
    let member = try reader.member(key)
    let text = try member.text()
    guard !text.isEmpty else { throw member.problem("missing_field", "\"\(key)\" is empty") }
    return text
  }

  private func applies(_ reader: PolicyReader) throws(Problem) -> [AppliesInterval] {
    let list = try reader.member("applies")
    var intervals: [AppliesInterval] = []
    for item in try list.elements() {
      try item.only(["from", "to", "status", "note"])
      let (from, to) = try days(item)
      intervals.append(
        AppliesInterval(
          from: from, to: to, status: try item.member("status").word(RuleStatus.self),
          note: try item.optional("note")?.text()))
    }
    guard !intervals.isEmpty else {
      throw list.problem("missing_field", "a rule without an interval has no status")
    }
    try PackChecks.refuseOverlaps(intervals.map { ($0.from, $0.to) }, list)
    return intervals
  }

  private func days(_ reader: PolicyReader) throws(Problem) -> (Int, Int) {
    let from = try reader.member("from").day().daysSinceEpoch
    _ = try reader.member("to")
    let to = try reader.optional("to")?.day().daysSinceEpoch ?? Int.max
    guard from <= to else { throw reader.problem("bad_value", "\"from\" comes after \"to\"") }
    return (from, to)
  }
}
