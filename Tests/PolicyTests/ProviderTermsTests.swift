import Base
import Testing

@testable import Policy

/// Goal: what rests on a provider's terms says which ones, and terms that nobody is sure of never
/// deny.
/// Method: a small pack whose versions differ in confidence alone, asked on and around their days.
@Suite("Terms of a provider")
struct ProviderTermsTests {
  private func terms(_ confidence: String) -> JSON {
    [
      "providers": [
        [
          "id": "x", "name": "Xenon",
          "versions": [
            [
              "from": "2024-01-01", "to": "2024-12-31", "train_on_outputs": "forbidden",
              "document": "Terms of 2024", "sentence": "No training on outputs.",
              "confidence": .string(confidence), "url": "https://x.example/terms",
            ]
          ],
        ]
      ]
    ]
  }

  private func pack(_ confidence: String, effect: String = "deny") throws -> PolicyPack {
    let when: JSON = [
      "some_ancestor": ["path": "training", "where": ["api_train": ["forbidden"]]]
    ]
    return try smallPack(
      rules([rule("r", effect, ["when": when])]), terms: terms(confidence))
  }

  private func taught(day: String = "2024-06-01") -> JSON {
    [
      "id": "t", "child": "model", "relation": "distilled", "grade": "declared", "licence": "FREE",
      "developer": "x", "date": .string(day), "route": "api",
    ]
  }

  @Test("deny where they are sure enough, and ask for review where they are not")
  func confidence() throws {
    for (confidence, verdict) in [
      ("high", Verdict.deny), ("medium", .deny), ("low", .review),
    ] {
      let answer = try decide(pack(confidence), question(edges: [taught()]))
      #expect(answer.verdict == verdict, "\(confidence)")
      let finding = try #require(answer.findings.first { $0.id == "r" })
      #expect(finding.truth == .yes, "\(confidence)")
      #expect(finding.effect == (verdict == .deny ? .deny : .review), "\(confidence)")
    }
  }

  @Test("of low confidence take nothing from another way that is sure")
  func otherWay() throws {
    let when: JSON = [
      "any": [
        ["some_ancestor": ["path": "training", "where": ["api_train": ["forbidden"]]]],
        ["fact": "request.use", "eq": "a"],
      ]
    ]
    let pack = try smallPack(rules([rule("r", "deny", ["when": when])]), terms: terms("low"))
    #expect(try decide(pack, question(edges: [taught()])).verdict == .deny)
  }

  @Test("are named in the finding: provider, document, days, clause, confidence, address")
  func named() throws {
    let answer = try decide(pack("medium"), question(edges: [taught()]))
    let finding = try #require(answer.findings.first { $0.id == "r" })
    #expect(finding.title.hasSuffix(": Xenon"))
    #expect(
      finding.citation == "Xenon, Terms of 2024 (2024-01-01 to 2024-12-31; confidence medium)")
    let terms = try #require(finding.json["terms"]?.array?.first)
    #expect(terms["sentence"] == "No training on outputs.")
    #expect(terms["url"] == "https://x.example/terms")
    let text = answer.lines.joined(separator: "\n")
    #expect(text.contains("Terms of 2024"))
    // On another day they do not hold, and no finding names them.
    let later = try decide(pack("medium"), question(edges: [taught(day: "2025-01-01")]))
    let named = later.findings.flatMap(\.terms)
    #expect(named.isEmpty)
    // Where none are on file the developer is named.
    let open: JSON = [
      "some_ancestor": ["path": "training", "where": ["api_train": ["unknown"]]]
    ]
    let other = try smallPack(
      rules([rule("r", "review", ["when": open])]), terms: self.terms("high"))
    let asked = try decide(other, question(edges: [taught(day: "2025-01-01")]))
    #expect(
      asked.findings.first { $0.id == "r" }?.citation == "no terms of x are on file for that day")
  }

  @Test("without document, clause, confidence or address are refused with their place")
  func incomplete() throws {
    for key in ["document", "sentence", "confidence", "url"] {
      var version = try #require(terms("high")["providers"]?[0]?["versions"]?[0]?.object)
      version[key] = nil
      let file: JSON = [
        "providers": [["id": "x", "name": "Xenon", "versions": [.object(version)]]]
      ]
      let problem = #expect(throws: Problem.self) { try smallPack(rules([]), terms: file) }
      #expect(problem?.place?.contains("/providers/0/versions/0") == true, "\(key)")
    }
  }
}
