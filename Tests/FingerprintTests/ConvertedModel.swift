import Base
import TestSupport
import Testing

/// A small model as the library saves it and as llama.cpp converts it, written from the converters'
/// own reshapes and not from the code that undoes them.
struct ConvertedModel: Sendable, CustomTestStringConvertible {
  /// Values of a tensor, outermost dimension first.
  struct Values: Sendable {
    var name: String
    var shape: [Int]
    var values: [Float]

    /// As `permute(order)` of numpy: dimension i of the result is dimension `order[i]`.
    func transposed(_ order: [Int]) -> Values {
      let wanted = order.map { shape[$0] }
      var strides = [Int](repeating: 1, count: shape.count)
      for index in shape.indices.dropLast().reversed() {
        strides[index] = strides[index + 1] * shape[index + 1]
      }
      let result = (0..<values.count).map { place -> Float in
        var (rest, source) = (place, 0)
        for index in wanted.indices.reversed() {
          source += rest % wanted[index] * strides[order[index]]
          rest /= wanted[index]
        }
        return values[source]
      }
      return Values(name: name, shape: wanted, values: result)
    }

    func reshaped(_ shape: [Int]) -> Values { Values(name: name, shape: shape, values: values) }
    func named(_ name: String) -> Values { Values(name: name, shape: shape, values: values) }

    /// Every `step`th index from `start` of a dimension.
    func every(_ step: Int, from start: Int, of dimension: Int) -> Values {
      let outer = shape[..<dimension].reduce(1, *)
      let inner = shape[(dimension + 1)...].reduce(1, *)
      var result: [Float] = []
      for block in 0..<outer {
        for index in stride(from: start, to: shape[dimension], by: step) {
          let first = (block * shape[dimension] + index) * inner
          result += values[first..<first + inner]
        }
      }
      var wanted = shape
      wanted[dimension] = (shape[dimension] - start + step - 1) / step
      return Values(name: name, shape: wanted, values: result)
    }

    /// A range of a dimension.
    func slice(_ range: Range<Int>, of dimension: Int) -> Values {
      let outer = shape[..<dimension].reduce(1, *)
      let inner = shape[(dimension + 1)...].reduce(1, *)
      let size = shape[dimension] * inner
      let result = (0..<outer).flatMap {
        values[$0 * size + range.lowerBound * inner..<$0 * size + range.upperBound * inner]
      }
      var wanted = shape
      wanted[dimension] = range.count
      return Values(name: name, shape: wanted, values: result)
    }

    func plus(_ number: Float) -> Values {
      Values(name: name, shape: shape, values: values.map { $0 + number })
    }

    static func stack(_ parts: [Values]) -> Values {
      Values(
        name: parts[0].name, shape: [parts.count] + parts[0].shape,
        values: parts.flatMap(\.values))
    }

    static func rows(_ parts: [Values]) -> Values {
      Values(
        name: parts[0].name,
        shape: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst(),
        values: parts.flatMap(\.values))
    }

    /// `LlamaModel.permute`.
    func permuted(heads: Int) -> Values {
      let rest = Array(shape.dropFirst())
      let split = reshaped([heads, 2, shape[0] / heads / 2] + rest)
      let order = [0, 2, 1] + rest.indices.map { $0 + 3 }
      return split.transposed(order).reshaped(shape)
    }
  }

  let name: String
  let architecture: String
  var metadata: [(String, UInt32)] = []
  /// Names and shapes in the library's files.
  let hub: [(name: String, shape: [Int])]
  /// What the converter makes of them.
  let convert: @Sendable ([String: Values]) -> [Values]

  var testDescription: String { name }

  /// Values that BF16 and F16 hold, also with one added.
  func hubValues(seed: UInt64 = 1) -> [Values] {
    var random = CounterRandom(seed: seed, stream: 7)
    return hub.map { name, shape in
      Values(
        name: name, shape: shape,
        values: (0..<shape.reduce(1, *)).map { _ in Float(Int(random.next() % 127) - 63) / 64 })
    }
  }

  func ggufValues(seed: UInt64 = 1) -> [Values] {
    let values = hubValues(seed: seed)
    return convert(Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0) }))
  }

  static func tensor(_ values: Values, _ type: String) -> TinyTensor {
    let bytes: [UInt8] = values.values.flatMap { value -> [UInt8] in
      switch type {
      case "BF16": littleEndian(UInt16(value.bitPattern >> 16))
      case "F16": littleEndian(Float16(value).bitPattern)
      default: littleEndian(value.bitPattern)
      }
    }
    return TinyTensor(values.name, type, values.shape, bytes)
  }

  func safetensors(_ type: String, seed: UInt64 = 1) -> [UInt8] {
    TinyModels.safetensors(hubValues(seed: seed).map { Self.tensor($0, type) })
  }

  /// As the converter writes it: vectors, norms among them, in F32.
  func gguf(_ type: String, seed: UInt64 = 1, architecture: String? = nil) -> [UInt8] {
    let architecture = architecture ?? self.architecture
    return TinyModels.gguf(
      ggufValues(seed: seed).map { Self.tensor($0, $0.shape.count == 1 ? "F32" : type) },
      metadata: [("general.architecture", TinyModels.ggufText(architecture))]
        + metadata.map { ("\(architecture).\($0.0)", TinyModels.ggufNumber($0.1)) })
  }
}

// MARK: The models

extension ConvertedModel {
  private static let counts: [(String, UInt32)] = [
    ("attention.head_count", 4), ("attention.head_count_kv", 2),
  ]

  private static func layer(_ names: [(String, [Int])]) -> [(name: String, shape: [Int])] {
    names.map { ("model.layers.0." + $0.0, $0.1) }
  }

  private static let ends: [(name: String, shape: [Int])] = [
    ("model.embed_tokens.weight", [6, 8]), ("model.norm.weight", [8]), ("lm_head.weight", [6, 8]),
  ]
  private static let attention: [(String, [Int])] = [
    ("self_attn.q_proj.weight", [16, 8]), ("self_attn.k_proj.weight", [8, 8]),
    ("self_attn.v_proj.weight", [8, 8]), ("self_attn.o_proj.weight", [8, 16]),
    ("input_layernorm.weight", [8]), ("post_attention_layernorm.weight", [8]),
  ]
  private static let feedForward: [(String, [Int])] = [
    ("mlp.gate_proj.weight", [10, 8]), ("mlp.up_proj.weight", [10, 8]),
    ("mlp.down_proj.weight", [8, 10]),
  ]
  /// Names that stand for one tensor each.
  private static let plain = [
    "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
    "model.layers.0.self_attn.q_proj.weight": "blk.0.attn_q.weight",
    "model.layers.0.self_attn.k_proj.weight": "blk.0.attn_k.weight",
    "model.layers.0.self_attn.v_proj.weight": "blk.0.attn_v.weight",
    "model.layers.0.self_attn.q_proj.bias": "blk.0.attn_q.bias",
    "model.layers.0.self_attn.k_proj.bias": "blk.0.attn_k.bias",
    "model.layers.0.self_attn.o_proj.weight": "blk.0.attn_output.weight",
    "model.layers.0.self_attn.q_norm.weight": "blk.0.attn_q_norm.weight",
    "model.layers.0.self_attn.k_norm.weight": "blk.0.attn_k_norm.weight",
    "model.layers.0.input_layernorm.weight": "blk.0.attn_norm.weight",
    "model.layers.0.post_attention_layernorm.weight": "blk.0.ffn_norm.weight",
    "model.layers.0.mlp.gate_proj.weight": "blk.0.ffn_gate.weight",
    "model.layers.0.mlp.up_proj.weight": "blk.0.ffn_up.weight",
    "model.layers.0.mlp.down_proj.weight": "blk.0.ffn_down.weight",
  ]

  /// Every tensor that one name stands for, under the other.
  private static func renamed(
    _ values: [String: Values], _ names: [String: String] = [:]
  ) -> [Values] {
    let all = plain.merging(names) { _, new in new }
    return values.values.compactMap { value in all[value.name].map { value.named($0) } }
  }

  private static func stacked(
    _ values: [String: Values], _ names: [String: String], experts: Int = 3
  ) -> [Values] {
    names.map { hub, gguf in
      Values.stack(
        (0..<experts).map { values["model.layers.0." + hub.replacing("#", with: "\($0)")]! }
      ).named(gguf)
    }
  }

  private static let stackNames = [
    "blk.0.ffn_gate_exps.weight", "blk.0.ffn_up_exps.weight", "blk.0.ffn_down_exps.weight",
  ]

  private static func experts(_ names: [String]) -> [(String, [Int])] {
    (0..<3).flatMap { expert in
      zip(names, [[10, 8], [10, 8], [8, 10]]).map {
        ($0.replacing("#", with: "\(expert)"), $1)
      }
    }
  }

  static let all: [ConvertedModel] = [
    llama, qwen2, qwen3, mixtral, qwen2MoE, qwen3MoE, gemma, gemma2, gemma3, phi3, gpt2, gptNeoX,
    olmo2, deepSeek, gptOSS, falcon, baichuan, internLM2, graniteMoE,
  ]

  static let llama = ConvertedModel(
    name: "Llama", architecture: "llama", metadata: counts,
    hub: ends + layer(attention + feedForward + [("self_attn.q_proj.bias", [16])])
  ) { values in
    renamed(values).map {
      $0.name.contains("attn_q.")
        ? $0.permuted(heads: 4) : $0.name.contains("attn_k.") ? $0.permuted(heads: 2) : $0
    }
  }

  static let qwen2 = ConvertedModel(
    name: "Qwen2", architecture: "qwen2", metadata: counts,
    hub: ends + layer(attention + feedForward + [("self_attn.k_proj.bias", [8])])
  ) { renamed($0) }

  static let qwen3 = ConvertedModel(
    name: "Qwen3", architecture: "qwen3", metadata: counts,
    hub: ends
      + layer(
        attention + feedForward + [
          ("self_attn.q_norm.weight", [4]), ("self_attn.k_norm.weight", [4]),
        ]
      )
  ) { renamed($0) }

  private static let mixtralNames = ["w1", "w3", "w2"].map {
    "block_sparse_moe.experts.#.\($0).weight"
  }

  static let mixtral = ConvertedModel(
    name: "Mixtral", architecture: "llama", metadata: counts,
    hub: ends
      + layer(attention + [("block_sparse_moe.gate.weight", [3, 8])] + experts(mixtralNames))
  ) { values in
    renamed(values, ["model.layers.0.block_sparse_moe.gate.weight": "blk.0.ffn_gate_inp.weight"])
      .map {
        $0.name.contains("attn_q.")
          ? $0.permuted(heads: 4) : $0.name.contains("attn_k.") ? $0.permuted(heads: 2) : $0
      }
      + stacked(values, Dictionary(uniqueKeysWithValues: zip(mixtralNames, stackNames)))
  }

  private static let qwenNames = ["gate", "up", "down"].map {
    "mlp.experts.#.\($0)_proj.weight"
  }
  private static let qwenStacks = Dictionary(uniqueKeysWithValues: zip(qwenNames, stackNames))
  private static let router = ["model.layers.0.mlp.gate.weight": "blk.0.ffn_gate_inp.weight"]

  static let qwen2MoE = ConvertedModel(
    name: "Qwen2-MoE", architecture: "qwen2moe", metadata: counts,
    hub: ends
      + layer(
        attention + [
          ("mlp.gate.weight", [3, 8]), ("mlp.shared_expert.up_proj.weight", [6, 8]),
          ("mlp.shared_expert_gate.weight", [1, 8]),
        ] + experts(qwenNames))
  ) { values in
    let names = router.merging([
      "model.layers.0.mlp.shared_expert.up_proj.weight": "blk.0.ffn_up_shexp.weight",
      "model.layers.0.mlp.shared_expert_gate.weight": "blk.0.ffn_gate_inp_shexp.weight",
    ]) { $1 }
    // Converters have written this one row as a vector too.
    return renamed(values, names).map { $0.shape == [1, 8] ? $0.reshaped([8]) : $0 }
      + stacked(values, qwenStacks)
  }

  static let qwen3MoE = ConvertedModel(
    name: "Qwen3-MoE", architecture: "qwen3moe", metadata: counts,
    hub: ends + layer(attention + [("mlp.gate.weight", [3, 8])] + experts(qwenNames))
  ) { renamed($0, router) + stacked($0, qwenStacks) }

  static let gemma = ConvertedModel(
    name: "Gemma", architecture: "gemma", metadata: counts,
    hub: ends.dropLast() + layer(attention + feedForward)
  ) { renamed($0).map { $0.name.hasSuffix("norm.weight") ? $0.plus(1) : $0 } }

  private static let fourNorms = [
    "model.layers.0.post_attention_layernorm.weight": "blk.0.post_attention_norm.weight",
    "model.layers.0.pre_feedforward_layernorm.weight": "blk.0.ffn_norm.weight",
    "model.layers.0.post_feedforward_layernorm.weight": "blk.0.post_ffw_norm.weight",
  ]
  private static let moreNorms: [(String, [Int])] = [
    ("pre_feedforward_layernorm.weight", [8]), ("post_feedforward_layernorm.weight", [8]),
  ]

  static let gemma2 = ConvertedModel(
    name: "Gemma 2", architecture: "gemma2", metadata: counts,
    hub: ends.dropLast() + layer(attention + feedForward + moreNorms)
  ) { renamed($0, fourNorms).map { $0.name.hasSuffix("norm.weight") ? $0.plus(1) : $0 } }

  static let gemma3 = ConvertedModel(
    name: "Gemma 3", architecture: "gemma3", metadata: counts,
    hub: ends.dropLast()
      + layer(
        attention + feedForward + moreNorms + [
          ("self_attn.q_norm.weight", [4]), ("self_attn.k_norm.weight", [4]),
        ])
  ) { renamed($0, fourNorms).map { $0.name.hasSuffix("norm.weight") ? $0.plus(1) : $0 } }

  static let phi3 = ConvertedModel(
    name: "Phi-3", architecture: "phi3", metadata: counts,
    hub: ends
      + layer(
        Array(attention.dropFirst(3)) + [
          ("self_attn.qkv_proj.weight", [32, 8]), ("mlp.gate_up_proj.weight", [20, 8]),
          ("mlp.down_proj.weight", [8, 10]),
        ])
  ) { values in
    renamed(
      values,
      [
        "model.layers.0.self_attn.qkv_proj.weight": "blk.0.attn_qkv.weight",
        "model.layers.0.mlp.gate_up_proj.weight": "blk.0.ffn_up.weight",
      ])
      // What the library computes from its configuration.
      + [Values(name: "rope_factors_long.weight", shape: [2], values: [1, 2])]
  }

  static let gpt2 = ConvertedModel(
    name: "GPT-2", architecture: "gpt2", metadata: [("attention.head_count", 4)],
    hub: [
      ("wte.weight", [6, 8]), ("wpe.weight", [9, 8]), ("ln_f.weight", [8]), ("ln_f.bias", [8]),
      ("h.0.ln_1.weight", [8]), ("h.0.attn.c_attn.weight", [8, 24]),
      ("h.0.attn.c_attn.bias", [24]), ("h.0.attn.c_proj.weight", [8, 8]),
      ("h.0.mlp.c_fc.weight", [8, 32]), ("h.0.mlp.c_proj.weight", [32, 8]),
    ].map { ("transformer." + $0.0, $0.1) }
  ) { values in
    let names = [
      "wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight",
      "ln_f.weight": "output_norm.weight", "ln_f.bias": "output_norm.bias",
      "h.0.ln_1.weight": "blk.0.attn_norm.weight",
      "h.0.attn.c_attn.weight": "blk.0.attn_qkv.weight",
      "h.0.attn.c_attn.bias": "blk.0.attn_qkv.bias",
      "h.0.attn.c_proj.weight": "blk.0.attn_output.weight",
      "h.0.mlp.c_fc.weight": "blk.0.ffn_up.weight",
      "h.0.mlp.c_proj.weight": "blk.0.ffn_down.weight",
    ]
    return values.values.map { value in
      let short = String(value.name.dropFirst("transformer.".count))
      let named = value.named(names[short]!)
      return short.hasPrefix("h.0.") && value.shape.count == 2 ? named.transposed([1, 0]) : named
    }
  }

  static let gptNeoX = ConvertedModel(
    name: "GPT-NeoX", architecture: "gptneox", metadata: [("attention.head_count", 4)],
    hub: [
      ("gpt_neox.embed_in.weight", [6, 8]), ("embed_out.weight", [6, 8]),
      ("gpt_neox.final_layer_norm.bias", [8]),
      ("gpt_neox.layers.0.attention.query_key_value.weight", [24, 8]),
      ("gpt_neox.layers.0.attention.query_key_value.bias", [24]),
      ("gpt_neox.layers.0.attention.dense.weight", [8, 8]),
    ]
  ) { values in
    let names = [
      "gpt_neox.embed_in.weight": "token_embd.weight", "embed_out.weight": "output.weight",
      "gpt_neox.final_layer_norm.bias": "output_norm.bias",
      "gpt_neox.layers.0.attention.query_key_value.weight": "blk.0.attn_qkv.weight",
      "gpt_neox.layers.0.attention.query_key_value.bias": "blk.0.attn_qkv.bias",
      "gpt_neox.layers.0.attention.dense.weight": "blk.0.attn_output.weight",
    ]
    return values.values.map { value in
      let named = value.named(names[value.name]!)
      guard value.name.contains("query_key_value") else { return named }
      let rest = Array(value.shape.dropFirst())
      return named.reshaped([4, 3, 2] + rest).transposed([1, 0, 2] + rest.indices.map { $0 + 3 })
        .reshaped(value.shape)
    }
  }

  static let olmo2 = ConvertedModel(
    name: "OLMo 2", architecture: "olmo2", metadata: counts,
    hub: ends
      + layer(
        attention.filter { $0.0 != "input_layernorm.weight" } + feedForward + [
          ("post_feedforward_layernorm.weight", [8]), ("self_attn.q_norm.weight", [16]),
        ])
  ) { renamed($0, fourNorms) }

  static let deepSeek = ConvertedModel(
    name: "DeepSeek", architecture: "deepseek2", metadata: [("attention.head_count", 3)],
    hub: ends
      + layer(
        [
          ("self_attn.kv_a_proj_with_mqa.weight", [7, 8]), ("self_attn.kv_a_layernorm.weight", [5]),
          ("self_attn.kv_b_proj.weight", [3 * (4 + 2), 5]), ("self_attn.q_proj.weight", [18, 8]),
          ("mlp.gate.weight", [3, 8]), ("mlp.gate.e_score_correction_bias", [3]),
          ("mlp.shared_experts.down_proj.weight", [8, 6]),
        ] + experts(qwenNames))
  ) { values in
    let both = values["model.layers.0.self_attn.kv_b_proj.weight"]!.reshaped([3, 6, 5])
    let names = router.merging([
      "model.layers.0.self_attn.kv_a_proj_with_mqa.weight": "blk.0.attn_kv_a_mqa.weight",
      "model.layers.0.self_attn.kv_a_layernorm.weight": "blk.0.attn_kv_a_norm.weight",
      "model.layers.0.mlp.gate.e_score_correction_bias": "blk.0.exp_probs_b.bias",
      "model.layers.0.mlp.shared_experts.down_proj.weight": "blk.0.ffn_down_shexp.weight",
    ]) { $1 }
    return renamed(values, names) + stacked(values, qwenStacks) + [
      both.slice(0..<4, of: 1).transposed([0, 2, 1]).named("blk.0.attn_k_b.weight"),
      both.slice(4..<6, of: 1).named("blk.0.attn_v_b.weight"),
    ]
  }

  static let gptOSS = ConvertedModel(
    name: "gpt-oss", architecture: "gpt-oss", metadata: counts,
    hub: ends
      + layer(
        attention + [
          ("self_attn.sinks", [4]), ("mlp.router.weight", [3, 8]), ("mlp.router.bias", [3]),
          ("mlp.experts.gate_up_proj", [3, 8, 20]), ("mlp.experts.gate_up_proj_bias", [3, 20]),
          ("mlp.experts.down_proj", [3, 10, 8]), ("mlp.experts.down_proj_bias", [3, 8]),
        ])
  ) { values in
    let layer = "model.layers.0."
    let both = values[layer + "mlp.experts.gate_up_proj"]!.transposed([0, 2, 1])
    let bias = values[layer + "mlp.experts.gate_up_proj_bias"]!
    return renamed(
      values,
      [
        layer + "self_attn.sinks": "blk.0.attn_sinks.weight",
        layer + "mlp.router.weight": "blk.0.ffn_gate_inp.weight",
        layer + "mlp.router.bias": "blk.0.ffn_gate_inp.bias",
        layer + "mlp.experts.down_proj_bias": "blk.0.ffn_down_exps.bias",
        layer + "post_attention_layernorm.weight": "blk.0.post_attention_norm.weight",
      ]) + [
        both.every(2, from: 0, of: 1).named("blk.0.ffn_gate_exps.weight"),
        both.every(2, from: 1, of: 1).named("blk.0.ffn_up_exps.weight"),
        bias.every(2, from: 0, of: 1).named("blk.0.ffn_gate_exps.bias"),
        bias.every(2, from: 1, of: 1).named("blk.0.ffn_up_exps.bias"),
        values[layer + "mlp.experts.down_proj"]!.transposed([0, 2, 1])
          .named("blk.0.ffn_down_exps.weight"),
      ]
  }

  /// Two heads of k and v with two of q each.
  static let falcon = ConvertedModel(
    name: "Falcon", architecture: "falcon", metadata: counts,
    hub: [
      ("transformer.word_embeddings.weight", [6, 8]),
      ("transformer.h.0.self_attention.query_key_value.weight", [16, 8]),
    ]
  ) { values in
    let fused = values["transformer.h.0.self_attention.query_key_value.weight"]!
      .reshaped([2, 4, 2, 8])
    return [
      values["transformer.word_embeddings.weight"]!.named("token_embd.weight"),
      Values.rows([
        fused.slice(0..<2, of: 1).reshaped([8, 8]), fused.slice(2..<3, of: 1).reshaped([4, 8]),
        fused.slice(3..<4, of: 1).reshaped([4, 8]),
      ]).named("blk.0.attn_qkv.weight"),
    ]
  }

  static let baichuan = ConvertedModel(
    name: "Baichuan", architecture: "baichuan", metadata: [("attention.head_count", 2)],
    hub: ends
      + layer([("self_attn.W_pack.weight", [24, 8]), ("self_attn.o_proj.weight", [8, 8])])
  ) { values in
    let pack = values["model.layers.0.self_attn.W_pack.weight"]!
    return renamed(values) + [
      pack.slice(0..<8, of: 0).permuted(heads: 2).named("blk.0.attn_q.weight"),
      pack.slice(8..<16, of: 0).permuted(heads: 2).named("blk.0.attn_k.weight"),
      pack.slice(16..<24, of: 0).named("blk.0.attn_v.weight"),
    ]
  }

  static let internLM2 = ConvertedModel(
    name: "InternLM2", architecture: "internlm2", metadata: counts,
    hub: [("model.tok_embeddings.weight", [6, 8])]
      + layer([("attention.wqkv.weight", [32, 8]), ("attention.wo.weight", [8, 16])])
  ) { values in
    let fused = values["model.layers.0.attention.wqkv.weight"]!.reshaped([2, 4, 4, 8])
    return [
      values["model.tok_embeddings.weight"]!.named("token_embd.weight"),
      values["model.layers.0.attention.wo.weight"]!.named("blk.0.attn_output.weight"),
      fused.slice(0..<2, of: 1).reshaped([16, 8]).permuted(heads: 4).named("blk.0.attn_q.weight"),
      fused.slice(2..<3, of: 1).reshaped([8, 8]).permuted(heads: 2).named("blk.0.attn_k.weight"),
      fused.slice(3..<4, of: 1).reshaped([8, 8]).named("blk.0.attn_v.weight"),
    ]
  }

  static let graniteMoE = ConvertedModel(
    name: "Granite-MoE", architecture: "granitemoe", metadata: counts,
    hub: ends
      + layer([
        ("block_sparse_moe.input_linear.weight", [3, 20, 8]),
        ("block_sparse_moe.output_linear.weight", [3, 8, 10]),
        ("block_sparse_moe.router.layer.weight", [3, 8]),
      ])
  ) { values in
    let layer = "model.layers.0.block_sparse_moe."
    let both = values[layer + "input_linear.weight"]!
    return renamed(
      values,
      [
        layer + "output_linear.weight": "blk.0.ffn_down_exps.weight",
        layer + "router.layer.weight": "blk.0.ffn_gate_inp.weight",
      ]) + [
        both.slice(0..<10, of: 1).named("blk.0.ffn_gate_exps.weight"),
        both.slice(10..<20, of: 1).named("blk.0.ffn_up_exps.weight"),
      ]
  }
}
