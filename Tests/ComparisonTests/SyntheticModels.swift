// Random models of any shape, for the index sets that the small trained models lack.

import Base
import Foundation

@testable import Comparison

extension MovedModel {
  /// What a synthetic model has.
  struct Shape {
    var layers = 3
    var width = 48
    var units = 32
    var heads = 8
    var groups = 4
    var headSize = 16
    var vocabulary = 160
    var experts = 0
    var hasPositions = false
    var extra: JSONObject = [:]
  }

  /// Independent normal numbers in Llama's names; routers and experts in Mixtral's successors'.
  init(_ shape: Shape, seed: UInt64) {
    var random = CounterRandom(seed: seed, stream: 50)
    func normal(_ rows: Int, _ columns: Int) -> (shape: [Int], values: [Float]) {
      let values = (0..<rows * columns).map { _ in
        Float((-2 * log(1 - random.uniform())).squareRoot() * cos(2 * .pi * random.uniform()))
          * 0.05
      }
      return ([rows, columns], values)
    }
    let ones = (shape: [shape.width], values: [Float](repeating: 1, count: shape.width))
    var tensors: [String: (shape: [Int], values: [Float])] = [:]
    tensors["model.embed_tokens.weight"] = normal(shape.vocabulary, shape.width)
    tensors["model.norm.weight"] = ones
    if shape.hasPositions { tensors["model.embed_positions.weight"] = normal(64, shape.width) }
    for layer in 0..<shape.layers {
      let h = "model.layers.\(layer)."
      for norm in ["input_layernorm", "post_attention_layernorm"] {
        tensors[h + norm + ".weight"] = ones
      }
      let q = shape.heads * shape.headSize
      let k = shape.groups * shape.headSize
      tensors[h + "self_attn.q_proj.weight"] = normal(q, shape.width)
      tensors[h + "self_attn.k_proj.weight"] = normal(k, shape.width)
      tensors[h + "self_attn.v_proj.weight"] = normal(k, shape.width)
      tensors[h + "self_attn.o_proj.weight"] = normal(shape.width, q)
      let blocks =
        shape.experts == 0 ? ["mlp."] : (0..<shape.experts).map { "mlp.experts.\($0)." }
      if shape.experts > 0 {
        tensors[h + "mlp.gate.weight"] = normal(shape.experts, shape.width)
        tensors[h + "mlp.shared_expert.up_proj.weight"] = normal(shape.units, shape.width)
      }
      for block in blocks {
        tensors[h + block + "gate_proj.weight"] = normal(shape.units, shape.width)
        tensors[h + block + "up_proj.weight"] = normal(shape.units, shape.width)
        tensors[h + block + "down_proj.weight"] = normal(shape.width, shape.units)
      }
    }
    var config = shape.extra
    config["model_type"] = shape.experts > 0 ? "qwen2_moe" : "llama"
    config["hidden_size"] = JSON(shape.width)
    config["intermediate_size"] = JSON(shape.units)
    config["num_hidden_layers"] = JSON(shape.layers)
    config["num_attention_heads"] = JSON(shape.heads)
    config["num_key_value_heads"] = JSON(shape.groups)
    config["head_dim"] = JSON(shape.headSize)
    config["vocab_size"] = JSON(shape.vocabulary)
    self.init(tensors: tensors, config: config)
  }

  /// Other numbers for the experts of every layer.
  func withExpertsPermuted(_ seed: UInt64, experts: Int) -> MovedModel {
    var out = self
    var random = CounterRandom(seed: seed, stream: 51)
    for layer in 0..<layers {
      let order = random.permutation(experts)
      out.takeRows(name(layer, "mlp.gate"), order)
      for (target, source) in order.enumerated() {
        for part in ["gate_proj", "up_proj", "down_proj"] {
          out.tensors[name(layer, "mlp.experts.\(target).\(part)")] =
            tensors[name(layer, "mlp.experts.\(source).\(part)")]
        }
      }
    }
    return out
  }

  /// A mixture of experts that all start as the dense MLP, with new routers.
  func upcycled(_ experts: Int, seed: UInt64) -> MovedModel {
    var out = self
    let fresh = MovedModel(
      Shape(layers: layers, width: width, experts: experts), seed: seed)
    for layer in 0..<layers {
      for part in ["gate_proj", "up_proj", "down_proj"] {
        let dense = out.tensors.removeValue(forKey: name(layer, "mlp.\(part)"))
        for expert in 0..<experts {
          out.tensors[name(layer, "mlp.experts.\(expert).\(part)")] = dense
        }
      }
      out.tensors[name(layer, "mlp.gate")] = fresh.tensors[name(layer, "mlp.gate")]
    }
    out.config["model_type"] = "qwen2_moe"
    return out
  }

  /// Layers in another order, some of them twice or not at all.
  func withLayers(_ order: [Int]) -> MovedModel {
    var out = self
    for key in tensors.keys where key.contains(".layers.") { out.tensors[key] = nil }
    for (target, source) in order.enumerated() {
      for (key, tensor) in tensors where key.hasPrefix("model.layers.\(source).") {
        let rest = key.dropFirst("model.layers.\(source).".count)
        out.tensors["model.layers.\(target).\(rest)"] = tensor
      }
    }
    out.config["num_hidden_layers"] = JSON(order.count)
    return out
  }
}
