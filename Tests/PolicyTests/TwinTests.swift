import Base
import ReferenceTwins
import Testing

@testable import Policy

@Suite("Random packs")
struct TwinTests {
  static let seeds = UInt64(1)...300

  @Test("are answered as the reference twin answers them", arguments: seeds)
  func twin(seed: UInt64) throws {
    var generator = PackGenerator(seed: seed)
    let file = generator.pack()
    let pack = try smallPack(file)
    let twin = PolicyTwin(
      jurisdictions: file, licenceRules: smallLicences, apiTerms: smallTerms)
    for _ in 0..<8 {
      let asked = generator.question(known: 0.7)
      let wanted = twin.answer(asked)
      let decision = try decide(pack, asked)
      #expect(
        decision.verdict.rawValue == wanted.verdict && marks(decision) == wanted.findings,
        "seed \(seed): \(file.canonicalText) \(asked.canonicalText)")
    }
  }

  @Test(
    "learning a fact turns neither deny nor allow; forgetting one never allows", arguments: seeds)
  func monotone(seed: UInt64) throws {
    var generator = PackGenerator(seed: seed &+ 10_000)
    let pack = try smallPack(generator.pack())
    for _ in 0..<8 {
      let asked = generator.question(known: 0.6)
      let before = try decide(pack, asked).verdict
      var facts = asked["facts"]?.object ?? [:]
      let name = generator.one(of: PackGenerator.facts)
      let isKnown = facts[name] != nil
      facts[name] = isKnown ? nil : generator.value(of: name)
      var changed = asked.object ?? [:]
      changed["facts"] = .object(facts)
      let after = try decide(pack, .object(changed)).verdict
      if isKnown {
        #expect(before == .allow || after != .allow, "seed \(seed) forgot \(name)")
      } else if before != .review {
        #expect(after == before, "seed \(seed) learned \(name)")
      }
    }
  }

  @Test("are answered alike whatever the order of rules, facts and edges", arguments: seeds)
  func order(seed: UInt64) throws {
    var generator = PackGenerator(seed: seed &+ 20_000)
    let file = generator.pack()
    let turned = rules((file["rules"]?.array ?? []).reversed())
    let asked = generator.question(known: 0.7)
    var mirrored = asked.object ?? [:]
    mirrored["ancestors"] = .array((asked["ancestors"]?.array ?? []).reversed())
    mirrored["facts"] = .object(
      JSONObject((asked["facts"]?.object?.members ?? []).reversed().map { ($0.key, $0.value) }))
    let one = try decide(smallPack(file), asked)
    let other = try decide(smallPack(turned), .object(mirrored))
    #expect(one.verdict == other.verdict && marks(one) == marks(other))
    #expect(one.missing == other.missing)
  }
}

@Suite("What is missing")
struct MissingTests {
  /// Values that together reach every class of the generator's atoms.
  static let domains: [String: [JSON]] = [
    "f.flag": [true, false], "f.other": [true, false], "f.count": [4, 5, 6],
    "f.size": [1e24, 1e25, 2e25], "f.day": ["2025-08-01", "2025-08-02"],
    "f.place": ["DE", "FR", "FR-75", "FR-13", "US", "US-TX", "US-CA", "KP", "ZZ"],
    "model.name": ["Llama", "Zeta"], "model.lineage_complete": [true, false],
  ]

  /// The question with values for some unknowns.
  private func supposing(_ asked: JSON, _ choices: [(String, JSON)]) -> JSON {
    var object = asked.object ?? [:]
    var facts = asked["facts"]?.object ?? [:]
    var edges = asked["ancestors"]?.array ?? []
    for (name, value) in choices {
      guard name.hasPrefix("edge:") else {
        facts[name] = value
        continue
      }
      for index in edges.indices {
        let edge = edges[index]
        let own = "edge:\(edge["id"]?.string ?? "")>\(edge["child"]?.string ?? "")"
        guard own == name else { continue }
        var changed = edge.object ?? [:]
        changed["grade"] = "signed"
        // An edge of the class none is on no path: refuted.
        if value == false { changed["relation"] = "evaluated" }
        edges[index] = .object(changed)
      }
    }
    object["facts"] = .object(facts)
    object["ancestors"] = .array(edges)
    return .object(object)
  }

  private func verdicts(
    _ pack: PolicyPack, _ asked: JSON, _ names: [String]
  ) throws -> Set<Verdict> {
    var choices: [[(String, JSON)]] = [[]]
    for name in names {
      let values = Self.domains[name] ?? [true, false]
      choices = choices.flatMap { chosen in values.map { chosen + [(name, $0)] } }
    }
    return Set(
      try choices.map {
        try Policy.evaluate(
          pack, PolicyRequest(scenario: supposing(asked, $0)), options: .init(missing: false)
        ).verdict
      })
  }

  private func bruteForce(
    _ pack: PolicyPack, _ asked: JSON, _ unknowns: [String], _ verdict: Verdict
  ) throws -> Set<Set<String>> {
    var found: [Set<String>] = []
    for size in 1...2 {
      for names in combinations(unknowns, size)
      where !found.contains(where: { $0.isSubset(of: names) }) {
        if try verdicts(pack, asked, names).contains(verdict) { found.append(Set(names)) }
      }
    }
    return Set(found)
  }

  private func combinations(_ names: [String], _ size: Int) -> [[String]] {
    if size == 0 { return [[]] }
    return names.indices.flatMap { index in
      combinations(Array(names[(index + 1)...]), size - 1).map { [names[index]] + $0 }
    }
  }

  @Test("is what trying every value finds", arguments: UInt64(1)...120)
  func exact(seed: UInt64) throws {
    var generator = PackGenerator(seed: seed &+ 30_000)
    let pack = try smallPack(generator.pack())
    for _ in 0..<4 {
      let asked = fixing(generator.question(known: 0.6, duties: false, edgeCountMax: 3), &generator)
      let decision = try decide(pack, asked)
      guard decision.verdict == .review, let missing = decision.missing else { continue }
      var unknowns = Self.domains.keys.filter { asked["facts"]?[$0] == nil }.sorted()
      for edge in asked["ancestors"]?.array ?? []
      where !["signed", "declared"].contains(edge["grade"]?.string ?? "") {
        unknowns.append("edge:\(edge["id"]?.string ?? "")>\(edge["child"]?.string ?? "")")
      }
      for (found, verdict) in [(missing.toAllow, Verdict.allow), (missing.toDeny, .deny)] {
        let small = Set(found.filter { $0.count <= 2 }.map { Set($0) })
        #expect(
          try small == bruteForce(pack, asked, unknowns, verdict),
          "seed \(seed), \(verdict): \(asked.canonicalText)")
      }
      #expect(missing.complete)
    }
  }

  /// Facts whose domain is not tried are made known.
  private func fixing(_ asked: JSON, _ generator: inout PackGenerator) -> JSON {
    var object = asked.object ?? [:]
    var facts = asked["facts"]?.object ?? [:]
    for name in PackGenerator.facts where Self.domains[name] == nil && facts[name] == nil {
      facts[name] = generator.value(of: name)
    }
    object["facts"] = .object(facts)
    return .object(object)
  }

  @Test("the one change that turns a decision is told")
  func flips() throws {
    let pack = try smallPack(rules([rule("r", "deny", ["when": ["fact": "f.count", "gt": 5]])]))
    let request = try PolicyRequest(scenario: question(["f.count": 5, "f.flag": true]))
    let decision = try Policy.evaluate(pack, request, options: .init(flips: true))
    #expect(decision.verdict == .allow)
    #expect(decision.flips == [Flip(fact: "f.count", verdict: .deny)])
  }

  @Test("a search without end is cut short and says so")
  func bounded() throws {
    let parts: [JSON] = (0..<4).map { index in
      let lines: [JSON] = (0..<40).map {
        ["fact": .string("g\(index)"), "starts_with": .string("x\($0)")]
      }
      return ["any": .array(lines)]
    }
    var facts = smallFacts["facts"]?.array ?? []
    for index in 0..<4 { facts.append(["name": .string("g\(index)"), "type": "string"]) }
    let pack = try smallPack(
      rules([rule("r", "deny", ["when": ["all": .array(parts)]])]),
      facts: ["schema": "assay.facts/1", "facts": .array(facts)])
    let missing = try decide(pack, question()).missing
    #expect(missing?.toDeny.isEmpty == true)
    #expect(missing?.toAllow.count == 4)
    #expect(missing?.complete == false)
  }
}
