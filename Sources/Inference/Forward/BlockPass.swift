// One layer over a batch of tokens: norms, attention, feed-forward part, residual sums.

import Base
import CKernels

/// Runs layers of one architecture over the hidden states of a batch.
struct BlockPass {
  let arithmetic: Arithmetic
  let workspace: Workspace
  let segments: [Segment]
  /// Called with gate and up of a dense gated part, before its activation function.
  var seen: ((_ gate: Activations, _ up: Activations) -> Void)?
  private var kernel: Kernel { arithmetic.kernel }
  private var tokens: Int { workspace.tokens }

  init(_ arithmetic: Arithmetic, _ workspace: Workspace, _ segments: [Segment]) {
    self.arithmetic = arithmetic
    self.workspace = workspace
    self.segments = segments
  }

  /// Replaces `x` by the layer's output. Returns the chosen experts of each token, if it has any.
  func run(
    _ block: Block, _ weights: BlockWeights, _ x: Activations, _ caches: [KeyValueCache],
    _ tables: [RopeTable]
  ) -> [[Int32]]? {
    let attention = AttentionPass(block.attention, arithmetic, segments, caches, tables)
    let branch = workspace.rows(.branch, x.columns)
    attend(attention, weights, normed(x, weights.attentionNorm), into: branch)
    if let norm = weights.attentionPostNorm {
      arithmetic.normalise(branch, tokens: tokens, norm, into: branch)
    }
    if block.arrangement == .parallel {
      // The feed-forward part sees the layer's input, so the sum waits for it.
      let input = normed(x, weights.feedForwardNorm)
      add(branch, to: x)
      return feedForward(block, weights, input, x, branch)
    }
    add(branch, to: x)
    return feedForward(block, weights, normed(x, weights.feedForwardNorm), x, branch)
  }

  private func normed(_ x: Activations, _ norm: NormWeights?) -> Activations {
    guard let norm else { return x }
    let out = workspace.rows(.normed, x.columns)
    arithmetic.normalise(x, tokens: tokens, norm, into: out)
    return out
  }

  private func add(_ branch: Activations, to x: Activations) {
    arithmetic.forEachToken(tokens) { [kernel] token in
      unsafe ck_add_f32(x.row(token), branch.row(token), x.columns, kernel.isa)
    }
  }

  private func attend(
    _ pass: AttentionPass, _ weights: BlockWeights, _ input: Activations, into out: Activations
  ) {
    let plan = pass.plan
    let queries = workspace.rows(.queries, plan.heads * plan.headSize)
    let keys = workspace.rows(.keys, plan.keyValueHeads * plan.headSize)
    let values = workspace.rows(.values, plan.keyValueHeads * plan.valueSize)
    let mixed = workspace.rows(.mixed, plan.heads * plan.valueSize)
    switch weights.attention.projections {
    case .direct(let query, let key, let value):
      arithmetic.multiply(query, input, tokens: tokens, into: queries)
      arithmetic.multiply(key, input, tokens: tokens, into: keys)
      arithmetic.multiply(value, input, tokens: tokens, into: values)
      pass.place(queries: queries, keys: keys, values: values, weights.attention)
    case .latent(let latent):
      LatentPass(pass, workspace).project(
        input, tokens: tokens, latent, queries: queries, keys: keys, values: values)
    }
    pass.mix(queries: queries, sinks: weights.attention.sinks?.values(kernel), into: mixed)
    arithmetic.multiply(weights.attention.output, mixed, tokens: tokens, into: out)
  }

  private func feedForward(
    _ block: Block, _ weights: BlockWeights, _ input: Activations, _ x: Activations,
    _ branch: Activations
  ) -> [[Int32]]? {
    let pass = FeedForwardPass(arithmetic)
    var chosen: [[Int32]]?
    switch (weights.feedForward, block.feedForward) {
    case (.gated(let matrices), .gated(let size, let activation, _, _)):
      pass.gated(
        input, tokens: tokens, matrices, activation,
        scratch: (workspace.rows(.gate, size), workspace.rows(.up, size)), into: branch,
        seen: seen)
    case (.plain(let up, let down), .plain(let size, let activation, _)):
      pass.plain(
        input, tokens: tokens, up: up, down: down, activation,
        inner: workspace.rows(.gate, size), into: branch)
    case (.experts(let matrices), .experts(let plan)):
      chosen = ExpertsPass(plan, arithmetic, workspace).run(input, matrices, into: branch)
    default: preconditionFailure("weights are bound by the plan they are run with")
    }
    if let norm = weights.feedForwardPostNorm {
      arithmetic.normalise(branch, tokens: tokens, norm, into: branch)
    }
    add(branch, to: x)
    return chosen
  }
}
