import Base
import Fingerprint
import Formats
import TestSupport
import Testing

/// Goal: the same tensors are known again however they are stored, and nothing else is.
@Suite("Kinship")
struct KinshipTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A llama of one layer with two query heads and one key head of four rows each.
  static func llama(seed: UInt64, tied: Bool = false) -> [TinyTensor] {
    var random = CounterRandom(seed: seed, stream: 0)
    func tensor(_ name: String, _ shape: [Int]) -> TinyTensor {
      TinyTensor(
        name, shape,
        f32: (0..<shape.reduce(1, *)).map { _ in Float(Int(random.next() % 255) - 127) / 64 })
    }
    let layer = "model.layers.0."
    var tensors = [
      tensor("model.embed_tokens.weight", [6, 4]),
      tensor(layer + "self_attn.q_proj.weight", [8, 4]),
      tensor(layer + "self_attn.k_proj.weight", [4, 4]),
      tensor(layer + "mlp.up_proj.weight", [5, 4]),
      tensor("model.norm.weight", [4]),
    ]
    var head = tied ? tensors[0] : tensor("lm_head.weight", [6, 4])
    head.name = "lm_head.weight"
    tensors.append(head)
    return tensors
  }

  static func bf16(_ tensors: [TinyTensor]) -> [TinyTensor] {
    tensors.map { tensor in
      TinyTensor(
        tensor.name, "BF16", tensor.shape,
        stride(from: 0, to: tensor.bytes.count, by: 4).flatMap {
          tensor.bytes[$0 + 2..<$0 + 4]
        })
    }
  }

  /// As llama.cpp's converter would write it: other names, rows of each head interleaved.
  static func gguf(_ tensors: [TinyTensor], metadata: Bool = true) -> [UInt8] {
    let names = [
      "model.embed_tokens.weight": "token_embd.weight", "lm_head.weight": "output.weight",
      "model.norm.weight": "output_norm.weight",
      "model.layers.0.self_attn.q_proj.weight": "blk.0.attn_q.weight",
      "model.layers.0.self_attn.k_proj.weight": "blk.0.attn_k.weight",
      "model.layers.0.mlp.up_proj.weight": "blk.0.ffn_up.weight",
    ]
    let converted = tensors.map { tensor -> TinyTensor in
      var copy = tensor
      copy.name = names[tensor.name] ?? tensor.name
      if copy.name.contains("attn_") { copy.bytes = interleaved(tensor) }
      return copy
    }
    return TinyModels.gguf(
      converted,
      metadata: metadata
        ? [
          ("general.architecture", TinyModels.ggufText("llama")),
          ("llama.attention.head_count", TinyModels.ggufNumber(2)),
          ("llama.attention.head_count_kv", TinyModels.ggufNumber(1)),
        ] : [])
  }

  /// Heads of four rows: 0 1 2 3 becomes 0 2 1 3.
  private static func interleaved(_ tensor: TinyTensor) -> [UInt8] {
    let rowBytes = tensor.bytes.count / tensor.shape[0]
    return (0..<tensor.shape[0]).flatMap { row in
      let source = row / 4 * 4 + [0, 2, 1, 3][row % 4]
      return tensor.bytes[source * rowBytes..<(source + 1) * rowBytes]
    }
  }

  func fingerprint(_ name: String, _ bytes: [UInt8]) throws -> Fingerprint {
    try Fingerprint.compute(model: try folder.write(name, bytes), run: Run())
  }

  func verdict(_ suspect: [UInt8], _ reference: [UInt8]) throws -> Kinship.Verdict {
    let a = try fingerprint("a/suspect", suspect)
    let b = try fingerprint("b/reference", reference)
    let verdict = Kinship(suspect: a, reference: b).verdict
    #expect(Kinship(suspect: b, reference: a).verdict == verdict)
    return verdict
  }

  static let model = llama(seed: 1)
  static let file = TinyModels.safetensors(model)

  @Test("of a copy is the same bytes")
  func copy() throws {
    #expect(try verdict(Self.file, Self.file) == .sameBytes(wholeBundle: true))
    try folder.write("one/m.safetensors", Self.file)
    try folder.write("two/n.safetensors", Self.file)
    try folder.write("two/README.md", [1])
    let kinship = Kinship(
      suspect: try Fingerprint.compute(model: folder.path + "/one", run: Run()),
      reference: try Fingerprint.compute(model: folder.path + "/two", run: Run()))
    #expect(kinship.verdict == .sameBytes(wholeBundle: false))
  }

  @Test("of another container, cast or naming is the same tensors, and says how")
  func sameTensors() throws {
    var renamed = Self.model
    for index in renamed.indices { renamed[index].name = "x." + renamed[index].name }
    let cases: [([UInt8], Set<Kinship.Difference>)] = [
      (TinyModels.safetensors(Self.model.reversed(), metadata: ["a": "b"]), [.container]),
      (TinyModels.safetensors(Self.bf16(Self.model)), [.cast]),
      (TinyModels.safetensors(renamed), [.renamed]),
      (TinyModels.safetensors(Self.bf16(renamed)), [.renamed, .cast]),
      (Self.gguf(Self.model), [.gguf]),
      (Self.gguf(Self.bf16(Self.model)), [.gguf, .cast]),
    ]
    for (bytes, differences) in cases {
      #expect(try verdict(bytes, Self.file) == .sameTensors(differences))
    }
  }

  @Test("sees through an output head that only repeats the embedding")
  func tied() throws {
    let tied = Self.llama(seed: 2, tied: true)
    let without = TinyModels.safetensors(tied.dropLast())
    #expect(try verdict(TinyModels.safetensors(tied), without) == .sameTensors([.tiedHead]))
    #expect(try verdict(TinyModels.safetensors(Self.model.dropLast()), Self.file) == .none)
  }

  @Test("does not guess how rows lie in a file that does not say")
  func unmapped() throws {
    let bare = Self.gguf(Self.model, metadata: false)
    let fingerprint = try fingerprint("m", bare)
    #expect(fingerprint.weights?.unmapped.count == Self.model.count)
    #expect(try verdict(bare, Self.file) == .none)
  }

  @Test("of one flipped bit, a doubled layer or another model is none, with what is shared")
  func none() throws {
    var bent = Self.model
    bent[3].bytes[0] ^= 1
    let a = try fingerprint("bent", TinyModels.safetensors(bent))
    let b = try fingerprint("whole", Self.file)
    let kinship = Kinship(suspect: a, reference: b)
    #expect(kinship.verdict == .none)
    #expect(kinship.suspect.sharedTensorCount == Self.model.count - 1)
    #expect(kinship.suspect.byteCount - kinship.suspect.sharedByteCount == bent[3].bytes.count)

    var doubled = Self.model
    for tensor in Self.model {
      var copy = tensor
      copy.name = "again." + tensor.name
      doubled.append(copy)
    }
    #expect(try verdict(TinyModels.safetensors(doubled), Self.file) == .none)
    #expect(try verdict(TinyModels.safetensors(Self.llama(seed: 9)), Self.file) == .none)
  }
}
