// The attention part of a certificate: groups and heads in another order, values and outputs of a
// head mixed by one invertible matrix. Queries and keys keep their inner order, which the rotary
// embedding fixes.

import Base

extension Reparameterisation {
  mutating func checkHeads(
    _ name: String, _ suspect: FoldedLayer, _ reference: FoldedLayer, _ run: Run
  ) throws(Problem) {
    let heads = HeadShape(reference)
    guard let heads else {
      note("\(name).attention: head counts do not divide", distance: 1, size: 0)
      return
    }
    let width = reference.width
    let query = try residualMap.apply(reference.query, width: width, run: run)
    let key = try residualMap.apply(reference.key, width: width, run: run)
    let value = try residualMap.apply(reference.value, width: width, run: run)
    let output = try residualMap.apply(reference.output, width: width, run: run)
    var sums = (query: Sums(), key: Sums(), value: Sums(), output: Sums())
    var biasRows = (query: [Int](), key: [Int]())
    var valueBias: [Float] = []
    var takenGroups: Set<Int> = []
    for group in 0..<heads.groups {
      try run.check()
      let source = heads.nearest(
        suspect.key, block: group, among: Array(0..<heads.groups), of: key, width)
      guard takenGroups.insert(source).inserted else { return unmatched(name) }
      if source != group { permutesHeads = true }
      heads.add(&sums.key, suspect.key, group, key, source, width)
      biasRows.key += heads.rows(source)
      guard
        let mix = try mixing(
          heads.block(suspect.value, group, width), heads.block(value, source, width),
          width: width, size: heads.size, run)
      else { return unmatched(name) }
      if !mix.isIdentity(tolerance) { mixesValues = true }
      let expected = mix.times(
        Matrix(rows: heads.size, columns: width, floats: heads.block(value, source, width)))
      sums.value.add(heads.block(suspect.value, group, width), expected)
      if let bias = reference.biases["value"], bias.count == heads.groups * heads.size {
        let column = Matrix(
          rows: heads.size, columns: 1, floats: heads.rows(source).map { bias[$0] })
        valueBias += mix.times(column).values.map(Float.init)
      }
      var takenHeads: Set<Int> = []
      for head in heads.members(of: group) {
        let from = heads.nearest(
          suspect.query, block: head, among: heads.members(of: source), of: query, width)
        guard takenHeads.insert(from).inserted else { return unmatched(name) }
        if from != head { permutesHeads = true }
        heads.add(&sums.query, suspect.query, head, query, from, width)
        biasRows.query += heads.rows(from)
        let mine = Matrix(
          rows: heads.size, columns: width, floats: heads.block(suspect.output, head, width))
        sums.output.add(
          mix.transposed.times(mine).values.map(Float.init),
          Matrix(rows: heads.size, columns: width, floats: heads.block(output, from, width)))
      }
    }
    note("\(name).attention.query", distance: sums.query.distance, size: sums.query.size)
    note("\(name).attention.key", distance: sums.key.distance, size: sums.key.size)
    note("\(name).attention.value", distance: sums.value.distance, size: sums.value.size)
    note("\(name).attention.output", distance: sums.output.distance, size: sums.output.size)
    checkHeadBiases(name, suspect, reference, biasRows, valueBias)
  }

  private mutating func unmatched(_ name: String) {
    note("\(name).attention: heads do not match one to one", distance: 1, size: 0)
  }

  private mutating func checkHeadBiases(
    _ name: String, _ suspect: FoldedLayer, _ reference: FoldedLayer,
    _ rows: (query: [Int], key: [Int]), _ valueBias: [Float]
  ) {
    for (part, order) in [("query", rows.query), ("key", rows.key)] {
      guard let mine = suspect.biases[part], let theirs = reference.biases[part],
        theirs.count == order.count
      else { continue }
      checkFixed(
        "\(name).attention.\(part).bias", suspect: mine, reference: order.map { theirs[$0] })
    }
    if let mine = suspect.biases["value"] {
      checkFixed("\(name).attention.value.bias", suspect: mine, reference: valueBias)
    }
  }

  /// The matrix T with suspect = T · reference, by least squares over the rows of one head.
  private func mixing(
    _ suspect: [Float], _ reference: [Float], width: Int, size: Int, _ run: Run
  ) throws(Problem) -> Matrix? {
    let s = Matrix(rows: size, columns: width, floats: suspect)
    let r = Matrix(rows: size, columns: width, floats: reference)
    if s == r { return .identity(size) }
    return try LeastSquares.solve(r.timesTransposed(r), r.timesTransposed(s), run: run)?.transposed
  }
}

/// Heads of a layer: `groups` key heads, each with the same number of query heads.
private struct HeadShape {
  let groups: Int
  let perGroup: Int
  let size: Int

  init?(_ layer: FoldedLayer) {
    guard layer.keyHeadCount > 0, layer.headCount % layer.keyHeadCount == 0, layer.width > 0,
      (layer.query.count / layer.width) % layer.headCount == 0
    else { return nil }
    groups = layer.keyHeadCount
    perGroup = layer.headCount / layer.keyHeadCount
    size = layer.query.count / layer.width / layer.headCount
    guard layer.key.count == groups * size * layer.width, layer.value.count == layer.key.count,
      layer.output.count == layer.query.count
    else { return nil }
  }

  func members(of group: Int) -> [Int] { Array(group * perGroup..<(group + 1) * perGroup) }
  func rows(_ block: Int) -> Range<Int> { block * size..<(block + 1) * size }

  func block(_ values: [Float], _ index: Int, _ width: Int) -> [Float] {
    Array(values[index * size * width..<(index + 1) * size * width])
  }

  /// The candidate block of `b` nearest to block `block` of `a`.
  func nearest(
    _ a: [Float], block: Int, among candidates: [Int], of b: [Float], _ width: Int
  ) -> Int {
    let mine = self.block(a, block, width)
    let distances = candidates.map {
      Residual.squares(mine, self.block(b, $0, width)).distance
    }
    let best = distances.indices.min { distances[$0] < distances[$1] }
    return candidates[best ?? 0]
  }

  func add(_ sums: inout Sums, _ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ width: Int) {
    for row in 0..<size { sums.add(a, i * size + row, b, j * size + row, width) }
  }
}

extension Sums {
  mutating func add(_ a: [Float], _ expected: Matrix) {
    for index in a.indices {
      let difference = Double(a[index]) - expected.values[index]
      distance += difference * difference
      size += expected.values[index] * expected.values[index]
    }
  }
}

extension Matrix {
  /// Whether the matrix is the identity to a relative tolerance.
  fileprivate func isIdentity(_ tolerance: Double) -> Bool {
    let distance = squaredDistance(to: .identity(rows))
    return (distance / Double(rows)).squareRoot() <= tolerance
  }
}
