import Base
import TestSupport
import Testing

@testable import Policy

@Suite("A fact in words")
struct FactWordsTests {
  private func read(_ name: String, _ word: String) throws(Problem) -> FactChange {
    try PolicyPack.shipped().change(name, word)
  }

  @Test("one word denies a family of facts, and cannot affirm it")
  func families() throws {
    let pack = try PolicyPack.shipped()
    let facts = [
      "actor.is_us_person", "contract.us_dod", "contract.us_fascsa", "contract.us_gsa_ai_clause",
      "export.subject_to_ear",
    ]
    #expect(try pack.changes("us-ties", "no") == facts.map { FactChange(fact: $0, value: false) })
    #expect(try pack.changes("us-ties", "unknown").map(\.value) == [nil, nil, nil, nil, nil])
    #expect(try pack.changes("use", "research") == [try pack.change("use", "research")])
    let problem = #expect(throws: Problem.self) { try pack.changes("us-ties", "yes") }
    #expect(problem?.code == "unknown_value" && problem?.details["known"] == ["no"])
    let mistyped = #expect(throws: Problem.self) { try pack.changes("us-tie", "no") }
    #expect(mistyped?.details["suggestion"] == "us-ties")
  }

  @Test(
    "is read by the type of the fact",
    arguments: [
      ("use", "research", "request.use", "research"), ("in", "DE", "request.deploy_to", ["DE"]),
      ("in", "de, fr", "request.deploy_to", ["DE", "FR"]), ("in", "*", "request.deploy_to", ["*"]),
      ("org-in", "none", "actor.established_in", []),
      ("seat", "US-CA", "actor.principal_place", "US-CA"),
      ("us-person", "yes", "actor.is_us_person", true),
      ("actor.is_us_person", "FALSE", "actor.is_us_person", false),
      ("users", "1000", "actor.mau", 1000),
      ("model.modalities", "text,image", "model.modalities", ["text", "image"]),
      ("model.released", "2025-06-01", "model.released", "2025-06-01"),
      ("users", "unknown", "actor.mau", nil),
    ] as [(String, String, String, JSON?)])
  func values(name: String, word: String, fact: String, value: JSON?) throws {
    #expect(try read(name, word) == FactChange(fact: fact, value: value))
  }

  @Test("a number may have an exponent")
  func exponents() throws {
    #expect(try read("model.training_flops", "1e21").value?.double == 1e21)
  }

  @Test(
    "that is no value is refused with what is known and the nearest",
    arguments: [
      ("use", "reserch", "research", "research"), ("form", "api", "hosted-api", nil),
      ("us-person", "maybe", "yes", nil), ("in", "Germany", nil, "DE"), ("in", "D", nil, nil),
      ("in", "DE;FR", nil, nil), ("in", "UK", nil, "GB"), ("in", "EU", nil, nil),
      ("in", "XX", nil, nil), ("in", "DE,,FR", nil, nil), ("in", "none", nil, nil),
      ("seat", "*", nil, nil), ("users", "-1", nil, nil), ("users", "1.5", nil, nil),
      ("users", "many", nil, nil), ("model.modalities", "text,smell", "image", nil),
      ("model.released", "2025-02-30", nil, nil),
    ] as [(String, String, String?, String?)])
  func refused(name: String, word: String, known: String?, suggestion: String?) throws {
    let problem = #expect(throws: Problem.self) { try read(name, word) }
    #expect(problem?.code == "unknown_value" && problem?.exitCode == .usage)
    let list = problem?.details["known"]?.array?.compactMap(\.string) ?? []
    #expect(known == nil || list.contains(known ?? ""))
    if let suggestion { #expect(problem?.details["suggestion"]?.string == suggestion) }
  }

  @Test("of a name that is none is refused with the nearest name")
  func unknownNames() throws {
    let problem = #expect(throws: Problem.self) { try read("actor.is_us_peron", "yes") }
    #expect(problem?.code == "unknown_fact")
    #expect(problem?.details["suggestion"]?.string == "actor.is_us_person")
    #expect(throws: Problem.self) {
      try PolicyPack.shipped().change(assignment: "actor.mau")
    }
  }

  @Test("is a value or a usage error, whatever is typed; and a value reads back from its words")
  func total() throws {
    let pack = try PolicyPack.shipped()
    let words = [
      "", " ", ",", "none", "unknown", "yes", "no", "0", "1e21", "-0", "1e999", "NaN", "DE", "*",
      "DE,*", "é", "\u{0}", "[]", "null", "private", "text", "2026-01-01",
      String(repeating: "9", count: 400),
    ]
    for question in pack.questions {
      for word in words {
        do throws(Problem) {
          let change = try pack.change(question.fact, word)
          #expect(try pack.change(assignment: change.words) == change, "\(change.words)")
          let profile = JSON.emptyProfile.profile(with: [change])
          #expect(throws: Never.self) { try pack.check(profile: profile) }
        } catch {
          #expect(error.code == "unknown_value", "\(question.fact) \(word)")
        }
      }
    }
  }

  @Test("stands at one place of a profile, however it was written before, and can be forgotten")
  func profiles() {
    let before: JSON = [
      "request": ["use": "research"], "facts": ["request.use": "personal", "actor.mau": 1],
    ]
    let change = FactChange(fact: "request.use", value: "military")
    let after = before.profile(with: [change])
    #expect(after == ["request": ["use": "military"], "facts": ["actor.mau": 1]])
    #expect(after.profileFact("request.use") == "military")
    #expect(after.profileFact("actor.mau") == 1)
    let forgotten = after.profile(with: [
      FactChange(fact: "actor.mau", value: nil), FactChange(fact: "model.origin", value: "DE"),
    ])
    #expect(forgotten.profileFact("actor.mau") == nil)
    #expect(forgotten["model"] == ["origin": "DE"])
  }
}

@Suite("The questions of the shipped pack")
struct FactQuestionTests {
  @Test("are one a fact, each with a question mark and a reason")
  func shipped() throws {
    let pack = try PolicyPack.shipped()
    let questions = pack.questions
    #expect(questions.count == pack.facts.count { !$0.name.hasPrefix("duty.") } - 1)
    #expect(Set(questions.map(\.fact)).count == questions.count)
    for question in questions {
      #expect(question.question.hasSuffix("?") && question.question.count <= 90, "\(question.fact)")
      #expect(!question.why.isEmpty)
    }
    let person = try #require(questions.first { $0.fact == "actor.is_us_person" })
    #expect(person.why.contains("rules ask for it"))
  }
}
