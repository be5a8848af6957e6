// A mixture of experts over a batch: every token's experts are chosen, then each expert's
// weights are read once for all tokens that chose it.
//
// Ties go to the expert of lower number. Outputs are summed in ascending number of the expert by
// fused multiply-add, so a token's result does not depend on the batch. Routing: Mixtral, Qwen,
// gpt-oss (softmax), DeepSeek-V2 (groups by their best), DeepSeek-V3 (corrected sigmoid, groups
// by their two best), as their `modeling_*.py` in transformers 5.

import Base
import CKernels

/// One layer's experts at work.
struct ExpertsPass {
  let plan: Experts
  let arithmetic: Arithmetic
  let workspace: Workspace
  private var kernel: Kernel { arithmetic.kernel }

  init(_ plan: Experts, _ arithmetic: Arithmetic, _ workspace: Workspace) {
    self.plan = plan
    self.arithmetic = arithmetic
    self.workspace = workspace
  }

  /// Writes the experts' sum to `out`; returns the chosen experts of each token, ascending.
  func run(_ x: Activations, _ weights: ExpertWeights, into out: Activations) -> [[Int32]] {
    let tokens = workspace.tokens
    let logits = workspace.rows(.router, plan.count)
    arithmetic.multiply(weights.router, x, tokens: tokens, into: logits)
    let correction = weights.correction?.values(kernel)
    let choices = (0..<tokens).map { unsafe choose(logits.row($0), correction) }
    for token in 0..<tokens {
      unsafe out.row(token).update(repeating: 0, count: x.columns)
    }
    for (expert, matrices) in weights.experts.enumerated() {
      add(expert, matrices, x, choices, to: out)
    }
    if let shared = weights.shared { add(shared, weights.sharedRouter, x, to: out) }
    return choices.map { choice in choice.map { Int32($0.expert) } }
  }

  private func add(
    _ expert: Int, _ weights: GatedWeights, _ x: Activations,
    _ choices: [[(expert: Int, weight: Float)]], to out: Activations
  ) {
    var members: [(token: Int, weight: Float)] = []
    for (token, choice) in choices.enumerated() {
      if let entry = choice.first(where: { $0.expert == expert }) {
        members.append((token, entry.weight))
      }
    }
    guard !members.isEmpty else { return }
    let gathered = workspace.rows(.gathered, x.columns)
    let result = workspace.rows(.expertOut, x.columns)
    for (index, member) in members.enumerated() {
      unsafe gathered.row(index).update(from: x.row(member.token), count: x.columns)
    }
    let size = weights.gate.matrix.rows
    FeedForwardPass(arithmetic).gated(
      gathered, tokens: members.count, weights, plan.activation,
      scratch: (workspace.rows(.gate, size), workspace.rows(.up, size)), into: result)
    for (index, member) in members.enumerated() {
      unsafe ck_add_scaled_f32(
        out.row(member.token), member.weight, result.row(index), x.columns, kernel.isa)
    }
  }

  /// The expert that every token passes through, weighed by a sigmoid if it has a gate.
  private func add(
    _ shared: GatedWeights, _ router: WeightMatrix?, _ x: Activations, to out: Activations
  ) {
    let tokens = workspace.tokens
    let result = workspace.rows(.expertOut, x.columns)
    let size = shared.gate.matrix.rows
    FeedForwardPass(arithmetic).gated(
      x, tokens: tokens, shared, plan.activation,
      scratch: (workspace.rows(.gate, size), workspace.rows(.up, size)), into: result)
    var gates = [Float](repeating: 1, count: tokens)
    if let router {
      let logits = workspace.rows(.shared, 1)
      unsafe arithmetic.multiply(
        router, x, tokens: tokens, into: logits.base, stride: logits.stride)
      for token in 0..<tokens { gates[token] = unsafe sigmoid(logits.row(token)[0]) }
    }
    for token in 0..<tokens {
      unsafe ck_add_scaled_f32(
        out.row(token), gates[token], result.row(token), x.columns, kernel.isa)
    }
  }

  private func sigmoid(_ x: Float) -> Float { Float(1 / (1 + ck_exp(-Double(x)))) }

  // MARK: Routing

  /// The chosen experts of one token in ascending order, with their weights.
  private func choose(
    _ logits: UnsafePointer<Float>, _ correction: [Float]?
  ) -> [(expert: Int, weight: Float)] {
    let values = (0..<plan.count).map { unsafe logits[$0] }
    switch plan.routing {
    case .softmaxOfChosen:
      let best = top(values, plan.chosen)
      let shares = softmax(best.map { values[$0] })
      return ordered(zip(best, shares).map { ($0, $1) })
    case .softmax: return weighed(softmax(values), by: softmax(values))
    case .groupedSoftmax:
      let shares = softmax(values)
      return weighed(shares, by: masked(shares, keepingBest: 1, others: 0))
    case .correctedSigmoid:
      let shares = values.map(sigmoid)
      let scores = zip(shares, correction ?? []).map { $0 + $1 }
      return weighed(shares, by: masked(scores, keepingBest: 2, others: -.infinity))
    }
  }

  /// The experts with the best scores, weighed by their shares.
  private func weighed(_ shares: [Float], by scores: [Float]) -> [(expert: Int, weight: Float)] {
    let best = top(scores, plan.chosen)
    var weights = best.map { shares[$0] }
    if plan.renormalises {
      let sum = weights.reduce(0, +) + (plan.routing == .correctedSigmoid ? 1e-20 : 0)
      weights = weights.map { $0 / sum }
    }
    return ordered(zip(best, weights).map { ($0, $1 * plan.weightScale) })
  }

  /// Scores outside the best groups replaced by `others`; a group counts by the sum of its
  /// `keepingBest` best.
  private func masked(_ scores: [Float], keepingBest count: Int, others: Float) -> [Float] {
    guard plan.groups > 1 else { return scores }
    let size = plan.count / plan.groups
    let groupScores = (0..<plan.groups).map { group in
      let members = Array(scores[group * size..<(group + 1) * size])
      return top(members, count).map { members[$0] }.reduce(0, +)
    }
    let kept = Set(top(groupScores, plan.chosenGroups))
    return scores.enumerated().map { kept.contains($0 / size) ? $1 : others }
  }

  /// The positions of the best values, best first, ties to the lower position.
  private func top(_ values: [Float], _ count: Int) -> [Int] {
    let order = values.indices.sorted { a, b in
      values[a] == values[b] ? a < b : values[a] > values[b]
    }
    return Array(order.prefix(count))
  }

  private func ordered(
    _ choice: [(expert: Int, weight: Float)]
  ) -> [(expert: Int, weight: Float)] {
    choice.sorted { $0.expert < $1.expert }
  }

  private func softmax(_ values: [Float]) -> [Float] {
    var row = values
    let count = row.count
    let shift = unsafe ck_max_f32(row, count, kernel.isa)
    let sum = unsafe ck_exp_sum_f32(&row, count, shift, kernel.isa)
    return row.map { $0 / sum }
  }
}
