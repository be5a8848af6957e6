// A question on many days: the timeline against the engine itself, day by day.

import Base
import TestSupport
import Testing

@testable import Policy

@Suite("A question on many days")
struct TimelineTests {
  /// Days that are asked one by one.
  private static let dayCount = 730

  private static func first() throws -> CalendarDay { try #require(CalendarDay("2026-01-01")) }

  private func day(_ text: String) throws -> CalendarDay { try #require(CalendarDay(text)) }

  /// Verdict, marks of the findings, duties and waived ids of `Policy.evaluate` as of a day.
  private func evaluated(
    _ pack: PolicyPack, _ request: PolicyRequest, on day: CalendarDay
  ) throws(Problem) -> PolicyTimeline.DayAnswer {
    var request = request
    request.statements.removeAll { $0.fact == "request.date" }
    request.state("request.date", .string(day.description), grade: .declared)
    let decision = try Policy.evaluate(pack, request, options: Policy.Options(missing: false))
    return PolicyTimeline.DayAnswer(
      verdict: decision.verdict,
      findings: decision.findings.map { "\($0.id) \($0.truth.word) \($0.effect.rawValue)" },
      duties: decision.duties.map { "\($0.id) \($0.state.rawValue)" }
        + decision.possibleDuties.map { "\($0.id) possible" },
      waived: decision.waived.map(\.id))
  }

  /// Holds a timeline against the engine on every day, and its last days against a search.
  private func check(
    _ pack: PolicyPack, _ request: PolicyRequest, days: Int, _ name: String
  ) throws {
    let first = try Self.first()
    let timeline = try PolicyTimeline(pack, request)
    let all = (0..<days).map { CalendarDay(daysSinceEpoch: first.daysSinceEpoch + $0) }
    let answers = try all.map { try evaluated(pack, request, on: $0) }
    var last: CalendarDay?
    for position in all.indices.reversed() {
      #expect(timeline.answer(on: all[position]) == answers[position], "\(name) \(all[position])")
      if position + 1 < all.count, answers[position + 1] != answers[position] {
        last = all[position]
      }
      let until = timeline.validUntil(from: all[position])
      // Beyond the days that were asked nothing is known here.
      if let last { #expect(until == last, "\(name) from \(all[position])") }
      if last == nil, let until { #expect(until >= all[all.count - 1], "\(name)") }
    }
    let turns = Set(timeline.turningDays(after: first))
    for (position, day) in all.enumerated().dropFirst()
    where answers[position] != answers[position - 1] {
      #expect(turns.contains(day), "\(name): \(day) turns the answer")
    }
  }

  static let profiles: [(String, JSONObject, JSONObject, String)] = [
    ("full", [:], [:], "MIT"),
    ("conversation", ["service.interacts_with_people": true], [:], "MIT"),
    (
      "media", ["service.generates_media": true, "service.deepfake": true],
      ["deploy_to": ["DE", "US-CA"]], "Apache-2.0"
    ),
    ("high risk", ["service.high_risk_annex3": true], ["deploy_to": ["FR"]], "MIT"),
    (
      "provider in the Union", ["actor.mau": 900_000_000],
      ["as": "provider", "form": "weights-published", "deploy_to": ["DE", "US", "CN", "KR"]],
      "LicenseRef-llama-3.1"
    ),
    ("for the state", ["contract.us_gsa_ai_clause": true], ["deploy_to": ["US"]], "CC-BY-NC-4.0"),
    ("open", ["end_user.kind": nil, "export.subject_to_ear": nil], ["deploy_to": ["CN"]], "MIT"),
  ]

  @Test(
    "is answered as the engine answers it, on each of two years' days",
    arguments: profiles.indices)
  func shipped(index: Int) throws {
    let (name, facts, request, licence) = Self.profiles[index]
    var scenario = try TinyProfiles.full(facts, request: request).object ?? [:]
    var asked = scenario["request"]?.object ?? [:]
    asked["date"] = "2026-01-01"
    scenario["request"] = .object(asked)
    var model = scenario["model"]?.object ?? [:]
    model["licence"] = .string(licence)
    scenario["model"] = .object(model)
    scenario["waivers"] = [
      [
        "rule": "CC-BY-NC-4.0#noncommercial", "by": "a", "reason": "b", "from": "2026-03-05",
        "to": "2026-07-09",
      ],
      ["rule": "us.gsa.american-ai", "by": "a", "reason": "b", "to": "2026-10-31"],
    ]
    try check(
      PolicyPack.shipped(), PolicyRequest(scenario: .object(scenario)), days: Self.dayCount, name)
  }

  /// Packs whose rules come and go within two months.
  @Test("is answered as the engine answers it, for random packs that turn on near days")
  func random() throws {
    var packs = PackGenerator(seed: 77)
    for round in 0..<60 {
      var rules: [JSON] = []
      for index in 0..<3 {
        func near() -> String {
          CalendarDay(daysSinceEpoch: 20_454 + packs.below(40)).description
        }
        let (from, to) = (near(), near())
        var changes: JSONObject = ["when": packs.expression(1), "waivable": true]
        changes["applies"] = [
          [
            "from": .string(min(from, to)), "to": packs.chance(0.5) ? nil : .string(max(from, to)),
            "status": "in_force",
          ]
        ]
        if packs.chance(0.4) { changes["review_by"] = .string(near()) }
        if packs.chance(0.4) {
          changes["when"] = [
            "all": [
              [
                "fact": "request.date",
                packs.one(of: ["lt", "le", "gt", "ge", "eq"]): .string(near()),
              ],
              packs.expression(1),
            ]
          ]
        } else if packs.chance(0.3) {
          changes["unless"] = ["as_of": [packs.one(of: ["lt", "ge"]): .string(near())]]
        }
        rules.append(PolicyTests.rule("r\(index)", packs.one(of: ["deny", "review"]), changes))
      }
      guard let pack = try? smallPack(PolicyTests.rules(rules)) else { continue }
      let span = ["2026-01-05", "2026-01-20"].map { JSON.string($0) }
      let waiver: JSON = ["rule": "r0", "by": "a", "reason": "b", "from": span[0], "to": span[1]]
      var asked = packs.question(known: 0.8).object ?? [:]
      asked["horizon"] = "in_force"
      if packs.chance(0.5) { asked["waivers"] = [waiver] }
      try check(pack, PolicyRequest(scenario: .object(asked)), days: 50, "round \(round)")
    }
  }

  @Test("turns where a rule begins, ends or is due, a day is named, a waiver begins or has ended")
  func turns() throws {
    let pack = try smallPack(
      rules([
        rule(
          "a", "deny",
          [
            "applies": [
              ["from": "2026-02-01", "to": "2026-02-10", "status": "in_force"]
            ]
          ]),
        rule("b", "deny", ["review_by": "2026-03-01", "when": ["fact": "f.other", "eq": true]]),
        rule("c", "deny", ["when": ["fact": "request.date", "ge": "2026-04-01"]]),
        rule("d", "deny", ["when": ["as_of": ["gt": "2026-05-01"]]]),
      ]))
    let waiver: JSON = [
      "rule": "NC#nc", "by": "a", "reason": "b", "from": "2026-06-01", "to": "2026-06-10",
    ]
    let asked = question(["f.flag": true], more: ["waivers": [waiver]])
    let timeline = try PolicyTimeline(pack, PolicyRequest(scenario: asked))
    func text(after: String) throws -> [String] {
      try timeline.turningDays(after: day(after)).map(\.description)
    }
    let all = try text(after: "2026-01-01")
    for day in [
      "2026-02-01", "2026-02-11", "2026-03-02", "2026-04-01", "2026-05-02", "2026-06-01",
      "2026-06-11",
    ] { #expect(all.contains(day), "\(day)") }
    #expect(all == all.sorted())
    #expect(try text(after: "2026-02-01").first == "2026-02-11")
    func until(_ text: String) throws -> String? {
      try timeline.validUntil(from: day(text))?.description
    }
    #expect(try until("2026-01-01") == "2026-01-31")
    #expect(try until("2026-01-31") == "2026-01-31")
    #expect(try until("2026-02-01") == "2026-02-10")
    #expect(try until("2026-02-11") == "2026-03-01")
    #expect(try until("2026-03-02") == "2026-03-31")
    #expect(try until("2026-04-01") == "2026-05-01")
    #expect(try until("2026-05-02") == nil, "the waiver waives nothing that was found")
  }

  @Test("tells which rules say something else than before")
  func changedRules() throws {
    let pack = try smallPack(
      rules([
        rule("a", "deny", ["applies": [["from": "2026-02-01", "to": nil, "status": "in_force"]]]),
        rule(
          "b", "review", ["applies": [["from": "2020-01-01", "to": nil, "status": "in_force"]]]),
      ]))
    let timeline = try PolicyTimeline(pack, PolicyRequest(scenario: question(["f.flag": true])))
    let (before, after) = (
      timeline.answer(on: try day("2026-01-31")), timeline.answer(on: try day("2026-02-01"))
    )
    #expect(after.changedRules(since: before) == ["a"])
    #expect(before.changedRules(since: after) == ["a"])
    #expect(after.changedRules(since: after) == [])
    #expect(before.verdict == .review && after.verdict == .deny)
  }

  @Test("throws what the engine throws")
  func throwing() throws {
    let pack = try smallPack(rules([rule("a")]))
    let request = try PolicyRequest(scenario: question(["no.such.fact": true]))
    let problem = #expect(throws: Problem.self) { try PolicyTimeline(pack, request) }
    #expect(problem?.code == "unknown_fact")
  }
}
