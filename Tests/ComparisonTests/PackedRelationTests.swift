import Base
import Evidence
import Formats
import Foundation
import TestSupport
import Testing

@testable import Comparison

/// Goal: a packed model is recognised as quantised from its parent and from no other; where too
/// much of a model cannot be unpacked nothing is named, whatever embeddings and norms say.
/// Method: models of random numbers and packed copies of them, made here.
@Suite("A packed model")
struct PackedRelationTests {
  static let shape = MovedModel.Shape(layers: 1, width: 64, units: 128, vocabulary: 96)
  static let parent = MovedModel(shape, seed: 1)
  /// The parent's embeddings and norms under other matrices.
  static let reinitialised: MovedModel = {
    var out = MovedModel(shape, seed: 2)
    for (name, tensor) in parent.tensors where !name.hasSuffix("_proj.weight") {
      out.tensors[name] = tensor
    }
    return out
  }()

  static func lineage(
    _ suspect: (String) throws -> Void, _ reference: (String) throws -> Void
  ) throws -> WeightLineage {
    let folder = try FileSystem.temporaryDirectory(prefix: "packed")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try suspect("\(folder)/suspect")
    try reference("\(folder)/reference")
    let request = CompareRequest(
      suspects: [ListedModel(path: "\(folder)/suspect")],
      references: [ListedModel(path: "\(folder)/reference")], only: .weights)
    let result = try CompareJob().run(request, run: Run())
    return try #require(result.reports.first?.comparisons.first).weightLineage
  }

  static let known = TestPacking.allCases.filter { $0 != .unknown }

  @Test("is quantised from its parent, and says the direction", arguments: known)
  func parents(packing: TestPacking) throws {
    let lineage = try Self.lineage(
      { try Self.parent.write(to: $0, packing: packing) }, { try Self.parent.write(to: $0) })
    #expect(lineage.verdict == .related)
    #expect(lineage.relations.map(\.relation) == [.quantised])
    #expect(lineage.direction == .suspectFromReference)
    #expect(lineage.unreadParameters == 0)
    let reverse = try Self.lineage(
      { try Self.parent.write(to: $0) }, { try Self.parent.write(to: $0, packing: packing) })
    #expect(reverse.relations.map(\.relation) == [.quantised])
    #expect(reverse.direction == .referenceFromSuspect)
  }

  @Test("shares nothing but what is not packed with other matrices", arguments: known)
  func others(packing: TestPacking) throws {
    let lineage = try Self.lineage(
      { try Self.parent.write(to: $0, packing: packing) },
      { try Self.reinitialised.write(to: $0) })
    #expect(lineage.relations.allSatisfy { $0.relation == .partlyInitialised })
    let stranger = try Self.lineage(
      { try Self.parent.write(to: $0, packing: packing) },
      { try MovedModel(Self.shape, seed: 3).write(to: $0) })
    #expect(!stranger.verdict.isPositive)
    #expect(stranger.relations.isEmpty)
  }

  /// As llama.cpp writes a Gemma: blocks of Q8_0, and the factors of norms with one added.
  static func gguf(_ model: MovedModel, added: Float) -> [UInt8] {
    let family = TensorFamily.gemma
    let tensors = model.tensors.sorted { $0.key < $1.key }.compactMap {
      name, tensor -> TinyTensor? in
      guard let place = family.huggingFace.names.place(of: ByteName(name)),
        let gguf = family.gguf.names.name(of: place)?.text
      else { return nil }
      guard tensor.shape.count == 2 else {
        return TinyTensor(gguf, tensor.shape, f32: tensor.values.map { $0 + added })
      }
      let bytes = stride(from: 0, to: tensor.values.count, by: 32).flatMap { start -> [UInt8] in
        let block = tensor.values[start..<start + 32]
        let scale = block.reduce(Float(0)) { max($0, abs($1)) } / 127
        return littleEndian(Float16(scale).bitPattern)
          + block.map { UInt8(bitPattern: Int8(($0 / scale).rounded())) }
      }
      return TinyTensor(gguf, "Q8_0", tensor.shape, bytes)
    }
    return TinyModels.gguf(
      tensors,
      metadata: [
        ("general.architecture", TinyModels.ggufText("gemma")),
        ("gemma.attention.head_count", TinyModels.ggufNumber(UInt32(shape.heads))),
        ("gemma.attention.head_count_kv", TinyModels.ggufNumber(UInt32(shape.groups))),
      ])
  }

  @Test("in another container is quantised, though its norms are stored otherwise")
  func containers() throws {
    var gemma = Self.parent
    gemma.config["model_type"] = "gemma"
    func relations(added: Float) throws -> WeightLineage {
      try Self.lineage(
        {
          try FileSystem.makeDirectories($0)
          try Data(Self.gguf(gemma, added: added)).write(to: URL(fileURLWithPath: "\($0)/m.gguf"))
        }, { try gemma.write(to: $0) })
    }
    let lineage = try relations(added: 1)
    #expect(lineage.relations.map(\.relation) == [.quantised])
    #expect(lineage.direction == .suspectFromReference)
    #expect(try relations(added: 0).relations.map(\.relation) != [.quantised])
  }

  @Test("was changed before it was quantised if values lie outside of the cells")
  func tuned() throws {
    var child = Self.parent
    var random = CounterRandom(seed: 5, stream: 90)
    for name in child.tensors.keys.sorted() where name.hasSuffix("_proj.weight") {
      child.edit(name) { values in
        for index in values.indices { values[index] += Float(random.uniform() - 0.5) * 0.03 }
      }
    }
    let lineage = try Self.lineage(
      { try child.write(to: $0, packing: .int8) }, { try Self.parent.write(to: $0) })
    #expect(lineage.verdict == .related)
    #expect(!lineage.relations.map(\.relation).contains(.quantised))
  }

  /// Norms divided by scales and the columns behind them multiplied, as AWQ does before it rounds;
  /// the same with rows of `up` and columns of `down`.
  static func scaled(_ model: MovedModel, up scalesUp: Bool = true) -> MovedModel {
    var out = model
    var random = CounterRandom(seed: 6, stream: 91)
    func scales(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(exp((random.uniform() - 0.5) * 2)) }
    }
    func columns(_ name: String, _ scales: [Float]) {
      out.edit(name) { values in
        for index in values.indices { values[index] *= scales[index % scales.count] }
      }
    }
    for (norm, readers) in [
      ("input_layernorm", ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
      ("post_attention_layernorm", ["mlp.gate_proj", "mlp.up_proj"]),
    ] {
      let s = scales(shape.width)
      columns("model.layers.0.\(norm).weight", s.map { 1 / $0 })
      for reader in readers { columns("model.layers.0.\(reader).weight", s) }
    }
    guard scalesUp else { return out }
    let t = scales(shape.units)
    columns("model.layers.0.mlp.down_proj.weight", t)
    out.edit("model.layers.0.mlp.up_proj.weight") { values in
      for index in values.indices { values[index] /= t[index / shape.width] }
    }
    return out
  }

  @Test("whose channels were scaled before it was packed is quantised", arguments: [true, false])
  func scaledChannels(up: Bool) throws {
    let child = Self.scaled(Self.parent, up: up)
    let lineage = try Self.lineage(
      { try child.write(to: $0, packing: .words) }, { try Self.parent.write(to: $0) })
    #expect(lineage.verdict == .related)
    #expect(lineage.relations.map(\.relation) == [.quantised])
    #expect(lineage.direction == .suspectFromReference)
    #expect((lineage.relations.first?.details["rescaled_tensors"]?.int ?? 0) >= 2)
    let reverse = try Self.lineage(
      { try Self.parent.write(to: $0) }, { try child.write(to: $0, packing: .words) })
    #expect(reverse.relations.map(\.relation) == [.quantised])
    #expect(reverse.direction == .referenceFromSuspect)
  }

  @Test("is no mere quantisation if more than scales is needed to explain it")
  func scaledAndTuned() throws {
    var random = CounterRandom(seed: 7, stream: 92)
    var tuned = Self.parent
    for name in tuned.tensors.keys.sorted() where name.hasSuffix("_proj.weight") {
      tuned.edit(name) { values in
        for index in values.indices { values[index] += Float(random.uniform() - 0.5) * 0.08 }
      }
    }
    // Norms that were trained, and nothing behind them that makes up for it.
    var norms = Self.parent
    for name in norms.tensors.keys.sorted() where name.hasSuffix("layernorm.weight") {
      norms.edit(name) { values in
        for index in values.indices { values[index] *= Float(1 + (random.uniform() - 0.5) / 10) }
      }
    }
    for model in [Self.scaled(tuned), norms] {
      let lineage = try Self.lineage(
        { try model.write(to: $0, packing: .words) }, { try Self.parent.write(to: $0) })
      #expect(lineage.verdict == .related)
      #expect(!lineage.relations.map(\.relation).contains(.quantised))
    }
  }

  @Test("and another one of the same parent are siblings")
  func siblings() throws {
    let lineage = try Self.lineage(
      { try Self.parent.write(to: $0, packing: .nf4) },
      { try Self.parent.write(to: $0, packing: .words) })
    #expect(lineage.verdict == .related)
    #expect(lineage.relations.map(\.relation) == [.sibling])
  }

  @Test("that cannot be unpacked is inconclusive, with the share and the method")
  func unknown() throws {
    let matrices = Self.parent.tensors.filter { $0.key.hasSuffix("_proj.weight") }
      .reduce(0) { $0 + $1.value.values.count }
    let all = Self.parent.tensors.reduce(0) { $0 + $1.value.values.count }
    for reference in [Self.parent, Self.reinitialised] {
      let lineage = try Self.lineage(
        { try Self.parent.write(to: $0, packing: .unknown) }, { try reference.write(to: $0) })
      #expect(lineage.verdict == .inconclusive)
      #expect(lineage.relations.isEmpty)
      #expect(lineage.p == nil)
      #expect(abs(lineage.unreadParameters - Double(matrices) / Double(all)) < 0.01)
      #expect(lineage.packing == ["frob"])
      #expect(lineage.sentence.contains("frob"))
    }
  }

  @Test("of which nine tenths were read is judged by these, but never called identical")
  func mostly() throws {
    let lineage = try Self.lineage(
      { try Self.parent.write(to: $0, packing: .unknown, share: 1.0 / 7) },
      { try Self.parent.write(to: $0) })
    let isJudged = lineage.unreadParameters <= ReadingRule.unreadShareMax
    #expect(lineage.unreadParameters > 0)
    #expect(isJudged == (lineage.verdict == .related))
    #expect(!lineage.relations.map(\.relation).contains(.identical))
  }
}
