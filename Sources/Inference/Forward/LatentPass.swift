// The projections of latent attention (DeepSeek-V2, V3): queries and key-values go through a
// narrow layer, and one rotated key is shared by all heads.
//
// q = q_up(norm(q_down x)), of each head [plain | rotated]; kv_down x = [c | k_rot];
// k = [k_up(norm c) | k_rot], v = v_up(norm c). Source: arXiv 2405.04434, section 2.1, and
// `modeling_deepseek_v3.py` of transformers 5.

import Base

/// One latent attention layer's projections on a batch.
struct LatentPass {
  let pass: AttentionPass
  let workspace: Workspace

  init(_ pass: AttentionPass, _ workspace: Workspace) {
    self.pass = pass
    self.workspace = workspace
  }

  /// Fills `queries`, and keys and values of the caches; `keys` and `values` are scratch.
  func project(
    _ x: Activations, tokens: Int, _ weights: LatentWeights, queries: Activations,
    keys: Activations, values: Activations
  ) {
    guard case .latent(let sizes) = pass.plan.projection else { return }
    let arithmetic = pass.arithmetic
    if let (matrix, norm) = weights.queryDown {
      let narrow = workspace.rows(.gathered, matrix.rows)
      unsafe arithmetic.multiply(
        matrix, x, tokens: tokens, into: narrow.base, stride: narrow.stride)
      arithmetic.normalise(narrow, tokens: tokens, norm, into: narrow)
      unsafe arithmetic.multiply(
        weights.queryUp, narrow, tokens: tokens, into: queries.base, stride: queries.stride)
    } else {
      unsafe arithmetic.multiply(
        weights.queryUp, x, tokens: tokens, into: queries.base, stride: queries.stride)
    }
    let both = workspace.rows(.compressed, weights.keyValueDown.rows)
    unsafe arithmetic.multiply(
      weights.keyValueDown, x, tokens: tokens, into: both.base, stride: both.stride)
    let narrow = workspace.rows(.gathered, sizes.keyValueRank)
    for token in 0..<tokens {
      unsafe narrow.row(token).update(from: both.row(token), count: sizes.keyValueRank)
    }
    arithmetic.normalise(narrow, tokens: tokens, weights.keyValueNorm, into: narrow)
    for head in 0..<pass.plan.heads {
      unsafe arithmetic.multiply(
        weights.keyUp[head], narrow, tokens: tokens, into: keys.base + head * pass.plan.headSize,
        stride: keys.stride)
      unsafe arithmetic.multiply(
        weights.valueUp[head], narrow, tokens: tokens,
        into: values.base + head * pass.plan.valueSize, stride: values.stride)
    }
    place(both, sizes, queries, keys, values)
  }

  /// Rotates the rotated parts, joins keys, stores keys and values.
  private func place(
    _ both: Activations, _ sizes: Attention.Latent, _ queries: Activations, _ keys: Activations,
    _ values: Activations
  ) {
    let plan = pass.plan
    let kernel = pass.arithmetic.kernel
    for (index, segment) in pass.segments.enumerated() {
      let (cache, table) = (pass.caches[index], pass.tables[index])
      pass.arithmetic.forEachToken(segment.count) { token in
        let (row, position) = (segment.firstRow + token, segment.start + token)
        let rotated = unsafe both.row(row) + sizes.keyValueRank
        unsafe table.rotate(rotated, position: position, kernel)
        for head in 0..<plan.heads {
          let (query, key) = unsafe (queries.row(row), keys.row(row) + head * plan.headSize)
          unsafe table.rotate(
            query + head * plan.headSize + sizes.plainSize, position: position, kernel)
          unsafe (key + sizes.plainSize).update(from: rotated, count: sizes.rotatedSize)
          unsafe cache.key(head, position).update(from: key, count: plan.headSize)
          unsafe cache.value(head, position).update(
            from: values.row(row) + head * plan.valueSize, count: plan.valueSize)
        }
      }
    }
  }
}
