// Models moved and damaged on purpose, made from the small models of this repository.
//
// A `MovedModel` holds the tensors of a Llama-shaped model as float32 and can be written back to a
// folder with the configuration and the tokenizer of the model it was made from. Every edit is
// seeded. `symmetric` edits leave the function alone; the others change it.

import Base
import Formats
import Foundation

@testable import Comparison

struct MovedModel {
  var tensors: [String: (shape: [Int], values: [Float])]
  /// The folder whose tokenizer is used, if any.
  let source: String?
  var config: JSONObject
  /// Leave the tokenizer away.
  var isWithoutTokenizer = false

  static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Models").path

  /// A model of Tests/Models.
  init(_ name: String) throws {
    let source = "\(Self.models)/\(name)"
    self.source = source
    let open = try OpenModel.open(source)
    tensors = [:]
    for entry in open.tensors {
      guard let values = PlacedTensor(open, entry)?.values() else { continue }
      tensors[entry.name.text] = (entry.shape, values)
    }
    let bytes = try FileSystem.read("\(source)/config.json", limitBytes: 1 << 20)
    config = try JSON.parse(bytes).object ?? [:]
  }

  init(tensors: [String: (shape: [Int], values: [Float])], config: JSONObject) {
    self.tensors = tensors
    self.config = config
    source = nil
  }

  var layers: Int { config["num_hidden_layers"]?.int ?? 0 }
  var width: Int { config["hidden_size"]?.int ?? 0 }
  var units: Int { config["intermediate_size"]?.int ?? 0 }
  var heads: Int { config["num_attention_heads"]?.int ?? 0 }
  var groups: Int { config["num_key_value_heads"]?.int ?? 0 }
  var headSize: Int { config["head_dim"]?.int ?? width / heads }

  func name(_ layer: Int, _ part: String) -> String { "model.layers.\(layer).\(part).weight" }
  static let mlp = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
  static let attention = [
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
  ]

  /// Replaces a tensor's values row by row: row i of the result is row order[i].
  mutating func takeRows(_ name: String, _ order: [Int]) {
    guard let (shape, values) = tensors[name] else { return }
    let width = shape.count > 1 ? shape[1] : 1
    let moved = order.flatMap { values[$0 * width..<($0 + 1) * width] }
    tensors[name] = ([order.count] + shape.dropFirst(), moved)
  }

  mutating func takeColumns(_ name: String, _ order: [Int]) {
    guard let (shape, values) = tensors[name] else { return }
    let moved = (0..<shape[0]).flatMap { row in order.map { values[row * shape[1] + $0] } }
    tensors[name] = ([shape[0], order.count], moved)
  }

  mutating func edit(_ name: String, _ body: (inout [Float]) -> Void) {
    guard var tensor = tensors[name] else { return }
    body(&tensor.values)
    tensors[name] = tensor
  }

  // MARK: Writing

  func write(to folder: String) throws {
    try FileSystem.makeDirectories(folder)
    let files = isWithoutTokenizer ? [] : ["tokenizer.json", "tokenizer_config.json"]
    for file in files {
      guard let source else { continue }
      let path = "\(source)/\(file)"
      if FileSystem.exists(path) {
        try DurableFile.replace(
          "\(folder)/\(file)", with: try FileSystem.read(path, limitBytes: 8 << 20))
      }
    }
    try DurableFile.replace("\(folder)/config.json", with: JSON.object(config).canonicalBytes)
    var header = JSONObject()
    var data: [UInt8] = []
    for name in tensors.keys.sorted() {
      guard let tensor = tensors[name] else { continue }
      let start = data.count
      tensor.values.withUnsafeBytes { data += $0 }
      header[name] = [
        "dtype": "F32", "shape": .array(tensor.shape.map { JSON($0) }),
        "data_offsets": [JSON(start), JSON(data.count)],
      ]
    }
    var text = JSON.object(header).canonicalBytes
    while text.count % 8 != 0 { text.append(0x20) }
    let length = UInt64(text.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    try DurableFile.replace("\(folder)/model.safetensors", with: prefix + text + data)
  }
}

// MARK: Symmetries

extension MovedModel {
  /// Other numbers for the units of every MLP.
  func withUnitsPermuted(_ seed: UInt64) -> MovedModel {
    var out = self
    var random = CounterRandom(seed: seed, stream: 1)
    for layer in 0..<layers {
      let order = random.permutation(units)
      out.takeRows(name(layer, "mlp.gate_proj"), order)
      out.takeRows(name(layer, "mlp.up_proj"), order)
      out.takeColumns(name(layer, "mlp.down_proj"), order)
    }
    return out
  }

  /// Other numbers for key groups, and for the heads inside them.
  func withHeadsPermuted(_ seed: UInt64) -> MovedModel {
    var out = self
    var random = CounterRandom(seed: seed, stream: 2)
    let each = heads / groups
    for layer in 0..<layers {
      let order = random.permutation(groups)
      let inner = order.flatMap { group in random.permutation(each).map { group * each + $0 } }
      func rows(_ blocks: [Int]) -> [Int] {
        blocks.flatMap { block in (0..<headSize).map { block * headSize + $0 } }
      }
      out.takeRows(name(layer, "self_attn.k_proj"), rows(order))
      out.takeRows(name(layer, "self_attn.v_proj"), rows(order))
      out.takeRows(name(layer, "self_attn.q_proj"), rows(inner))
      out.takeColumns(name(layer, "self_attn.o_proj"), rows(inner))
    }
    return out
  }

  /// Other numbers for the coordinates of the residual stream.
  func withStreamPermuted(_ seed: UInt64) -> MovedModel {
    var out = self
    var random = CounterRandom(seed: seed, stream: 3)
    let order = random.permutation(width)
    for (name, tensor) in tensors {
      if tensor.shape.count == 1 || name.contains("o_proj") || name.contains("down_proj") {
        out.takeRows(name, order)
      } else {
        out.takeColumns(name, order)
      }
    }
    return out
  }

  /// Norm gains folded into the rows behind them, the head stored by itself.
  func withGainsFolded() -> MovedModel {
    var out = self
    func fold(_ norm: String, _ matrices: [String]) {
      guard let gain = tensors[norm]?.values else { return }
      for matrix in matrices {
        out.edit(matrix) { values in
          for index in values.indices { values[index] *= gain[index % width] }
        }
      }
      out.edit(norm) { $0 = [Float](repeating: 1, count: width) }
    }
    if out.tensors["lm_head.weight"] == nil {
      out.tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
      out.config["tie_word_embeddings"] = false
    }
    fold("model.norm.weight", ["lm_head.weight"])
    for layer in 0..<layers {
      fold(
        name(layer, "input_layernorm"), Self.attention.dropLast().map { name(layer, $0) })
      fold(
        name(layer, "post_attention_layernorm"), Self.mlp.dropLast().map { name(layer, $0) })
    }
    return out
  }

  /// The residual stream turned by a random rotation.
  func withStreamRotated(_ seed: UInt64) -> MovedModel {
    var out = withGainsFolded()
    let turn = Self.rotation(width, seed: seed)
    for (name, tensor) in out.tensors where tensor.shape.count == 2 {
      let isOutput = name.contains("o_proj") || name.contains("down_proj")
      out.tensors[name]?.values =
        isOutput
        ? Self.product(turn, tensor.values, width, tensor.shape[1])
        : Self.turned(tensor.values, turn, width)
    }
    return out
  }

  /// Up rows and down columns scaled against each other, values and outputs of each group mixed.
  func withUnitsRescaledAndValuesMixed(_ seed: UInt64) -> MovedModel {
    var out = self
    var random = CounterRandom(seed: seed, stream: 5)
    let each = heads / groups
    for layer in 0..<layers {
      let scales = (0..<units).map { _ in Float(0.5 + 1.5 * random.uniform()) }
      out.edit(name(layer, "mlp.up_proj")) { values in
        for index in values.indices { values[index] *= scales[index / width] }
      }
      out.edit(name(layer, "mlp.down_proj")) { values in
        for index in values.indices { values[index] /= scales[index % units] }
      }
      for group in 0..<groups {
        let mix = Self.rotation(headSize, seed: random.next())
        let from = group * headSize * width
        out.edit(name(layer, "self_attn.v_proj")) { values in
          let block = Array(values[from..<from + headSize * width])
          values.replaceSubrange(
            from..<from + headSize * width, with: Self.product(mix, block, headSize, width))
        }
        for head in group * each..<(group + 1) * each {
          out.edit(name(layer, "self_attn.o_proj")) { values in
            for row in 0..<width {
              let start = row * width + head * headSize
              let part = Array(values[start..<start + headSize])
              values.replaceSubrange(
                start..<start + headSize, with: Self.turned(part, mix, headSize))
            }
          }
        }
      }
    }
    return out
  }

  private static func rotation(_ side: Int, seed: UInt64) -> [Float] {
    var random = CounterRandom(seed: seed, stream: 9)
    var rows: [[Double]] = []
    for _ in 0..<side {
      var vector = (0..<side).map { _ in random.normal() }
      for _ in 0..<2 {
        for other in rows {
          let product = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in 0..<side { vector[index] -= product * other[index] }
        }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      rows.append(vector.map { $0 / length })
    }
    return rows.flatMap { $0.map(Float.init) }
  }

  /// turn · matrix, for a matrix of `rows` × `columns`.
  private static func product(
    _ turn: [Float], _ matrix: [Float], _ rows: Int, _ columns: Int
  ) -> [Float] {
    var out = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for inner in 0..<rows {
        let factor = turn[row * rows + inner]
        for column in 0..<columns {
          out[row * columns + column] += factor * matrix[inner * columns + column]
        }
      }
    }
    return out
  }

  /// Rows x of a matrix become (turn · x).
  private static func turned(_ matrix: [Float], _ turn: [Float], _ side: Int) -> [Float] {
    stride(from: 0, to: matrix.count, by: side).flatMap { start in
      (0..<side).map { row in
        (0..<side).reduce(Float(0)) { $0 + turn[row * side + $1] * matrix[start + $1] }
      }
    }
  }
}

// MARK: Changes

extension MovedModel {
  /// Noise of this share of each matrix's size, vectors moved a little: stands for a fine-tune.
  func tuned(_ size: Float, seed: UInt64, only part: String = "") -> MovedModel {
    var out = self
    for (index, name) in tensors.keys.sorted().enumerated() where name.contains(part) || part == ""
    {
      guard let tensor = tensors[name] else { continue }
      var random = CounterRandom(seed: seed, stream: UInt64(100 + index))
      let squares = tensor.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      let deviation = (squares / Double(tensor.values.count)).squareRoot()
      let share = tensor.shape.count == 2 ? size * (name.contains("mlp") ? 1.3 : 1) : size / 10
      out.edit(name) { values in
        for place in values.indices {
          values[place] += Float(random.normal() * deviation) * share
        }
      }
    }
    return out
  }

  /// A layer started anew, in the sizes it had.
  func withLayersRestarted(_ restarted: [Int], seed: UInt64) -> MovedModel {
    var out = self
    for layer in restarted {
      for (index, part) in (Self.mlp + Self.attention).enumerated() {
        var random = CounterRandom(seed: seed, stream: UInt64(layer * 100 + index))
        out.edit(name(layer, part)) { values in
          let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
          let deviation = (squares / Double(values.count)).squareRoot()
          for place in values.indices { values[place] = Float(random.normal() * deviation) }
        }
      }
    }
    return out
  }

  /// Units from `first` on are zero in every MLP.
  func withDeadUnits(from first: Int) -> MovedModel {
    var out = self
    for layer in 0..<layers {
      for part in ["mlp.gate_proj", "mlp.up_proj"] {
        out.edit(name(layer, part)) { values in
          for place in first * width..<units * width { values[place] = 0 }
        }
      }
      out.edit(name(layer, "mlp.down_proj")) { values in
        for place in values.indices where place % units >= first { values[place] = 0 }
      }
    }
    return out
  }

  /// Every unit of a block of four is the first of it.
  func withUnitsDoubled() -> MovedModel {
    var out = self
    let order = (0..<units).map { $0 / 4 * 4 }
    for layer in 0..<layers {
      out.takeRows(name(layer, "mlp.gate_proj"), order)
      out.takeRows(name(layer, "mlp.up_proj"), order)
      out.takeColumns(name(layer, "mlp.down_proj"), order)
    }
    return out
  }

  /// Matrices with three values, most of them zero: ties everywhere.
  func madeTernary() -> MovedModel {
    var out = self
    for (name, tensor) in tensors where tensor.shape.count == 2 && name.contains("_proj") {
      let squares = tensor.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      let edge = Float(1.3 * (squares / Double(tensor.values.count)).squareRoot())
      out.tensors[name]?.values = tensor.values.map { $0 > edge ? edge : ($0 < -edge ? -edge : 0) }
    }
    return out
  }

  /// An embedding of another length, started anew.
  func withVocabularyRestarted(_ rows: Int, seed: UInt64) -> MovedModel {
    var out = self
    out.config["vocab_size"] = JSON(rows)
    for name in ["model.embed_tokens.weight", "lm_head.weight"] where tensors[name] != nil {
      var random = CounterRandom(seed: seed, stream: 6)
      out.tensors[name] = (
        [rows, width], (0..<rows * width).map { _ in Float(random.normal()) * 0.05 }
      )
    }
    return out
  }

  mutating func swap(_ tensor: String, with stranger: MovedModel) {
    tensors[tensor] = stranger.tensors[tensor]
  }
}

extension CounterRandom {
  /// A normal number (Box and Muller).
  fileprivate mutating func normal() -> Double {
    (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}
