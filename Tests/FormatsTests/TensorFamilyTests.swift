import Base
import Formats
import TestSupport
import Testing

/// Goal: the facts of every family are those of its sources; whoever turns one hears of it.
/// Method: a table written by hand from llama.cpp's converters and the library's classes.
@Suite("The families of tensors")
struct TensorFamilyTests {
  /// What a family's files are like.
  struct Facts: Sendable, CustomTestStringConvertible {
    let name: String
    var types: [String] = []
    var architectures: [String] = []
    /// GGUF stores the halves of a head of Q and K alternately: `undo_permute`, or `permute`
    /// called by the family's own converter.
    var permutes = false
    /// The library's norm multiplies by one more than it stores.
    var gain: Float = 0
    var order: TensorOrder.QueryKeyValue?
    var ggufOrder: TensorOrder.QueryKeyValue?
    var experts = TensorOrder.Experts.separate
    var isTransposed = false

    var testDescription: String { name }
  }

  static let table = [
    Facts(name: "Llama", types: ["llama"], architectures: ["llama"], permutes: true),
    Facts(name: "Mistral", types: ["mistral"], permutes: true),
    Facts(name: "Mixtral", types: ["mixtral"], permutes: true),
    Facts(name: "Qwen2", types: ["qwen2"], architectures: ["qwen2"]),
    Facts(name: "Qwen2-MoE", types: ["qwen2_moe"], architectures: ["qwen2moe"]),
    Facts(name: "Qwen3", types: ["qwen3"], architectures: ["qwen3"]),
    Facts(name: "Qwen3-MoE", types: ["qwen3_moe"], architectures: ["qwen3moe"]),
    Facts(name: "Gemma", types: ["gemma"], architectures: ["gemma"], gain: 1),
    Facts(name: "Gemma 2", types: ["gemma2"], architectures: ["gemma2"], gain: 1),
    Facts(name: "Gemma 3", types: ["gemma3_text", "gemma3"], architectures: ["gemma3"], gain: 1),
    Facts(
      name: "Phi-3", types: ["phi3"], architectures: ["phi3"], order: .stacked,
      ggufOrder: .stacked),
    Facts(
      name: "GPT-2", types: ["gpt2"], architectures: ["gpt2"], order: .stacked,
      ggufOrder: .stacked, isTransposed: true),
    Facts(
      name: "GPT-NeoX", types: ["gpt_neox"], architectures: ["gptneox"], order: .perHead,
      ggufOrder: .stacked),
    Facts(name: "OLMo 2", types: ["olmo2"], architectures: ["olmo2"]),
    Facts(
      name: "DeepSeek", types: ["deepseek_v2", "deepseek_v3"], architectures: ["deepseek2"]),
    Facts(
      name: "gpt-oss", types: ["gpt_oss"], architectures: ["gpt-oss"],
      experts: .stackedTransposed),
    Facts(
      name: "Deci", types: ["deci", "nemotron-nas"], architectures: ["deci"], permutes: true),
    Facts(name: "MiniCPM", types: ["minicpm"], architectures: ["minicpm"], permutes: true),
    Facts(name: "Granite", types: ["granite"], architectures: ["granite"], permutes: true),
    Facts(
      name: "Granite-MoE", types: ["granitemoe", "granitemoeshared"],
      architectures: ["granitemoe"], permutes: true, experts: .stacked),
    Facts(
      name: "Granite-Hybrid", types: ["granitemoehybrid"], architectures: ["granitehybrid"],
      permutes: true, experts: .stacked),
    Facts(name: "XVERSE", types: ["xverse"], architectures: ["xverse"], permutes: true),
    Facts(
      name: "Baichuan", types: ["baichuan"], architectures: ["baichuan"], permutes: true,
      order: .stacked),
    Facts(
      name: "InternLM2", types: ["internlm2"], architectures: ["internlm2"], permutes: true,
      order: .perGroup),
    Facts(name: "Arctic", types: ["arctic"], architectures: ["arctic"], permutes: true),
    Facts(name: "OLMo", types: ["olmo"], architectures: ["olmo"], permutes: true),
    Facts(name: "SmolLM3", types: ["smollm3"], architectures: ["smollm3"], permutes: true),
    Facts(name: "Arcee", types: ["arcee"], architectures: ["arcee"], permutes: true),
    Facts(
      name: "Mistral3", types: ["ministral3", "mistral3"], architectures: ["mistral3"],
      permutes: true),
    Facts(name: "LLaDA", types: ["llada"], architectures: ["llada"], permutes: true),
    Facts(name: "Nemotron", types: ["nemotron"], architectures: ["nemotron"], gain: 1),
    Facts(
      name: "Falcon", types: ["falcon"], architectures: ["falcon"], order: .perGroup,
      ggufOrder: .stacked),
    Facts(name: "Falcon-40B", order: .perGroup, ggufOrder: .stacked),
    Facts(name: "OPT", types: ["opt"]),
    Facts(
      name: "BLOOM", types: ["bloom"], architectures: ["bloom"], order: .perHead,
      ggufOrder: .stacked),
    Facts(
      name: "MPT", types: ["mpt"], architectures: ["mpt"], order: .stacked, ggufOrder: .stacked),
    Facts(
      name: "DBRX", types: ["dbrx"], architectures: ["dbrx"], order: .stacked,
      ggufOrder: .stacked),
    Facts(name: "Phi", types: ["phi"], architectures: ["phi2"]),
    Facts(name: "StarCoder2", types: ["starcoder2"], architectures: ["starcoder2"]),
    Facts(name: "GPT-J", types: ["gptj"]),
    Facts(
      name: "Qwen", types: ["qwen"], architectures: ["qwen"], order: .stacked,
      ggufOrder: .stacked),
    Facts(name: "Meta", permutes: true),
  ]

  @Test("have the facts of their sources", arguments: table)
  func facts(_ facts: Facts) throws {
    let family = try #require(TensorFamily.all.first { $0.name == facts.name })
    #expect(family.modelTypes == facts.types)
    #expect(family.architectures == facts.architectures)
    #expect(
      family.huggingFace.order
        == TensorOrder(
          isTransposed: facts.isTransposed, gainOffset: facts.gain,
          permutesHeads: facts.name == "Meta", experts: facts.experts,
          queryKeyValue: facts.order))
    #expect(
      family.gguf.order
        == TensorOrder(
          permutesHeads: facts.permutes, experts: .stacked, queryKeyValue: facts.ggufOrder))
    #expect(family.gguf.ignores("rope_freqs.weight"))
  }

  @Test("are all in the table, and none is there twice")
  func complete() {
    #expect(Self.table.map(\.name).sorted() == TensorFamily.all.map(\.name).sorted())
    let types = TensorFamily.all.flatMap(\.modelTypes)
    let architectures = TensorFamily.all.flatMap(\.architectures)
    #expect(Set(types).count == types.count)
    #expect(Set(architectures).count == architectures.count)
  }

  @Test("are found by what a model calls itself, byte for byte")
  func lookup() {
    #expect(TensorFamily.of(modelType: "gemma3_text")?.name == "Gemma 3")
    #expect(TensorFamily.of(architecture: "phi2")?.name == "Phi")
    for stranger in ["", "Llama", "llama ", "llama\u{0}", "mamba", "llama4"] {
      #expect(TensorFamily.of(modelType: stranger) == nil)
      #expect(TensorFamily.of(architecture: stranger) == nil)
    }
  }

  @Test("that share an architecture are told apart by the names in the file")
  func shared() {
    func family(_ architecture: String, _ names: [ByteName]) -> String? {
      TensorFamily.of(architecture: architecture, names: names)?.name
    }
    #expect(family("llama", ["blk.0.ffn_gate.weight"]) == "Llama")
    #expect(family("llama", ["blk.0.attn_q.weight", "blk.3.ffn_gate_exps.weight"]) == "Mixtral")
    #expect(family("falcon", ["blk.0.attn_norm.weight"]) == "Falcon")
    #expect(family("falcon", ["blk.0.attn_norm_2.weight"]) == "Falcon-40B")
    #expect(family("qwen3moe", ["blk.3.ffn_gate_exps.weight"]) == "Qwen3-MoE")
    #expect(family("mamba", ["blk.3.ffn_gate_exps.weight"]) == nil)
  }

  @Test("leave out masks and what repeats the embedding")
  func ignored() {
    #expect(TensorFamily.gpt2.huggingFace.ignores("h.0.attn.bias"))
    #expect(TensorFamily.gpt2.huggingFace.ignores("lm_head.weight"))
    #expect(!TensorFamily.llama.huggingFace.ignores("lm_head.weight"))
    #expect(TensorFamily.llama.huggingFace.ignores("model.layers.0.self_attn.rotary_emb.inv_freq"))
    #expect(!TensorFamily.gpt2.huggingFace.ignores("h.0.attn.c_attn.bias"))
  }
}

/// Goal: rows of heads come back to where the library has them.
@Suite("The rows of heads")
struct HeadRowTests {
  @Test("are put back as the converter's reshape moved them", arguments: [2, 4, 6, 64])
  func order(perHead: Int) throws {
    let heads = 3
    let rows = try #require(HeadRows(rowCount: heads * perHead, headCount: heads))
    // reshape(heads, 2, d/2).swapaxes(1, 2): stored[h][j][s] = original[h][s][j].
    var stored: [Int] = []
    for head in 0..<heads {
      for pair in 0..<perHead / 2 {
        for half in 0..<2 { stored.append(head * perHead + half * perHead / 2 + pair) }
      }
    }
    #expect((0..<stored.count).map { stored[rows.source(of: $0)] } == Array(0..<stored.count))
  }

  @Test("are left alone if they do not divide")
  func undivided() {
    #expect(HeadRows(rowCount: 12, headCount: 5) == nil)
    #expect(HeadRows(rowCount: 15, headCount: 5) == nil)
    #expect(HeadRows(rowCount: 12, headCount: 0) == nil)
    #expect(HeadRows(rowCount: 12, headCount: -3) == nil)
    #expect(HeadRows(rowCount: -12, headCount: 3) == nil)
    #expect(HeadRows(perHead: 7) == nil)
    #expect(HeadRows(rowCount: 0, headCount: 4)?.source(of: 0) == 0)
  }

  @Test("of groups are put back as the converter regrouped them", arguments: [1, 2, 4])
  func groups(groups: Int) throws {
    let (heads, perHead) = (4, 3)
    let count = (heads + 2 * groups) * perHead
    let rows = try #require(
      GroupRows(rowCount: count, headCount: heads, groupCount: groups))
    // The library's rows group by group, regrouped to all of q, all of k, all of v.
    var parts: [[Int]] = [[], [], []]
    var row = 0
    for _ in 0..<groups {
      for (part, size) in [heads / groups * perHead, perHead, perHead].enumerated() {
        parts[part] += row..<row + size
        row += size
      }
    }
    let stored = parts.flatMap { $0 }
    #expect((0..<count).map { stored[rows.source(of: $0)] } == Array(0..<count))
    for (rows, heads, groups) in [(13, 4, 2), (16, 3, 2), (0, 4, 2), (16, 0, 2), (16, 4, 0)] {
      #expect(GroupRows(rowCount: rows, headCount: heads, groupCount: groups) == nil)
    }
  }

  static func array(_ counts: [UInt32]) -> (kind: UInt32, bytes: [UInt8]) {
    (
      9,
      littleEndian(UInt32(4)) + littleEndian(UInt64(counts.count))
        + counts.flatMap { littleEndian($0) }
    )
  }

  @Test("are counted by layer where a file says so")
  func counts() throws {
    let folder = try TemporaryFolder()
    let file = TinyModels.gguf(
      [TinyTensor("a", [1], f32: [1])],
      metadata: [
        ("deci.attention.head_count", TinyModels.ggufNumber(8)),
        ("deci.attention.head_count_kv", Self.array([4, 0, 2])),
        ("one.attention.head_count", Self.array([3, 3])),
      ])
    let model = try OpenModel.open(try folder.write("model.gguf", file))
    let counts = HeadCounts(metadata: model.ggufMetadata, architecture: "deci")
    #expect((0..<4).map { counts.queries(layer: $0) } == [8, 8, 8, 8])
    #expect((0..<4).map { counts.keys(layer: $0) } == [4, nil, 2, nil])
    #expect(counts.keys(layer: -1) == nil)
    #expect(counts.uniform == (8, nil))
    let same = HeadCounts(metadata: model.ggufMetadata, architecture: "one")
    #expect(same.uniform == (3, 3))
    #expect(same.keys(layer: 1) == 3)
    let none = HeadCounts(metadata: model.ggufMetadata, architecture: "other")
    #expect(none.uniform == (nil, nil))
    #expect(none.queries(layer: 0) == nil)
  }
}
