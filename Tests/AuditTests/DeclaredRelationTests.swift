// What was done to the one base of a card that names no relation: the files say it.

import Base
import GateSupport
import Ledger
import Register
import TestSupport
import Testing

@testable import Audit

@Suite("A base without a relation")
struct DeclaredRelationTests {
  let stage: GateStage
  init() throws { stage = try GateStage() }

  private func relations(_ path: String) throws -> [Relation?] {
    try stage.ask("none") { $0.model.path = path }.facts.declaredEdges
      .filter { $0.grade == .declared }.map(\.relation)
  }

  /// A GGUF file whose header says this.
  private func header(_ metadata: [(String, String)]) -> [UInt8] {
    TinyModels.gguf(
      [TinyTensor("w", [1], f32: [1])],
      metadata: metadata.map { ("general." + $0, TinyModels.ggufText($1)) })
  }

  private func folder(_ name: String, card: String, header: [UInt8]) throws -> String {
    try stage.folder.write(name + "/a.gguf", header)
    try stage.folder.write(name + "/README.md", Array("---\n\(card)\n---\n".utf8))
    return stage.folder.path + "/" + name
  }

  @Test(
    "is what a GGUF file was quantised from, if its card says nothing else",
    arguments: [
      ("base_model: org/base", [Relation.quantized]),
      ("base_model: org/base\nbase_model_relation: finetune", [.finetuned]),
      ("base_model: org/base\nbase_model_relation: merge", [.merged]),
      ("base_model: [org/a, org/b]", [.merged, .merged]),
    ])
  func card(card: String, wanted: [Relation]) throws {
    let path = try folder("m", card: card, header: header([("name", "Another")]))
    #expect(try relations(path) == wanted)
    #expect(try relations(path + "/a.gguf") == wanted)
  }

  @Test(
    "of a header is that too, unless the header names another model than the base",
    arguments: [
      (String?("Base 2 it"), Relation.quantized), ("base_2-IT", .quantized), (nil, .quantized),
      ("Helper 2", .finetuned), ("Base 2 it Helper", .finetuned),
    ])
  func header(name: String?, wanted: Relation) throws {
    let metadata =
      [("base_model.0.repo_url", "https://huggingface.co/org/base-2-it")]
      + (name.map { [("name", $0)] } ?? [])
    let path = try stage.folder.write("bare/a.gguf", header(metadata))
    #expect(try relations(path) == [wanted])
  }

  @Test(
    "of other weights is fine-tuned, unless they are packed as only a finished model is",
    arguments: [
      (String?.none, Relation.finetuned), ("gptq", .quantized), ("AWQ", .quantized),
      ("fp8", .finetuned),
      ("bitsandbytes", .finetuned),
    ])
  func config(method: String?, wanted: Relation) throws {
    var config: JSONObject = ["architectures": ["LlamaForCausalLM"], "model_type": "llama"]
    if let method { config["quantization_config"] = ["quant_method": .string(method)] }
    try stage.add(
      "m",
      TinyFolder().with {
        $0.card = "license: mit\nbase_model: org/base"
        $0.files["config.json"] = JSON.object(config).canonicalBytes
      })
    #expect(try relations(stage.path("m")) == [wanted])
  }
}
