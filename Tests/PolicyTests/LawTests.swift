import Base
import Testing

@testable import Policy

@Suite("A decision")
struct LawTests {
  private let flag: JSON = ["fact": "f.flag", "eq": true]
  private let other: JSON = ["fact": "f.other", "eq": true]

  @Test("deny beats permit, whatever the order")
  func denyBeatsPermit() throws {
    let list = [
      rule("deny"), rule("review", "review"),
      rule("freed", "deny", ["when": flag]),
      rule("allow", "allow", ["when": flag, "defeats": ["freed"]]),
    ]
    for turn in 0..<list.count {
      let order = Array(list[turn...] + list[..<turn])
      let decision = try decide(smallPack(rules(order)), question(["f.flag": true]))
      #expect(decision.verdict == .deny)
      #expect(marks(decision) == ["deny deny true", "review review true"])
    }
  }

  @Test("an exemption that is not known makes a true bar unknown, and never drops it")
  func unknownExemption() throws {
    let unless = try smallPack(rules([rule("r", "deny", ["unless": other])]))
    let defeated = try smallPack(
      rules([rule("r"), rule("free", "allow", ["when": other, "defeats": ["r"]])]))
    for pack in [unless, defeated] {
      #expect(try decide(pack, question(["f.flag": true])).verdict == .review)
      #expect(try decide(pack, question(["f.flag": true, "f.other": true])).verdict == .allow)
      #expect(try decide(pack, question(["f.flag": true, "f.other": false])).verdict == .deny)
    }
  }

  @Test("a suspected edge never gives more than review")
  func suspectedCaps() throws {
    let when: JSON = ["some_ancestor": ["path": "derivation", "where": ["origin": ["DE"]]]]
    let pack = try smallPack(rules([rule("r", "deny", ["when": when])]))
    func edge(_ grade: JSON) -> JSON {
      ["id": "n", "relation": "finetuned", "grade": grade, "origin": "DE", "licence": "NC"]
    }
    let suspected = try decide(pack, question(edges: [edge("suspected")]))
    #expect(marks(suspected) == ["r deny unknown", "NC#nc deny unknown"])
    #expect(try decide(pack, question(edges: [edge(nil)])).verdict == .review)
    #expect(try decide(pack, question(edges: [edge("declared")])).verdict == .deny)
  }

  @Test("the declared licence of a fine-tune never washes away that of its base")
  func noWashing() throws {
    let pack = try smallPack(rules([]))
    let base: JSON = ["id": "b", "relation": "merged", "grade": "signed", "licence": "NC"]
    #expect(try decide(pack, question(edges: [base])).verdict == .deny)
  }

  @Test(
    "a status caps, a horizon widens",
    arguments: [
      ("in_force", "in_force", "deny"), ("adopted", "in_force", "allow"),
      ("adopted", "enacted", "deny"), ("proposed", "enacted", "allow"),
      ("proposed", "proposed", "deny"), ("not_enforced", "in_force", "review"),
      ("unconfirmed", "proposed", "review"), ("suspended", "proposed", "allow"),
      ("rescinded", "proposed", "allow"),
    ])
  func statuses(status: String, horizon: String, verdict: String) throws {
    let applies: JSON = [["from": "2020-01-01", "to": nil, "status": .string(status)]]
    let pack = try smallPack(rules([rule("r", "deny", ["applies": applies])]))
    let asked = question(["f.flag": true], more: ["horizon": .string(horizon)])
    #expect(try decide(pack, asked).verdict.rawValue == verdict)
  }

  @Test("intervals hold on both of their last days")
  func inclusive() throws {
    let applies: JSON = [["from": "2025-01-01", "to": "2025-06-30", "status": "in_force"]]
    let pack = try smallPack(rules([rule("r", "deny", ["applies": applies])]))
    let wanted: [(String, Verdict)] = [
      ("2024-12-31", .allow), ("2025-01-01", .deny), ("2025-06-30", .deny), ("2025-07-01", .allow),
    ]
    for (day, verdict) in wanted {
      let asked = question(
        ["f.flag": true], more: ["request": ["date": .string(day), "use": "a"]])
      #expect(try decide(pack, asked).verdict == verdict, "\(day)")
    }
  }

  @Test("a rule past its review date says so; a stale bar stays, a stale exemption frees nobody")
  func stale() throws {
    let old: JSONObject = ["review_by": "2025-12-31"]
    let bar = try smallPack(rules([rule("r", "deny", old)]))
    #expect(
      try marks(decide(bar, question(["f.flag": true])))
        == ["r deny true", "rules.stale review true"])
    let free = rule("free", "allow", ["defeats": ["r"], "review_by": "2025-12-31"])
    let decision = try decide(smallPack(rules([rule("r"), free])), question(["f.flag": true]))
    #expect(marks(decision) == ["r deny unknown", "rules.stale review true"])
    #expect(decision.stale == ["free"])
    // One whose scope lies elsewhere is not told.
    var elsewhere = old
    elsewhere["scope"] = other
    let apart = try smallPack(rules([rule("r", "deny", elsewhere)]))
    #expect(try decide(apart, question(["f.flag": true, "f.other": false])).stale.isEmpty)
  }

  @Test("a refused duty counts as its rule says; one that is due changes nothing")
  func duties() throws {
    let duty: JSON = [["id": "d", "text": "do it"]]
    let pack = try smallPack(
      rules([rule("r", "obligation", ["obligations": duty, "on_refused": "deny"])]))
    let due = try decide(pack, question(["f.flag": true]))
    #expect(due.verdict == .allow && due.duties.map(\.state) == [.due])
    let refused = try decide(pack, question(["f.flag": true, "duty.d": "refused"]))
    #expect(marks(refused) == ["r deny true"])
    let perhaps = try decide(pack, question(["duty.d": "refused"]))
    #expect(marks(perhaps) == ["r deny unknown"] && perhaps.possibleDuties.map(\.id) == ["d"])
    let done = try decide(pack, question(["f.flag": true, "duty.d": "done"]))
    #expect(done.verdict == .allow && done.duties.map(\.state) == [.met])
    #expect(refused.duties.map(\.state) == [.refused])
    let accepted = try decide(pack, question(["f.flag": true, "duty.d": "accepted"]))
    #expect(accepted.verdict == .allow && accepted.duties.map(\.state) == [.accepted])
    // What is not enforced asks for no more than a review, also when its duty is refused.
    let applies: JSON = [["from": "2020-01-01", "to": nil, "status": "not_enforced"]]
    let idle = try smallPack(
      rules([
        rule("r", "obligation", ["obligations": duty, "on_refused": "deny", "applies": applies])
      ]))
    #expect(
      try marks(decide(idle, question(["f.flag": true, "duty.d": "refused"])))
        == ["r review true"])
  }

  @Test("only what may be waived is waived, on the days of the waiver")
  func waivers() throws {
    let pack = try smallPack(
      rules([rule("law"), rule("contract", "deny", ["waivable": true])]))
    func waived(_ rule: String, _ to: String) throws -> PolicyDecision {
      let waiver: JSON = ["rule": .string(rule), "by": "B", "reason": "R", "to": .string(to)]
      return try decide(pack, question(["f.flag": true], more: ["waivers": [waiver]]))
    }
    let good = try waived("contract", "2026-01-01")
    #expect(good.waived.map(\.id) == ["contract"] && marks(good) == ["law deny true"])
    #expect(try waived("contract", "2025-12-31").notes == ["waiver.expired:contract"])
    #expect(try waived("law", "2026-01-01").notes == ["waiver.not-allowed:law"])
  }

  @Test("contradictions stand until a person settles them, never against the ledger")
  func contradictions() throws {
    let pack = try smallPack(rules([rule("r")]))
    func sources(_ grade: JSON) -> JSON {
      [["value": true, "grade": "stated"], ["value": false, "grade": grade]]
    }
    let override: JSON = [["fact": "f.flag", "value": true, "by": "B", "reason": "R"]]
    let open = try decide(pack, question(["f.flag": sources("declared")]))
    #expect(marks(open) == ["r deny unknown", "facts.conflict:f.flag review true"])
    let settled = question(["f.flag": sources("declared")], more: ["overrides": override])
    #expect(try marks(decide(pack, settled)) == ["r deny true"])
    let signed = question(["f.flag": sources("ledger")], more: ["overrides": override])
    #expect(
      try marks(decide(pack, signed)) == [
        "r deny unknown", "facts.conflict:f.flag review true",
        "override.refused:f.flag review true",
      ])
    // A contradiction that changes nothing is not told.
    let idle = try decide(pack, question(["f.flag": false, "f.other": sources("stated")]))
    #expect(idle.verdict == .allow)
    let beside = try decide(pack, question(["f.flag": true, "f.other": sources("stated")]))
    #expect(marks(beside) == ["r deny true"])
    // One that only exchanges what forbids the use is told.
    let either = try smallPack(
      rules([
        rule("x", "deny", ["when": other]),
        rule("y", "deny", ["when": ["fact": "f.other", "eq": false]]),
      ]))
    #expect(
      try marks(decide(either, question(["f.other": sources("stated")])))
        .contains("facts.conflict:f.other review true"))
  }

  @Test("a name outside the vocabulary is refused at its key, however its value is written")
  func unknownName() throws {
    let pack = try smallPack(rules([]))
    for value: JSON in [true, ["value": true], [["value": true], ["value": false]]] {
      let problem = #expect(throws: Problem.self) {
        try decide(pack, question(["f.flagg": value]))
      }
      #expect(problem?.code == "unknown_fact" && problem?.place == "/facts/f.flagg")
    }
    let problem = #expect(throws: Problem.self) {
      try decide(pack, question(["f.flag": [["value": true], ["value": 5]]]))
    }
    #expect(problem?.code == "bad_value" && problem?.place == "/facts/f.flag/1/value")
  }

  @Test("the same question gives the same bytes")
  func deterministic() throws {
    let pack = try PolicyPack.shipped()
    for scenario in pack.scenarios.prefix(20) where scenario.expect?["error"] == nil {
      let texts = try (0..<2).map { _ in try decide(pack, scenario.question).json().canonicalText }
      #expect(texts[0] == texts[1])
    }
  }
}
