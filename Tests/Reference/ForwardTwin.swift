// A slow, obvious forward pass in Double: what `Inference` must agree with.
//
// Written from the formulas of the Llama and GPT-2 papers, sharing no code with the engine.
// Tensors are looked up by the names of the reference library, matrices are [out][in].

import Foundation

/// A small decoder-only transformer evaluated in Double.
public struct ForwardTwin {
  public var vocabulary: Int
  public var hidden: Int
  public var layers: Int
  public var heads: Int
  public var keyValueHeads: Int
  public var headSize: Int
  public var epsilon: Double
  /// nil: positions are learned (GPT-2).
  public var theta: Double?
  public var isTied: Bool
  /// How many keys a query sees, itself included.
  public var window: Int?
  public var tensors: [String: [Double]]
  /// Called with what the units of a gated part say at a position, before the function between.
  public var onUnits: ((_ layer: Int, _ gate: [Double], _ up: [Double]) -> Void)?

  public init(
    vocabulary: Int, hidden: Int, layers: Int, heads: Int, keyValueHeads: Int, headSize: Int,
    epsilon: Double, theta: Double?, isTied: Bool, window: Int? = nil,
    tensors: [String: [Double]]
  ) {
    self.vocabulary = vocabulary
    self.hidden = hidden
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.epsilon = epsilon
    self.theta = theta
    self.isTied = isTied
    self.window = window
    self.tensors = tensors
  }

  /// Log-probabilities of the next token at every position.
  public func logProbabilities(_ tokens: [Int]) -> [[Double]] {
    let isGPT2 = theta == nil
    let embedding = isGPT2 ? "wte.weight" : "model.embed_tokens.weight"
    var x = tokens.enumerated().map { position, token -> [Double] in
      var row = slice(embedding, token * hidden, hidden)
      if isGPT2 { row = sum(row, slice("wpe.weight", position * hidden, hidden)) }
      return row
    }
    for layer in 0..<layers { x = isGPT2 ? gpt2Layer(layer, x) : llamaLayer(layer, x) }
    return x.map { row in
      let last =
        isGPT2 ? layerNorm(row, "ln_f") : rootMeanSquareNorm(row, "model.norm.weight")
      let matrix = isTied ? embedding : "lm_head.weight"
      let logits = times(matrix, last, rows: vocabulary)
      let largest = logits.max() ?? 0
      let total = log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest
      return logits.map { $0 - total }
    }
  }

  private func llamaLayer(_ layer: Int, _ x: [[Double]]) -> [[Double]] {
    let name = "model.layers.\(layer)."
    let normed = x.map { rootMeanSquareNorm($0, name + "input_layernorm.weight") }
    func project(_ part: String, _ rows: Int) -> [[Double]] {
      normed.map { linear(name + "self_attn.\(part)_proj", $0, rows: rows) }
    }
    let queries = project("q", heads * headSize).enumerated().map { rotate($1, position: $0) }
    let keys = project("k", keyValueHeads * headSize).enumerated().map { rotate($1, position: $0) }
    let values = project("v", keyValueHeads * headSize)
    let mixed = attention(queries, keys, values)
    return zip(x, mixed).map { row, mix in
      let middle = sum(row, linear(name + "self_attn.o_proj", mix, rows: hidden))
      let input = rootMeanSquareNorm(middle, name + "post_attention_layernorm.weight")
      let size = count(name + "mlp.gate_proj.weight") / hidden
      let gates = linear(name + "mlp.gate_proj", input, rows: size)
      let up = linear(name + "mlp.up_proj", input, rows: size)
      onUnits?(layer, gates, up)
      let gate = gates.map { $0 / (1 + exp(-$0)) }
      return sum(middle, linear(name + "mlp.down_proj", zip(gate, up).map(*), rows: hidden))
    }
  }

  /// Conv1D stores [in][out]; `transposed` turns it round.
  private func gpt2Layer(_ layer: Int, _ x: [[Double]]) -> [[Double]] {
    let name = "h.\(layer)."
    let joined = x.map { transposed(name + "attn.c_attn", layerNorm($0, name + "ln_1")) }
    func part(_ index: Int) -> [[Double]] {
      joined.map { Array($0[index * hidden..<(index + 1) * hidden]) }
    }
    let mixed = attention(part(0), part(1), part(2))
    return zip(x, mixed).map { row, mix in
      let middle = sum(row, transposed(name + "attn.c_proj", mix))
      let inner = transposed(name + "mlp.c_fc", layerNorm(middle, name + "ln_2")).map { z in
        z / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (z + 0.044715 * z * z * z)))
      }
      return sum(middle, transposed(name + "mlp.c_proj", inner))
    }
  }

  private func attention(
    _ queries: [[Double]], _ keys: [[Double]], _ values: [[Double]]
  ) -> [[Double]] {
    queries.indices.map { i in
      (0..<heads).flatMap { head -> [Double] in
        let group = head / (heads / keyValueHeads)
        let first = window.map { max(0, i - $0 + 1) } ?? 0
        let scores = (first...i).map { j in
          (0..<headSize).reduce(0.0) {
            $0 + queries[i][head * headSize + $1] * keys[j][group * headSize + $1]
          } / Double(headSize).squareRoot()
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        return (0..<headSize).map { d in
          zip(first...i, weights).reduce(0.0) {
            $0 + $1.1 * values[$1.0][group * headSize + d]
          } / total
        }
      }
    }
  }

  /// Pairs (i, i + half) of each head.
  private func rotate(_ row: [Double], position: Int) -> [Double] {
    guard let theta else { return row }
    var result = row
    let half = headSize / 2
    for head in 0..<row.count / headSize {
      for i in 0..<half {
        let angle = Double(position) * pow(theta, -2 * Double(i) / Double(headSize))
        let (a, b) = (row[head * headSize + i], row[head * headSize + i + half])
        result[head * headSize + i] = a * cos(angle) - b * sin(angle)
        result[head * headSize + i + half] = b * cos(angle) + a * sin(angle)
      }
    }
    return result
  }

  // MARK: Arithmetic

  private func tensor(_ name: String) -> [Double] { tensors[name] ?? [] }
  private func count(_ name: String) -> Int { tensor(name).count }
  private func slice(_ name: String, _ first: Int, _ count: Int) -> [Double] {
    Array(tensor(name)[first..<first + count])
  }
  private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }

  private func times(_ name: String, _ x: [Double], rows: Int) -> [Double] {
    let matrix = tensor(name)
    return (0..<rows).map { row in
      x.indices.reduce(0.0) { $0 + matrix[row * x.count + $1] * x[$1] }
    }
  }

  private func linear(_ name: String, _ x: [Double], rows: Int) -> [Double] {
    let product = times(name + ".weight", x, rows: rows)
    guard let bias = tensors[name + ".bias"] else { return product }
    return sum(product, bias)
  }

  private func transposed(_ name: String, _ x: [Double]) -> [Double] {
    let (matrix, bias) = (tensor(name + ".weight"), tensor(name + ".bias"))
    return bias.indices.map { out in
      x.indices.reduce(bias[out]) { $0 + matrix[$1 * bias.count + out] * x[$1] }
    }
  }

  private func rootMeanSquareNorm(_ x: [Double], _ name: String) -> [Double] {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    return zip(x, tensor(name)).map { $0 / (mean + epsilon).squareRoot() * $1 }
  }

  private func layerNorm(_ x: [Double], _ name: String) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    let scaled = x.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    return zip(zip(scaled, tensor(name + ".weight")), tensor(name + ".bias")).map {
      $0.0 * $0.1 + $1
    }
  }
}
