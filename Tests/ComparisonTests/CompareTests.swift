import Comparison
import Base
import Evidence
import Foundation
import Testing

/// Goal: `compare` says what is true of models that a careless or hostile user hands over.
/// Method: tiny models written by the test, moved and damaged in one way each. The models of the
/// zoo are the judges' ground; these are others.
@Suite("A comparison of weights")
struct CompareTests {
  /// A model on disk: tensors by name, as F32.
  struct Toy {
    var tensors: [String: (shape: [Int], values: [Float])] = [:]
    var layers = 2
    var vocabulary = 200

    static let width = 32
    static let units = 48

    init(seed: UInt64) {
      var random = CounterRandom(seed: seed, stream: 77)
      func normal(_ rows: Int, _ columns: Int, _ scale: Float) -> (shape: [Int], values: [Float]) {
        let values = (0..<rows * columns).map { _ -> Float in
          let radius = (-2 * log(1 - random.uniform())).squareRoot()
          return Float(radius * cos(2 * .pi * random.uniform())) * scale
        }
        return ([rows, columns], values)
      }
      let width = Self.width
      let ones = (shape: [width], values: [Float](repeating: 1, count: width))
      tensors["model.embed_tokens.weight"] = normal(vocabulary, width, 0.03)
      tensors["model.norm.weight"] = ones
      for layer in 0..<layers {
        let h = "model.layers.\(layer)."
        tensors[h + "input_layernorm.weight"] = ones
        tensors[h + "post_attention_layernorm.weight"] = ones
        for name in ["q", "o"] {
          tensors[h + "self_attn.\(name)_proj.weight"] = normal(width, width, 0.05)
        }
        for name in ["k", "v"] {
          tensors[h + "self_attn.\(name)_proj.weight"] = normal(width / 2, width, 0.05)
        }
        for name in ["gate", "up"] {
          tensors[h + "mlp.\(name)_proj.weight"] = normal(Self.units, width, 0.05)
        }
        tensors[h + "mlp.down_proj.weight"] = normal(width, Self.units, 0.05)
      }
    }

    /// Every matrix moved by independent noise of this relative size, vectors a little.
    func tuned(_ size: Float, seed: UInt64) -> Toy {
      let other = Toy(seed: seed)
      var out = self
      for (name, tensor) in tensors {
        guard let noise = other.tensors[name] else { continue }
        let scale = tensor.shape.count == 2 ? size * (name.contains("mlp") ? 1.5 : 1) : 0
        out.tensors[name]?.values = zip(tensor.values, noise.values).map { $0 + $1 * scale }
      }
      return out
    }

    func write(to folder: String) throws {
      try FileSystem.makeDirectories(folder)
      let config: JSON = [
        "model_type": "llama", "hidden_size": JSON(Self.width), "num_attention_heads": 4,
        "num_key_value_heads": 2, "num_hidden_layers": JSON(layers),
        "intermediate_size": JSON(Self.units), "vocab_size": JSON(vocabulary),
      ]
      try DurableFile.replace("\(folder)/config.json", with: config.canonicalBytes)
      var header = JSONObject()
      var data: [UInt8] = []
      for name in tensors.keys.sorted() {
        guard let tensor = tensors[name] else { continue }
        let start = data.count
        for value in tensor.values {
          withUnsafeBytes(of: value.bitPattern.littleEndian) { data += $0 }
        }
        header[name] = [
          "dtype": "F32", "shape": .array(tensor.shape.map { JSON($0) }),
          "data_offsets": [JSON(start), JSON(data.count)],
        ]
      }
      var text = JSON.object(header).canonicalBytes
      while text.count % 8 != 0 { text.append(0x20) }
      var length = UInt64(text.count).littleEndian
      let bytes = withUnsafeBytes(of: &length) { Array($0) } + text + data
      try DurableFile.replace("\(folder)/model.safetensors", with: bytes)
    }
  }

  /// Writes both and compares them.
  static func lineage(
    _ suspect: Toy, _ reference: Toy, panel: [Toy] = []
  ) throws -> (WeightLineage, CompareResult) {
    let folder = try FileSystem.temporaryDirectory(prefix: "compare")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try suspect.write(to: "\(folder)/suspect")
    try reference.write(to: "\(folder)/reference")
    for (index, control) in panel.enumerated() { try control.write(to: "\(folder)/c\(index)") }
    let request = CompareRequest(
      suspects: [ListedModel(path: "\(folder)/suspect")],
      references: [ListedModel(path: "\(folder)/reference")],
      panel: panel.indices.map { ListedModel(path: "\(folder)/c\($0)") }, only: .weights)
    let result = try CompareJob().run(request, run: Run())
    let report = try #require(result.reports.first)
    return (try #require(report.comparisons.first).weightLineage, result)
  }

  @Test("calls a copy the same bytes, and makes a signed edge of it")
  func copy() throws {
    let model = Toy(seed: 1)
    let (lineage, result) = try Self.lineage(model, model)
    #expect(lineage.verdict == .sameBytes)
    #expect(result.exitCode == .no)
    #expect(result.edges.map(\.relation) == [.copy])
    #expect(result.edges.map(\.grade) == [.signed])
  }

  @Test("finds nothing between strangers, and says so without calling them independent")
  func strangers() throws {
    let (lineage, result) = try Self.lineage(Toy(seed: 1), Toy(seed: 2))
    #expect(lineage.verdict == .noEvidence)
    #expect(result.exitCode == .yes)
    #expect(result.edges.isEmpty)
    #expect(lineage.sentence.contains("does not show that suspect is independent"))
    #expect(try #require(lineage.p).isExact)
  }

  @Test("finds a fine-tuned model by position, exactly, with a suspected edge of open direction")
  func tuned() throws {
    let base = Toy(seed: 1)
    let (lineage, result) = try Self.lineage(base.tuned(0.3, seed: 5), base)
    #expect(lineage.verdict == .related)
    #expect(lineage.relations.map(\.relation) == [.fineTuned])
    #expect(lineage.direction == .undetermined)
    #expect(try #require(lineage.log10E) > 50)
    let edge = try #require(result.edges.first)
    #expect(edge.grade == .suspected && edge.direction == .undetermined)
    #expect(edge.relation == .finetuned)
  }

  @Test("places tensors whose names say nothing, and does not invent kinship by it")
  func unnamed() throws {
    let base = Toy(seed: 1)
    func scrambled(_ model: Toy) -> Toy {
      var out = model
      out.tensors = [:]
      for (index, name) in model.tensors.keys.sorted(by: >).enumerated() {
        out.tensors["t\(index)"] = model.tensors[name]
      }
      return out
    }
    let (child, _) = try Self.lineage(scrambled(base.tuned(0.1, seed: 5)), base)
    #expect(child.verdict == .related)
    let (stranger, _) = try Self.lineage(scrambled(Toy(seed: 9)), base)
    #expect(stranger.verdict == .noEvidence)
  }

  @Test("refuses to judge a scrambled model without controls, and judges it with them")
  func scrambled() throws {
    let base = Toy(seed: 1)
    var child = base.tuned(0.1, seed: 5)
    var random = CounterRandom(seed: 4, stream: 0)
    let residual = random.permutation(Toy.width)
    for (name, tensor) in child.tensors {
      let width = Toy.width
      var values = tensor.values
      if tensor.shape.count == 1 || name.contains("o_proj") || name.contains("down_proj") {
        let columns = tensor.shape.count == 1 ? 1 : tensor.shape[1]
        values = residual.flatMap { tensor.values[$0 * columns..<($0 + 1) * columns] }
      } else {
        for row in 0..<tensor.shape[0] {
          for column in 0..<width {
            values[row * width + column] = tensor.values[row * width + residual[column]]
          }
        }
      }
      child.tensors[name]?.values = values
    }
    for layer in 0..<child.layers {
      let order = random.permutation(Toy.units)
      let h = "model.layers.\(layer).mlp."
      for name in ["gate", "up"] {
        let old = child.tensors[h + "\(name)_proj.weight"]?.values ?? []
        child.tensors[h + "\(name)_proj.weight"]?.values = order.flatMap {
          old[$0 * Toy.width..<($0 + 1) * Toy.width]
        }
      }
      let old = child.tensors[h + "down_proj.weight"]?.values ?? []
      child.tensors[h + "down_proj.weight"]?.values = (0..<Toy.width).flatMap { row in
        order.map { old[row * Toy.units + $0] }
      }
    }
    let (alone, result) = try Self.lineage(child, base)
    #expect(alone.verdict == .inconclusive)
    #expect(result.exitCode == .undecided)
    let (judged, _) = try Self.lineage(
      child, base, panel: (10..<20).map { Toy(seed: UInt64($0)) })
    #expect(judged.verdict == .related)
    #expect(try #require(judged.p).isExact == false)
    #expect(judged.relations.map(\.relation) == [.reparameterised, .fineTuned])
    // A relative of the reference in the panel is no control.
    let (guarded, _) = try Self.lineage(
      child, base,
      panel: (10..<20).map { Toy(seed: UInt64($0)) } + [base.tuned(0.2, seed: 6)])
    #expect(guarded.verdict == .related)
  }

  @Test("keeps its head with NaN, zeroed layers and a swapped tensor")
  func damaged() throws {
    let base = Toy(seed: 1)
    var broken = base
    broken.tensors["model.layers.0.mlp.up_proj.weight"]?.values[3] = .nan
    let (nan, _) = try Self.lineage(broken, base)
    #expect(nan.verdict == .related)
    #expect(nan.findings.contains { $0.id == "weights.not-finite" })

    var zeroed = base
    for name in zeroed.tensors.keys where name.contains("layers.1.") {
      let count = zeroed.tensors[name]?.values.count ?? 0
      zeroed.tensors[name]?.values = [Float](repeating: 0, count: count)
    }
    let (zero, _) = try Self.lineage(zeroed, base)
    #expect(zero.verdict == .related)
    #expect(zero.relations.map(\.relation) == [.pruned])

    var swapped = base
    let stranger = Toy(seed: 3)
    swapped.tensors["model.layers.1.mlp.gate_proj.weight"] =
      stranger.tensors["model.layers.1.mlp.gate_proj.weight"]
    let (swap, _) = try Self.lineage(swapped, base)
    #expect(swap.verdict == .related)
    #expect(swap.relations.map(\.relation) == [.partlyInitialised])
    let other = Toy(seed: 8)
    var planted = other
    planted.tensors["model.norm.weight"] = base.tensors["model.norm.weight"]
    let (norms, _) = try Self.lineage(planted, base)
    #expect(norms.verdict == .noEvidence)
  }

  @Test("answers every readable model when another cannot be read")
  func unreadable() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "compare")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Toy(seed: 1).write(to: "\(folder)/a")
    try Toy(seed: 2).write(to: "\(folder)/b")
    let request = CompareRequest(
      suspects: [ListedModel(path: "\(folder)/a"), ListedModel(path: "\(folder)/missing")],
      references: [ListedModel(path: "\(folder)/b")], only: .weights)
    let result = try CompareJob().run(request, run: Run())
    #expect(result.reports.count == 1)
    #expect(result.unreadable.count == 1)
    #expect(result.exitCode == .malformed)
  }

  @Test("costs a pass for each suspect and each reference, not for each pair")
  func passes() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "compare")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let names = (0..<5).map { "m\($0)" }
    for (index, name) in names.enumerated() {
      try Toy(seed: UInt64(index)).write(to: "\(folder)/\(name)")
    }
    let listed = names.map { ListedModel(path: "\(folder)/\($0)") }
    var request = CompareRequest(
      suspects: Array(listed[..<3]), references: Array(listed[3...]), only: .weights)
    request.skipsSelf = true
    let result = try CompareJob().run(request, run: Run())
    #expect(result.passes == 5)
    #expect(result.reports.flatMap(\.comparisons).count == 6)
  }

  @Test("runs each model once where activations are asked, not once for each pair")
  func runs() throws {
    func listed(_ names: [String]) -> [ListedModel] {
      names.map { ListedModel(path: "\(MovedModel.models)/\($0)") }
    }
    let panel = AdversaryTests.controls
    let request = CompareRequest(
      suspects: listed(["student-soft", "student-text"]),
      references: listed(["teacher", "teacher-twin"]), panel: listed(panel), only: .weights)
    let result = try CompareJob().run(request, run: Run())
    // teacher-twin is a reference and a control; control-gpt2 has no units with a gate.
    #expect(panel.contains("teacher-twin") && panel.contains("control-gpt2"))
    #expect(result.reports.flatMap(\.comparisons).count == 4)
    #expect(result.runs == 2 + 2 + panel.count - 1)
    let alone = CompareRequest(
      suspects: request.suspects, references: request.references, only: .weights)
    #expect(try CompareJob().run(alone, run: Run()).runs == 0, "no controls, no runs")
  }

  @Test("confirms a declared relation, refutes one by certificate alone, else leaves it open")
  func declarations() throws {
    let base = Toy(seed: 1)
    func verified(_ suspect: Toy, _ relation: Relation) throws -> LineageVerification {
      let (_, result) = try Self.lineage(suspect, base)
      let report = try #require(result.reports.first)
      return LineageVerification(
        declared: relation, suspect: report.suspect,
        comparison: try #require(report.comparisons.first))
    }
    let tuned = base.tuned(0.3, seed: 5)
    #expect(try verified(tuned, .finetuned).outcome == .confirmed)
    #expect(try verified(tuned, .quantized).outcome == .open)
    #expect(try verified(base, .finetuned).outcome == .refuted)
    #expect(try verified(base, .copy).edges.map(\.relation) == [.copy])
    // Finding nothing refutes nobody.
    #expect(try verified(Toy(seed: 2), .finetuned).outcome == .open)
    #expect(try verified(tuned, .distilled).exitCode == .undecided)
  }
}
