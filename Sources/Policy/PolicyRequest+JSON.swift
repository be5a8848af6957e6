// Reading a question in the form of assay.scenarios/1.
//
// Promises: every key is known or refused; the keys of `request` and `model` are facts with that
// prefix; null and absence mean unknown. An array of objects is a list of candidates, any other
// array is one value.

import Base

extension PolicyRequest {
  /// Keys that a file of scenarios carries beside the question.
  static let scenarioKeys: Set<String> = ["expect", "why", "title", "area", "pair", "rules"]

  /// Reads a scenario object.
  public init(scenario: JSON) throws(Problem) {
    let reader = PolicyReader(file: "", json: scenario)
    try reader.only(
      Self.scenarioKeys.union([
        "id", "request", "model", "facts", "ancestors", "horizon", "waivers", "overrides",
      ]))
    self.init(
      id: try reader.optional("id")?.text() ?? "",
      horizon: try reader.optional("horizon")?.word(Horizon.self) ?? .inForce)
    for (section, prefix) in [("request", "request."), ("model", "model."), ("facts", "")] {
      for (key, value) in try reader.optional(section)?.members() ?? [] {
        try read(value, fact: prefix + key)
      }
    }
    for item in try reader.optional("ancestors")?.elements() ?? [] {
      edges.append(try Self.edge(item))
    }
    for item in try reader.optional("waivers")?.elements() ?? [] {
      waivers.append(try Self.waiver(item))
    }
    for item in try reader.optional("overrides")?.elements() ?? [] {
      overrides.append(try Self.override(item))
    }
  }

  /// Reads what one who asks says: a scenario without waivers, which are granted in the log, where
  /// they can be found and withdrawn.
  public init(profile: JSON) throws(Problem) {
    if let waivers = profile["waivers"], !waivers.isNull, waivers != [] {
      throw Problem(
        .malformed, "bad_value", place: "/waivers",
        reason: "a profile says who asks, and grants no exceptions",
        remedy: "grant them with `assay waive`")
    }
    try self.init(scenario: profile)
  }

  private mutating func read(_ reader: PolicyReader, fact: String) throws(Problem) {
    switch reader.json {
    case .object: try readCandidate(reader, fact: fact, namePlace: reader.pointer)
    case .array(let items) where !items.isEmpty && items.allSatisfy({ $0.object != nil }):
      for item in try reader.elements() {
        try readCandidate(item, fact: fact, namePlace: reader.pointer)
      }
    default:
      state(
        fact, reader.json, grade: .declared, origin: nil, place: reader.pointer,
        namePlace: reader.pointer)
    }
  }

  private mutating func readCandidate(
    _ reader: PolicyReader, fact: String, namePlace: String
  ) throws(Problem) {
    try reader.only(["value", "grade", "origin"])
    let value = try reader.member("value")
    state(
      fact, value.json, grade: try reader.optional("grade")?.word(FactGrade.self) ?? .declared,
      origin: try reader.optional("origin")?.text(), place: value.pointer, namePlace: namePlace)
  }

  private static func edge(_ reader: PolicyReader) throws(Problem) -> LineageEdge {
    try reader.only([
      "id", "child", "relation", "grade", "date", "route", "by", "licence", "developer", "origin",
      "direction",
    ])
    let id = try reader.member("id").text()
    guard !id.isEmpty else { throw reader.at("id").problem("bad_value", "an empty name") }
    var edge = LineageEdge(
      ancestor: id, child: try reader.optional("child")?.text() ?? "model",
      relation: try reader.optional("relation")?.word(Relation.self),
      grade: try reader.optional("grade")?.word(EdgeGrade.self) ?? .suspected)
    edge.direction = try reader.optional("direction")?.word(EdgeDirection.self) ?? .known
    edge.date = try reader.optional("date")?.day()
    edge.route = try reader.optional("route")?.word(EdgeRoute.self)
    edge.by = try reader.optional("by")?.text()
    guard ["self", "third-party"].contains(edge.by ?? "self") else {
      throw reader.at("by").problem("bad_value", "\"by\" is self or third-party")
    }
    edge.licence = try reader.optional("licence")?.text()
    edge.developer = try reader.optional("developer")?.text()
    edge.origin = try reader.optional("origin")?.text()
    return edge
  }

  private static func waiver(_ reader: PolicyReader) throws(Problem) -> Waiver {
    try reader.only(["rule", "by", "reason", "from", "to"])
    guard let by = try reader.optional("by")?.text(), !by.isEmpty,
      let reason = try reader.optional("reason")?.text(), !reason.isEmpty
    else {
      throw reader.problem(
        "waiver_without_reason", "a waiver says who gave it and why (\"by\", \"reason\")")
    }
    let waiver = Waiver(
      rule: try reader.member("rule").text(), by: by, reason: reason,
      from: try reader.optional("from")?.day(), to: try reader.optional("to")?.day())
    if let from = waiver.from, let to = waiver.to, from > to {
      throw reader.at("to").problem("bad_value", "the waiver ends before it begins")
    }
    return waiver
  }

  private static func override(_ reader: PolicyReader) throws(Problem) -> FactOverride {
    try reader.only(["fact", "value", "by", "reason"])
    guard let by = try reader.optional("by")?.text(), !by.isEmpty,
      let reason = try reader.optional("reason")?.text(), !reason.isEmpty
    else {
      throw reader.problem(
        "override_without_reason", "an override says who decided and why (\"by\", \"reason\")")
    }
    return FactOverride(
      fact: try reader.member("fact").text(), value: try reader.member("value").json, by: by,
      reason: reason)
  }
}
