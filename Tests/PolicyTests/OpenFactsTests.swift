import Base
import Testing

@testable import Policy

@Suite("What is open")
struct OpenFactsTests {
  private let flag: JSON = ["fact": "f.flag", "eq": true]
  private let other: JSON = ["fact": "f.other", "eq": true]

  private func open(
    _ list: [JSON], _ scenario: JSON = question(), bounds: [FactBound] = []
  ) throws -> [OpenFact] {
    var request = try PolicyRequest(scenario: scenario)
    request.bounds = bounds
    return try Policy.openFacts(try smallPack(rules(list)), request)
  }

  @Test("is said all at once, by how much one answer settles, each fact once")
  func ranked() throws {
    let big: JSON = ["fact": "f.count", "gt": 5]
    let list = [
      rule("a"), rule("b"), rule("c", "deny", ["when": ["all": [flag, other]]]),
      rule("d", "deny", ["when": ["all": [other, big]]]),
    ]
    let found = try open(list)
    #expect(found.map(\.fact) == ["f.flag", "f.other", "f.count"])
    // No settles a, b and c; no settles c and d; a small count settles d.
    #expect(found.map(\.wouldClose) == [3, 2, 1])
    #expect(found.allSatisfy { $0.why.contains("T") && !$0.question.isEmpty })
    #expect(try open(list, question(["f.flag": false, "f.other": false])).isEmpty)
  }

  @Test("leaves nothing to ask once all of it is answered")
  func complete() throws {
    let pack = try PolicyPack.shipped()
    let profile: JSON = [
      "request": [
        "use": "commercial-product", "form": "hosted-api", "deploy_to": ["DE", "US"],
        "as": "deployer", "date": "2026-11-30",
      ],
      "model": ["licence": "MIT"],
    ]
    let found = try Policy.openFacts(pack, try PolicyRequest(profile: profile))
    #expect(found.count > 10)
    #expect(Set(found.map(\.fact)).count == found.count)
    #expect(found.map(\.wouldClose) == found.map(\.wouldClose).sorted(by: >))
    var answered = profile
    for open in found {
      let fact = try #require(pack.questions.first { $0.fact == open.fact })
      let word =
        switch fact.type {
        case .bool: "no"
        case .integer, .number: "1"
        case .region: "DE"
        case .regions: "none"
        case .date: "2026-01-01"
        case .choice, .choices: fact.values.last ?? ""
        case .string, .licence: "MIT"
        }
      answered = answered.profile(with: [try pack.change(open.fact, word)])
    }
    #expect(try Policy.openFacts(pack, try PolicyRequest(profile: answered)).isEmpty)
  }

  @Test("has a short list whose answers free the use, each supposed after the one before")
  func shortList() throws {
    let big: JSON = ["fact": "f.count", "gt": 5]
    func listed(_ list: [JSON]) throws -> [String] {
      try open(list).filter(\.isOnShortList).map(\.fact)
    }
    let both = rule("c", "deny", ["when": ["all": [flag, other]]])
    #expect(try listed([rule("a"), rule("b"), both]) == ["f.flag"])
    #expect(
      try listed([rule("a"), rule("d", "deny", ["when": ["all": [other, big]]])])
        == ["f.flag", "f.other"])
    // Alone neither frees the second; once the flag is known to be off, a small count does.
    let either = rule("e", "deny", ["when": ["any": [["all": [flag, other]], big]]])
    #expect(try listed([rule("a"), either]) == ["f.flag", "f.count"])
    // Where no single answer frees, all that is asked first stands on the list.
    let two = rule("g", "deny", ["when": ["any": [flag, other]]])
    #expect(try listed([two]) == ["f.flag", "f.other"])
  }

  @Test("has a short list of the shipped rules that settles all of it", arguments: ["DE", "US"])
  func shippedShortList(place: String) throws {
    let pack = try PolicyPack.shipped()
    let profile: JSON = [
      "request": [
        "use": "internal-business", "form": "internal", "deploy_to": [.string(place)],
        "as": "deployer", "date": "2026-11-30",
      ],
      "model": ["licence": "LicenseRef-gemma-terms-2025-03-24"],
    ]
    var request = try PolicyRequest(profile: profile)
    request.bounds = [
      FactBound("end_user.country", within: [place])
    ]
    let found = try Policy.openFacts(pack, request)
    let short = found.filter(\.isOnShortList)
    #expect(found.count > 15 && short.count <= 10)
    #expect(short.filter { !$0.isAboutAsker }.map(\.fact) == ["training.location"])
    var answered = profile
    for open in short {
      let fact = try #require(pack.questions.first { $0.fact == open.fact })
      let word =
        switch fact.type {
        case .bool: "no"
        case .regions: "none"
        default: open.fact == "service.operator" ? "own" : "private"
        }
      answered = answered.profile(with: [try pack.change(open.fact, word)])
    }
    request = try PolicyRequest(profile: answered)
    request.bounds = [
      FactBound("end_user.country", within: [place])
    ]
    #expect(try Policy.openFacts(pack, request).isEmpty)
  }

  @Test("asks for an exception only once the rule holds otherwise")
  func exceptions() throws {
    let list = [rule("a", "deny", ["unless": other]), rule("b", "deny", ["unless": other])]
    let found = try open(list)
    #expect(found.map(\.fact) == ["f.flag", "f.other"])
    #expect(found.map(\.wouldClose) == [2, 0])
    let held = try open(list, question(["f.flag": true]))
    #expect(held.map(\.fact) == ["f.other"] && held.map(\.wouldClose) == [2])
  }

  @Test("knows what a question without its required facts lacks")
  func required() throws {
    let pack = try smallPack(
      rules([rule("a", "deny", ["when": ["fact": "request.use", "eq": "a"]])]))
    let bare = try PolicyRequest(
      scenario: ["request": ["date": "2026-01-01"], "model": ["licence": "FREE"]])
    #expect(throws: Problem.self) { try Policy.evaluate(pack, bare) }
    #expect(try Policy.openFacts(pack, bare).map(\.fact) == ["request.use"])
  }

  @Test("names licences and edges that nobody gave")
  func attributes() throws {
    let edge: JSON = ["id": "b", "relation": "merged", "grade": "suspected", "licence": "NC"]
    let found = try open([], question(edges: [edge], licence: nil))
    #expect(Set(found.map(\.fact)) == ["model.licence", "edge:b>model"])
  }
}

@Suite("A bound")
struct FactBoundTests {
  private func place(_ code: JSON) -> JSON { ["fact": "f.place", "eq": code] }
  private let flag: JSON = ["fact": "f.flag", "eq": true]

  private func decide(
    _ list: [JSON], _ facts: JSONObject = [:], within regions: [String]
  ) throws -> (PolicyDecision, [OpenFact]) {
    var request = try PolicyRequest(scenario: question(facts))
    request.bounds = [FactBound("f.place", within: regions)]
    let pack = try smallPack(rules(list))
    return (try Policy.evaluate(pack, request), try Policy.openFacts(pack, request))
  }

  @Test("settles what every place within it settles, and only that")
  func settles() throws {
    let list = [
      rule("fr", "deny", ["scope": place("FR"), "when": flag]),
      rule("de", "deny", ["scope": place("DE"), "when": flag]),
      rule("by", "deny", ["scope": place("DE-BY"), "when": flag]),
      rule("in", "deny", ["scope": ["fact": "f.place", "within": ["DE"]], "when": flag]),
    ]
    let (decision, open) = try decide(list, within: ["DE"])
    #expect(decision.findings.map(\.id) == ["by", "de", "in"])
    #expect(open.map(\.fact) == ["f.flag"])
    // Only the place is open now, so it is asked for.
    let (known, left) = try decide(list, ["f.flag": true], within: ["DE"])
    #expect(known.verdict == .deny)
    #expect(left.map(\.fact) == ["f.place"])
  }

  @Test("never allows by itself: what alone stands against a rule is somebody's word")
  func neverAllows() throws {
    let list = [rule("fr", "deny", ["scope": place("FR"), "when": flag])]
    let (decision, open) = try decide(list, within: ["DE"])
    #expect(decision.verdict == .review)
    #expect(open.map(\.fact) == ["f.flag"])
    #expect(try decide(list, ["f.flag": false], within: ["DE"]).0.verdict == .allow)
    #expect(try decide(list, ["f.place": "DE"], within: ["DE"]).0.verdict == .allow)
  }

  @Test("says nothing where the place is given, or the world is meant")
  func silent() throws {
    let list = [rule("fr", "deny", ["scope": place("FR"), "when": ["const": true]])]
    #expect(try decide(list, ["f.place": "FR"], within: ["DE"]).0.verdict == .deny)
    #expect(try decide(list, within: ["*"]).0.findings.map(\.id) == ["fr"])
    #expect(try decide(list, within: ["DE", "FR"]).0.findings.map(\.id) == ["fr"])
  }

  @Test("holds on every day of a timeline")
  func timeline() throws {
    let list = [
      rule("fr", "deny", ["scope": place("FR"), "when": flag]),
      rule("a", "review", ["when": ["const": true]]),
    ]
    var request = try PolicyRequest(scenario: question())
    request.bounds = [FactBound("f.place", within: ["DE"])]
    let timeline = try PolicyTimeline(try smallPack(rules(list)), request)
    for day in ["2026-01-01", "2027-01-01"] {
      let day = try #require(CalendarDay(day))
      #expect(timeline.answer(on: day).findings == ["a true review"])
    }
  }
}

@Suite("An edge of a table")
struct FittingEdgeTests {
  @Test("loses a developer that the pack does not know, and nothing else")
  func developers() throws {
    let pack = try smallPack(rules([]))
    var edge = LineageEdge(
      ancestor: "b", child: "model", relation: .copy, grade: .stated, developer: "x", origin: "DE")
    #expect(pack.fitting(edge) == edge)
    edge.developer = "nobody"
    #expect(pack.fitting(edge).developer == nil && pack.fitting(edge).origin == "DE")
  }
}
