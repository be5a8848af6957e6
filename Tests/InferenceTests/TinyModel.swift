// Tiny random models made in a test: weights, their files in both containers, their slow twin.

import Base
import Foundation
import ReferenceTwins

@testable import Inference

/// A random model and the directory it is written to.
struct TinyModel {
  enum Kind: String, CaseIterable { case llama, qwen2, gpt2, mistral }

  let kind: Kind
  var config: JSONObject
  var tensors: [(name: String, shape: [Int], values: [Float])]

  let hidden = 40
  let heads = 4
  let keyValueHeads: Int
  let headSize: Int
  let layers = 2
  let inner = 56
  let vocabulary = 51
  let isTied: Bool
  let window: Int?

  init(_ kind: Kind, seed: UInt64 = 1) {
    self.kind = kind
    let isGPT2 = kind == .gpt2
    keyValueHeads = isGPT2 ? 4 : 2
    headSize = kind == .mistral ? 12 : 10
    isTied = isGPT2 || kind == .qwen2
    window = kind == .mistral ? 5 : nil
    config = ["model_type": .string(kind.rawValue), "vocab_size": JSON(vocabulary)]
    tensors = []
    if isGPT2 { makeGPT2(seed) } else { makeLlama(seed) }
  }

  private mutating func add(
    _ name: String, _ shape: [Int], _ seed: UInt64, scale: Double = 0.6, around: Double = 0
  ) {
    var random = CounterRandom(seed: seed, stream: UInt64(tensors.count))
    let values = (0..<shape.reduce(1, *)).map { _ in
      Float(around + scale * (random.uniform() * 2 - 1))
    }
    tensors.append((name, shape, values))
  }

  private mutating func makeLlama(_ seed: UInt64) {
    config["hidden_size"] = JSON(hidden)
    config["intermediate_size"] = JSON(inner)
    config["num_hidden_layers"] = JSON(layers)
    config["num_attention_heads"] = JSON(heads)
    config["num_key_value_heads"] = JSON(keyValueHeads)
    config["head_dim"] = JSON(headSize)
    config["rms_norm_eps"] = 1e-5
    config["rope_theta"] = 5000
    config["tie_word_embeddings"] = .bool(isTied)
    if let window { config["sliding_window"] = JSON(window) }
    add("model.embed_tokens.weight", [vocabulary, hidden], seed)
    for layer in 0..<layers {
      let name = "model.layers.\(layer)."
      add(name + "input_layernorm.weight", [hidden], seed, around: 1)
      for (part, count) in [("q", heads), ("k", keyValueHeads), ("v", keyValueHeads)] {
        add(name + "self_attn.\(part)_proj.weight", [count * headSize, hidden], seed)
        if kind == .qwen2 { add(name + "self_attn.\(part)_proj.bias", [count * headSize], seed) }
      }
      add(name + "self_attn.o_proj.weight", [hidden, heads * headSize], seed)
      add(name + "post_attention_layernorm.weight", [hidden], seed, around: 1)
      add(name + "mlp.gate_proj.weight", [inner, hidden], seed)
      add(name + "mlp.up_proj.weight", [inner, hidden], seed)
      add(name + "mlp.down_proj.weight", [hidden, inner], seed)
    }
    add("model.norm.weight", [hidden], seed, around: 1)
    if !isTied { add("lm_head.weight", [vocabulary, hidden], seed) }
  }

  private mutating func makeGPT2(_ seed: UInt64) {
    config["n_embd"] = JSON(hidden)
    config["n_layer"] = JSON(layers)
    config["n_head"] = JSON(heads)
    config["n_inner"] = JSON(inner)
    config["n_positions"] = 32
    add("wte.weight", [vocabulary, hidden], seed)
    add("wpe.weight", [32, hidden], seed)
    for layer in 0..<layers {
      let name = "h.\(layer)."
      func addBoth(_ model: inout TinyModel, _ part: String, _ rows: Int, _ columns: Int) {
        model.add(name + part + ".weight", [rows, columns], seed, scale: 0.3)
        model.add(name + part + ".bias", [columns], seed)
      }
      for norm in ["ln_1", "ln_2"] {
        add(name + norm + ".weight", [hidden], seed, around: 1)
        add(name + norm + ".bias", [hidden], seed)
      }
      addBoth(&self, "attn.c_attn", hidden, 3 * hidden)
      addBoth(&self, "attn.c_proj", hidden, hidden)
      addBoth(&self, "mlp.c_fc", hidden, inner)
      addBoth(&self, "mlp.c_proj", inner, hidden)
    }
    add("ln_f.weight", [hidden], seed, around: 1)
    add("ln_f.bias", [hidden], seed)
  }

  /// The same weights in the slow twin.
  var twin: ForwardTwin {
    ForwardTwin(
      vocabulary: vocabulary, hidden: hidden, layers: layers, heads: heads,
      keyValueHeads: keyValueHeads, headSize: headSize, epsilon: 1e-5,
      theta: kind == .gpt2 ? nil : 5000, isTied: isTied, window: window,
      tensors: Dictionary(
        uniqueKeysWithValues: tensors.map { ($0.name, $0.values.map(Double.init)) }))
  }

  // MARK: Files

  /// Writes config.json and model.safetensors into a new directory and hands it to `body`.
  func written<R>(_ body: (String) throws -> R) throws -> R {
    let directory = try FileSystem.temporaryDirectory(prefix: "tiny-model")
    defer { try? FileSystem.remove(directory) }
    try Data(JSON.object(config).canonicalBytes).write(
      to: URL(filePath: directory).appending(path: "config.json"))
    try Data(safetensors).write(
      to: URL(filePath: directory).appending(path: "model.safetensors"))
    return try body(directory)
  }

  private var safetensors: [UInt8] {
    var header = JSONObject()
    var data: [UInt8] = []
    for (name, shape, values) in tensors {
      let bytes = littleEndian(values)
      header[name] = [
        "dtype": "F32", "shape": .array(shape.map { JSON($0) }),
        "data_offsets": .array([JSON(data.count), JSON(data.count + bytes.count)]),
      ]
      data += bytes
    }
    let head = JSON.object(header).canonicalBytes
    return littleEndian(UInt64(head.count)) + head + data
  }

  /// The same Llama as a GGUF file, rows of Q and K interleaved as converters write them.
  var gguf: [UInt8] {
    func text(_ string: String) -> [UInt8] {
      littleEndian(UInt64(string.utf8.count)) + Array(string.utf8)
    }
    let numbers: [(String, UInt32)] = [
      ("block_count", UInt32(layers)), ("context_length", 2048),
      ("embedding_length", UInt32(hidden)), ("feed_forward_length", UInt32(inner)),
      ("attention.head_count", UInt32(heads)), ("attention.head_count_kv", UInt32(keyValueHeads)),
      ("attention.key_length", UInt32(headSize)), ("rope.dimension_count", UInt32(headSize)),
    ]
    let floats: [(String, Float)] = [
      ("attention.layer_norm_rms_epsilon", 1e-5), ("rope.freq_base", 5000),
    ]
    var head = Array("GGUF".utf8) + littleEndian(UInt32(3))
    head += littleEndian(UInt64(tensors.count)) + littleEndian(UInt64(11))
    head += text("general.architecture") + littleEndian(UInt32(8)) + text("llama")
    for (key, value) in numbers {
      head += text("llama.\(key)") + littleEndian(UInt32(4)) + littleEndian(value)
    }
    for (key, value) in floats {
      head += text("llama.\(key)") + littleEndian(UInt32(6)) + littleEndian(value.bitPattern)
    }
    var data: [UInt8] = []
    for (name, shape, values) in tensors {
      head += text(ggufName(name)) + littleEndian(UInt32(shape.count))
      for size in shape.reversed() { head += littleEndian(UInt64(size)) }
      head += littleEndian(UInt32(0)) + littleEndian(UInt64(data.count))
      let isRotated = name.contains("q_proj") || name.contains("k_proj")
      data += littleEndian(isRotated ? interleaved(values) : values)
      data += [UInt8](repeating: 0, count: (32 - data.count % 32) % 32)
    }
    return head + [UInt8](repeating: 0, count: (32 - head.count % 32) % 32) + data
  }

  private func ggufName(_ name: String) -> String {
    let parts = [
      ("model.embed_tokens", "token_embd"), ("model.layers", "blk"), ("model.norm", "output_norm"),
      ("lm_head", "output"), ("input_layernorm", "attn_norm"),
      ("post_attention_layernorm", "ffn_norm"), ("self_attn.q_proj", "attn_q"),
      ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
      ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"),
      ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ]
    return parts.reduce(name) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }

  /// Rows [head][half][i] as [head][i][half].
  private func interleaved(_ values: [Float]) -> [Float] {
    let half = headSize / 2
    var result = values
    for row in 0..<values.count / hidden {
      let (head, within) = (row / headSize, row % headSize)
      let stored = head * headSize + within % half * 2 + within / half
      for column in 0..<hidden { result[stored * hidden + column] = values[row * hidden + column] }
    }
    return result
  }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

private func littleEndian(_ values: [Float]) -> [UInt8] {
  values.flatMap { littleEndian($0.bitPattern) }
}
