import Base
import Testing

@testable import Policy

@Suite("Loading a pack")
struct LoadingTests {
  static let refusals: [(String, [JSON], String, String)] = [
    (
      "an unknown fact", [rule("r", "deny", ["when": ["fact": "f.flagg", "eq": true]])],
      "unknown_fact", "/rules/0/when/fact"
    ),
    (
      "an unknown operator", [rule("r", "deny", ["when": ["fact": "f.flag", "is": true]])],
      "unknown_operator", "/rules/0/when/is"
    ),
    (
      "an operator of another type", [rule("r", "deny", ["when": ["fact": "f.flag", "gt": 1]])],
      "bad_operator", "/rules/0/when/gt"
    ),
    (
      "a value of another type", [rule("r", "deny", ["when": ["fact": "f.count", "eq": "5"]])],
      "bad_value", "/rules/0/when/eq"
    ),
    (
      "an unknown group", [rule("r", "deny", ["when": ["fact": "f.place", "within": ["@H"]]])],
      "unknown_group", "/rules/0/when/within/0"
    ),
    (
      "an unknown definition", [rule("r", "deny", ["when": ["ref": "nothing"]])],
      "unknown_definition", "/rules/0/when/ref"
    ),
    (
      "a misspelt key", [rule("r", "deny", ["unles": ["const": true]])], "unknown_field",
      "/rules/0/unles"
    ),
    ("no citation", [rule("r", "deny", ["citation": nil])], "missing_field", "/rules/0"),
    (
      "an empty sentence", [rule("r", "deny", ["sentence": ""])], "missing_field",
      "/rules/0/sentence"
    ),
    ("no confidence", [rule("r", "deny", ["confidence": nil])], "missing_field", "/rules/0"),
    ("no interval", [rule("r", "deny", ["applies": []])], "missing_field", "/rules/0/applies"),
    ("an id used twice", [rule("r"), rule("r")], "duplicate_id", "/rules/1/id"),
    ("an allow-rule that defeats nothing", [rule("r", "allow")], "bad_value", "/rules/0"),
    (
      "a duty nobody named", [rule("r", "obligation", ["on_refused": "deny"])], "bad_value",
      "/rules/0"
    ),
    (
      "an empty list", [rule("r", "deny", ["when": ["fact": "f.place", "within": []]])],
      "bad_value", "/rules/0/when/within"
    ),
    (
      "a field of no edge",
      [
        rule(
          "r", "deny", ["when": ["some_ancestor": ["path": "any", "where": ["colour": ["red"]]]]])
      ],
      "unknown_field", "/rules/0/when/some_ancestor/where/colour"
    ),
  ]

  @Test("refuses a rule with a fault and names the place", arguments: refusals.indices)
  func refuses(index: Int) {
    let (what, list, code, place) = Self.refusals[index]
    let problem = #expect(throws: Problem.self, "\(what)") { try smallPack(rules(list)) }
    #expect(problem?.code == code, "\(what)")
    #expect(problem?.place == "jurisdictions.json#" + place, "\(what)")
    #expect(problem?.exitCode == .malformed)
  }

  @Test("refuses two statuses on one day")
  func overlap() {
    let applies: JSON = [
      ["from": "2020-01-01", "to": "2021-01-01", "status": "proposed"],
      ["from": "2021-01-01", "to": nil, "status": "in_force"],
    ]
    #expect(throws: Problem.self) {
      try smallPack(rules([rule("r", "deny", ["applies": applies])]))
    }
  }

  @Test("refuses exemptions that lead back to themselves")
  func defeatCycle() {
    let circle = [
      rule("a", "allow", ["defeats": ["b"]]), rule("b", "allow", ["defeats": ["a"]]),
    ]
    let problem = #expect(throws: Problem.self) { try smallPack(rules(circle)) }
    #expect(problem?.code == "defeats_cycle")
    let unknown = [rule("a", "allow", ["defeats": ["nobody"]])]
    #expect(throws: Problem.self) { try smallPack(rules(unknown)) }
  }

  @Test("refuses definitions that name each other in a circle, and those that explode")
  func definitions() {
    let circle: JSON = ["a": ["ref": "b"], "b": ["not": ["ref": "a"]]]
    #expect(throws: Problem.self) { try smallPack(rules([], ["definitions": circle])) }
    // Each doubles the one before: 2^40 parts in forty lines.
    var doubling: JSONObject = ["d0": ["fact": "f.flag", "eq": true]]
    for level in 1...40 {
      let below: JSON = ["ref": .string("d\(level - 1)")]
      doubling["d\(level)"] = ["all": [below, below]]
    }
    let problem = #expect(throws: Problem.self) {
      try smallPack(rules([], ["definitions": .object(doubling)]))
    }
    #expect(problem?.code == "too_large")
  }

  @Test("refuses a family of thresholds that leaves a gap")
  func thresholdGap() throws {
    func band(_ id: String, _ parts: [JSON]) -> JSON {
      rule(id, "deny", ["when": ["all": .array(parts)]])
    }
    let low = band("fam.low", [["fact": "f.size", "gt": 10], ["fact": "f.size", "le": 20]])
    let high = band("fam.high", [["fact": "f.size", "gt": 20]])
    let later = band("fam.high", [["fact": "f.size", "gt": 21]])
    let open = band("fam.low", [["fact": "f.size", "gt": 10], ["fact": "f.size", "lt": 20]])
    _ = try smallPack(rules([low, high]))
    #expect(throws: Problem.self) { try smallPack(rules([low, later])) }
    #expect(throws: Problem.self) { try smallPack(rules([open, high])) }
  }

  @Test("refuses a duty that two rules claim")
  func dutyTwice() {
    let duty: JSON = [["id": "d", "text": "do it"]]
    let list = ["a", "b"].map {
      rule($0, "obligation", ["obligations": duty, "on_refused": "deny"])
    }
    #expect(throws: Problem.self) { try smallPack(rules(list)) }
  }
}
