// Random packs and questions over the small vocabulary, for laws and for the reference twin.

import Base

@testable import Policy

struct PackGenerator {
  var random: CounterRandom

  init(seed: UInt64) { random = CounterRandom(seed: seed, stream: 0) }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
  mutating func chance(_ share: Double) -> Bool { random.uniform() < share }
  mutating func one<Element>(of list: [Element]) -> Element { list[below(list.count)] }

  static let places = ["DE", "FR", "FR-75", "US", "US-TX", "KP"]
  static let relations = ["copy", "finetuned", "merged", "distilled", "data", "architecture"]

  // MARK: Rules

  mutating func atom() -> JSON {
    let place = JSON.string(one(of: Self.places))
    let count: JSON = ["fact": "f.count", one(of: ["gt", "ge", "lt", "le"]): 5]
    let atoms: [JSON] = [
      ["fact": "f.flag", "eq": true], ["fact": "f.other", "eq": false],
      count,
      ["fact": "f.size", "gt": 1e25], ["fact": "f.day", "lt": "2025-08-02"],
      ["fact": "f.place", "within": [place, "@G"]], ["fact": "f.place", "overlaps": [place]],
      ["fact": "f.places", "any_of": [place]], ["fact": "f.places", "all_within": ["@G", place]],
      ["fact": "f.places", "overlaps": [place]], ["fact": "f.kinds", "any_of": ["p", "q"]],
      ["fact": "f.kinds", "has": "r"], ["fact": "request.use", "in": ["a", "c"]],
      ["fact": "model.name", "starts_with": "Ll"],
    ]
    return one(of: atoms)
  }

  mutating func quantifier() -> JSON {
    let wheres: [JSON] = [
      ["origin": ["DE", "@G"]], ["developer": ["x"]], ["developer": ["x", "y"], "origin": ["US"]],
      ["route": ["api"], "by": ["self"], "api_train": ["forbidden"]], ["licence": ["NC"]],
    ]
    let path = one(of: ["derivation", "training", "any"])
    let ask: JSON = ["path": .string(path), "where": one(of: wheres)]
    switch below(3) {
    case 0: return ["some_ancestor": ask]
    case 1: return ["some_node": ["path": ask["path"] ?? nil, "where": wheres[below(3)]]]
    default: return ["every_node": ["path": ask["path"] ?? nil, "where": wheres[below(3)]]]
    }
  }

  mutating func expression(_ depth: Int) -> JSON {
    if depth == 0 { return chance(0.8) ? atom() : quantifier() }
    switch below(6) {
    case 0, 1: return ["all": .array((0...below(3)).map { _ in expression(depth - 1) })]
    case 2, 3: return ["any": .array((0...below(3)).map { _ in expression(depth - 1) })]
    case 4: return ["not": expression(depth - 1)]
    default: return chance(0.1) ? ["as_of": ["lt": "2026-06-01"]] : atom()
    }
  }

  mutating func pack() -> JSON {
    var list: [JSON] = []
    let count = 1 + below(5)
    for index in 0..<count {
      var changes: JSONObject = ["when": expression(2)]
      if chance(0.5) { changes["scope"] = expression(1) }
      if chance(0.3) { changes["unless"] = expression(1) }
      if chance(0.2) { changes["review_by"] = "2025-12-31" }
      if chance(0.2) { changes["needs_complete_lineage"] = true }
      let status = one(of: ["in_force", "in_force", "adopted", "proposed", "not_enforced"])
      changes["applies"] = [["from": "2020-01-01", "to": nil, "status": .string(status)]]
      var effect = one(of: ["deny", "deny", "review", "obligation", "allow"])
      if effect == "allow", index == 0 { effect = "deny" }
      if effect == "allow" { changes["defeats"] = [.string("r\(below(index))")] }
      if effect == "obligation" {
        changes["obligations"] = [["id": .string("d\(index)"), "text": "do"]]
        changes["on_refused"] = .string(one(of: ["deny", "review"]))
      }
      list.append(rule("r\(index)", effect, changes))
    }
    return rules(list)
  }

  // MARK: Questions

  mutating func value(of fact: String) -> JSON {
    switch fact {
    case "f.flag", "f.other", "model.lineage_complete": return .bool(chance(0.5))
    case "f.count": return JSON(4 + below(3))
    case "f.size": return one(of: [1e24, 1e25, 1.1e25])
    case "f.day": return one(of: ["2025-08-01", "2025-08-02"])
    case "f.place": return .string(one(of: Self.places))
    case "f.places": return JSON(Set((0..<below(3)).map { _ in one(of: Self.places + ["*"]) }))
    case "f.kinds": return JSON(["p", "q", "r"].filter { _ in chance(0.4) })
    case "model.name": return one(of: ["Llama", "Zeta"])
    case "model.origin": return .string(one(of: Self.places))
    case "model.developer": return .string(one(of: ["x", "y", "z"]))
    default: return one(of: ["done", "refused"])
    }
  }

  static let facts = [
    "f.flag", "f.other", "f.count", "f.size", "f.day", "f.place", "f.places", "f.kinds",
    "model.name", "model.origin", "model.developer", "model.lineage_complete",
  ]

  mutating func edges(_ count: Int) -> [JSON] {
    (0..<count).map { index in
      var edge: JSONObject = [
        "id": .string("n\(index)"),
        "child": .string(index == 0 || chance(0.4) ? "model" : "n\(below(index))"),
      ]
      if chance(0.9) { edge["relation"] = .string(one(of: Self.relations)) }
      if chance(0.8) { edge["grade"] = .string(one(of: ["signed", "declared", "suspected"])) }
      if chance(0.7) { edge["route"] = .string(one(of: ["weights", "outputs", "api"])) }
      if chance(0.7) { edge["origin"] = .string(one(of: Self.places)) }
      if chance(0.7) { edge["developer"] = .string(one(of: ["x", "y", "z"])) }
      if chance(0.8) { edge["licence"] = .string(one(of: ["FREE", "NC", "WHAT"])) }
      if chance(0.6) {
        edge["date"] = .string(one(of: ["2023-05-05", "2024-05-05", "2025-05-05"]))
      }
      return .object(edge)
    }
  }

  /// A question to a pack of `pack()`, each fact known with probability `known`.
  mutating func question(known: Double, duties: Bool = true, edgeCountMax: Int = 5) -> JSON {
    var facts: JSONObject = [:]
    for fact in Self.facts where chance(known) { facts[fact] = value(of: fact) }
    var nodes = edges(below(edgeCountMax + 1))
    // Sometimes a second way from the same ancestor.
    if duties, let first = nodes.last, chance(0.3) {
      var second = first.object ?? [:]
      second["child"] = "model"
      second["relation"] = .string(one(of: Self.relations))
      nodes.append(.object(second))
    }
    return PolicyTests.question(
      facts, edges: nodes, licence: one(of: ["FREE", "NC", "WHAT", nil]),
      more: ["horizon": .string(one(of: ["in_force", "enacted", "proposed"]))])
  }
}
