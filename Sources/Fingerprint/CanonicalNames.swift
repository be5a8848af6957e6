// What the tensors of a GGUF file are called in Hugging Face form, and how their rows were moved.
//
// Source: llama.cpp `conversion/llama.py` (`undo_permute`) and gguf's tensor name map, for the
// architectures llama (with Mistral), qwen2 and qwen3. llama's query and key rows are interleaved
// within each head by the converter; `HeadRows` undoes it. Everything else is left as it is and
// named as unmapped: a guess here would call two different models equal.

import Base
import Formats

/// How a model's names stand to the canonical ones.
struct CanonicalNames: Sendable {
  /// What the canonical digest does with one tensor.
  enum Place: Equatable, Sendable {
    /// Enters under this name; `headCount` is set if the rows of so many heads are interleaved.
    case named(ByteName, headCount: Int?)
    /// A buffer that follows from the configuration.
    case dropped
    /// Enters under `gguf:` and its own name.
    case unmapped
  }

  static let embedding: ByteName = "model.embed_tokens.weight"
  static let head: ByteName = "lm_head.weight"
  static let architectures: Set<String> = ["llama", "qwen2", "qwen3"]

  private let isGGUF: Bool
  private let architecture: String?
  private let headCounts: GGUFValue?
  private let keyHeadCounts: GGUFValue?

  init(_ model: OpenModel?) {
    isGGUF = model?.format == .gguf
    let metadata = model?.ggufMetadata ?? [:]
    architecture = metadata["general.architecture"]?.text.flatMap {
      Self.architectures.contains($0) ? $0 : nil
    }
    let prefix = architecture ?? ""
    headCounts = metadata[ByteName("\(prefix).attention.head_count")]
    keyHeadCounts = metadata[ByteName("\(prefix).attention.head_count_kv")] ?? headCounts
  }

  subscript(name: ByteName) -> Place {
    guard isGGUF else {
      return name == "rope_freqs.weight" || name.hasSuffix(".rotary_emb.inv_freq")
        ? .dropped : .named(name, headCount: nil)
    }
    if name == "rope_freqs.weight" { return .dropped }
    guard architecture != nil else { return .unmapped }
    if let whole = Self.whole[name] { return .named(whole, headCount: nil) }
    guard let block = BlockName(name), let path = Self.parts[block.part] else { return .unmapped }
    let canonical = ByteName("model.layers.\(block.layer).\(path).\(block.suffix)")
    guard architecture == "llama", block.part == "attn_q" || block.part == "attn_k" else {
      return .named(canonical, headCount: nil)
    }
    let counts = block.part == "attn_q" ? headCounts : keyHeadCounts
    guard let count = headCount(counts, layer: block.layer) else { return .unmapped }
    return .named(canonical, headCount: count)
  }

  /// Without an output head that only repeats the embedding.
  static func withoutTiedHead(_ tensors: [CanonicalTensor]) -> [CanonicalTensor] {
    let tied = tensors.first { $0.name == embedding }?.valueDigest
    return tensors.filter { $0.name != head || $0.valueDigest != tied }
  }

  private func headCount(_ value: GGUFValue?, layer: Int) -> Int? {
    if let list = value?.array?.integers {
      return list.indices.contains(layer) && list[layer] > 0 ? list[layer] : nil
    }
    return value?.int.flatMap { $0 > 0 ? $0 : nil }
  }

  private static let whole: [ByteName: ByteName] = [
    "token_embd.weight": embedding,
    "output_norm.weight": "model.norm.weight",
    "output.weight": head,
  ]

  private static let parts: [String: String] = [
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ]
}

/// `blk.N.PART.weight` or `.bias`, with N in plain decimal.
private struct BlockName {
  let layer: Int
  let part: String
  let suffix: String

  init?(_ name: ByteName) {
    let fields = name.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count == 4, fields[0] == "blk", let layer = Int(fields[1]), layer >= 0,
      String(layer) == fields[1], fields[3] == "weight" || fields[3] == "bias"
    else { return nil }
    self.layer = layer
    part = fields[2]
    suffix = fields[3]
  }
}

/// The order of rows that undoes the converter's interleaving within each head.
struct HeadRows: Equatable, Sendable {
  /// Rows of one head; even.
  let perHead: Int

  /// Nil if the rows do not divide into heads of an even number of rows.
  init?(rowCount: Int, headCount: Int) {
    guard headCount > 0, rowCount % headCount == 0, (rowCount / headCount) % 2 == 0 else {
      return nil
    }
    perHead = rowCount / headCount
  }

  /// The stored row that belongs at `row` of the original: h·d + s·d/2 + j comes from
  /// h·d + 2j + s.
  func source(of row: Int) -> Int {
    guard perHead > 0 else { return row }
    let within = row % perHead
    let half = perHead / 2
    return row - within + 2 * (within % half) + within / half
  }
}
