// What a person states of a model, and what the table of known models adds to its bases.

import Base
import GateSupport
import Ledger
import Licensing
import Policy
import Register
import TestSupport
import Testing

@testable import Audit

@Suite("A stated fact")
struct StatedTests {
  private func stated(
    _ change: (inout StatedWords) -> Void
  ) -> (inout CheckRequest) -> Void {
    var words = StatedWords(by: "N. Keller")
    change(&words)
    return { $0.stated = words }
  }

  @Test("fills what the model does not say, and stands in answer, statement and recorded facts")
  func fills() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder(seed: 3).with { ($0.card, $0.files) = (nil, [:]) })
    #expect(try stage.ask("m").verdict == .review)
    let (result, recorded) = try stage.check("m", stated { $0.licence = "mit" })
    #expect(result.verdict == .allow && recorded != nil)
    let fact = StatedFact(.licence, "MIT", by: "N. Keller")
    #expect(result.facts.stated == [fact])
    #expect(result.json()["stated"] == [fact.json])
    let statement = try stage.newest("m").decision.check
    #expect(statement.stated == [fact])
    #expect(try ModelFacts(json: result.facts.json) == result.facts)
  }

  @Test("counts when a decision is made again from what was recorded")
  func again() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder(seed: 3).with { ($0.card, $0.files) = (nil, [:]) })
    try stage.configure(["profile": stage.profile])
    let now = stage.profile
    _ = try stage.check("m", profile: nil) { request in
      request.profile = .configured
      request.stated = StatedWords(licence: "apache-2.0", by: "Ops 7")
    }
    #expect(try stage.newest("m").decision.check.verdict == .allow)
    try stage.configure(["profile": now.profile(with: [FactChange(fact: "actor.mau", value: 7)])])
    #expect(try stage.newest("m").state == .stale)
    try stage.decide()
    let decided = try stage.newest("m")
    #expect(decided.state == .current && decided.decision.check.verdict == .allow)
    #expect(decided.decision.check.stated.map(\.origin) == ["Ops 7"])
  }

  @Test("is kept when a question is asked about another day, and decides nothing")
  func question() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder(seed: 3).with { ($0.card, $0.files) = (nil, [:]) })
    try stage.check("m", stated { $0.licence = "mit" })
    let words = stated { $0.licence = "cc-by-nc-4.0" }
    for question in [{ $0.asOf = stage.day(1) }, { $0.horizon = .proposed }]
      as [(inout CheckRequest) -> Void]
    {
      let (result, recorded) = try stage.check("m") { request in
        words(&request)
        question(&request)
      }
      #expect(result.verdict != .allow && recorded == nil)
    }
    #expect(try stage.size() == 3 && stage.gate("m").isAllowed)
    #expect(try stage.newest("m").decision.entry == 0)
    let entries = try stage.log.ledger.statements(in: 1..<3, trusted: stage.log.trustedKeys)
    for entry in entries.verified {
      let statement = try CheckStatement(entry.statement)
      #expect(statement.depth == .question && !statement.isDecision && statement.policy == nil)
      #expect(statement.stated == [StatedFact(.licence, "CC-BY-NC-4.0", by: "N. Keller")])
    }
  }

  @Test(
    "that the model contradicts is a conflict, and never allows",
    arguments: [
      ("license: mit", "apache-2.0", nil, "facts.conflict:model.licence"),
      ("tags: [a]", "apache-2.0", nil, "facts.conflict:model.licence"),
      (
        "license: mit\nbase_model: openai-community/gpt2", nil, "Qwen/Qwen2.5-7B",
        "facts.conflict:model.base"
      ),
    ] as [(String, String?, String?, String)])
  func conflicts(card: String, licence: String?, base: String?, id: String) throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder(seed: 4).with { $0.card = card })
    let change = stated {
      $0.licence = licence
      $0.bases = base.map { [$0] } ?? []
    }
    let result = try stage.check("m", change).result
    #expect(result.findings.map(\.id).contains(id))
    #expect(result.verdict != .allow)
    #expect(result.facts.statedConflicts.count == 1)
    #expect(try ModelFacts(json: result.facts.json).statedConflicts.count == 1)
  }

  @Test(
    "that the organisation in the model's id contradicts is a conflict",
    arguments: [
      ("google--tiny", "mistral", nil, ["facts.conflict:model.developer"]),
      ("google--tiny", nil, "FR", ["facts.conflict:model.origin"]),
      ("google--tiny", "google", "US-CA", []),
      ("nobody-knows--tiny", "mistral", "FR", []), ("tiny", "mistral", "FR", []),
    ] as [(String, String?, String?, [String])])
  func makers(name: String, developer: String?, origin: String?, ids: [String]) throws {
    let stage = try GateStage()
    try stage.add(name, TinyFolder(seed: 8))
    let result = try stage.ask(
      name,
      stated {
        $0.developer = developer
        $0.origin = origin
      })
    #expect(result.facts.statedConflicts.map(\.id) == ids)
    #expect(ids.isEmpty || result.verdict != .allow)
    let read = try ModelFacts(json: result.facts.json)
    #expect(read == result.facts && read.statedConflicts.map(\.id) == ids)
  }

  @Test("that the header of a GGUF file contradicts is one too, however it spells the organisation")
  func headerMakers() throws {
    let stage = try GateStage()
    func conflicts(_ key: String, _ name: String) throws -> [String] {
      let path = try stage.folder.write(
        "bare-\(name)/a.gguf",
        TinyModels.gguf(
          [TinyTensor("w", [1], f32: [1])],
          metadata: [
            ("general.license", TinyModels.ggufText("mit")), (key, TinyModels.ggufText(name)),
          ]))
      var request = CheckRequest(path: path)
      request.profile = .given(name: "p", facts: stage.profile)
      request.stated = StatedWords(developer: "mistral", by: "N. Keller")
      let result = try CheckJob(state: nil, clock: stage.clock.wall).run(
        request, run: Run(threads: 1))
      return result.facts.statedConflicts.map(\.message)
    }
    let wanted =
      "N. Keller states that the developer is mistral; the header says Meta Llama, which "
      + "is meta."
    #expect(try conflicts("general.organization", "Meta Llama") == [wanted])
    #expect(try conflicts("general.author", "Qwen").count == 1)
    #expect(try conflicts("general.organization", "Mistralai").isEmpty)
    #expect(try conflicts("general.organization", "A Packer").isEmpty)
  }

  @Test("that says the same as the model changes nothing")
  func agrees() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder(seed: 5))
    let result = try stage.check("m", stated { $0.licence = "MIT" }).result
    #expect(result.verdict == .allow && result.facts.statedConflicts.isEmpty)
  }

  @Test(
    "that is none is refused before anything is read",
    arguments: [
      (StatedWords(licence: "apach-2.0"), "unknown_licence", "Apache-2.0"),
      (StatedWords(licence: "MIT OR ISC"), "unknown_licence", nil),
      (StatedWords(bases: ["a/b=cousin"]), "unknown_value", nil),
      (StatedWords(bases: ["a/b=fine-tund"]), "unknown_value", nil),
      (StatedWords(bases: ["name"]), "unknown_value", nil),
      (StatedWords(bases: ["/b"]), "unknown_value", nil),
      (StatedWords(developer: "gogle"), "unknown_value", "google"),
      (StatedWords(origin: "Germany"), "unknown_value", "DE"),
      (StatedWords(origin: "unknown"), "unknown_value", nil),
      (StatedWords(licence: "mit", by: " "), "unknown_value", nil),
    ] as [(StatedWords, String, String?)])
  func refused(words: StatedWords, code: String, suggestion: String?) throws {
    let stage = try GateStage()
    let problem = #expect(throws: Problem.self) {
      try stage.ask("not there") { $0.stated = words }
    }
    #expect(problem?.code == code && problem?.exitCode == .usage)
    if let suggestion { #expect(problem?.details["suggestion"]?.string == suggestion) }
  }
}

@Suite("A known base")
struct KnownBaseTests {
  @Test("carries licence, developer and origin, and what it was made from itself")
  func completed() throws {
    let stage = try GateStage()
    try stage.add(
      "m",
      TinyFolder(seed: 6).with {
        $0.card = "license: mit\nbase_model: deepseek-ai/DeepSeek-R1-Distill-Llama-8B"
      })
    let edges = try stage.ask("m").lineage.edges
    try #require(edges.count == 2)
    #expect(edges[0].developer == "deepseek" && edges[0].origin == "CN")
    #expect(edges[0].grade == .declared && edges[0].licence == "MIT")
    #expect(edges[1].ancestor == "meta-llama/Llama-3.1-8B" && edges[1].child == edges[0].ancestor)
    #expect(edges[1].grade == .stated && edges[1].source == "shipped table")
    #expect(edges[1].developer == "meta" && edges[1].licence == "LicenseRef-llama-3.1")
  }

  @Test("is found by the model's own id, if its card names none, and by that id alone")
  func ownID() throws {
    let stage = try GateStage()
    for name in ["deepseek-ai", "someone"] {
      try stage.add("\(name)--DeepSeek-R1-Distill-Llama-8B", TinyFolder(seed: 7))
    }
    let edges = try stage.ask("deepseek-ai--DeepSeek-R1-Distill-Llama-8B").lineage.edges
    #expect(edges.map(\.ancestor) == ["meta-llama/Llama-3.1-8B"])
    #expect(edges.map(\.source) == ["shipped table"])
    #expect(try stage.ask("someone--DeepSeek-R1-Distill-Llama-8B").lineage.edges.isEmpty)
  }

  @Test("of a table with a circle makes no circle")
  func circle() throws {
    let stage = try GateStage()
    try stage.add("m", TinyFolder(seed: 8).with { $0.card = "license: mit\nbase_model: a/x" })
    let models: JSON = [
      "models": [
        "a/x": ["licence": "MIT", "base_model": ["a/y"]],
        "a/y": ["licence": "MIT", "base_model": ["a/x"]],
      ]
    ]
    let result = try stage.ask("m") { $0.models = models }
    #expect(result.lineage.edges.map(\.ancestor) == ["a/x", "a/y"])
    #expect(result.verdict == .review)
  }

  @Test("of the shipped table has a developer of the vocabulary and a licence of the catalogue")
  func shipped() throws {
    let pack = try PolicyPack.shipped()
    let catalogue = Catalogue.shipped
    #expect(catalogue.organisations.count > 30)
    for (name, known) in catalogue.organisations {
      #expect(throws: Never.self, "\(name)") {
        _ = try pack.change("model.developer", known.developer)
        if let origin = known.origin { _ = try pack.change("model.origin", origin) }
      }
    }
    for (name, model) in catalogue.models {
      for base in model.bases { #expect(catalogue.models[base] != nil, "\(name): \(base)") }
    }
  }
}
