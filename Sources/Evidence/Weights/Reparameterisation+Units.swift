// The MLP part of a certificate: units in another order, up and down scaled against each other.

import Base

extension Reparameterisation {
  mutating func checkUnits(
    _ name: String, _ suspect: FoldedLayer, _ reference: FoldedLayer, _ run: Run
  ) throws(Problem) {
    let width = reference.width
    let count = reference.up.count / width
    let wanted = try residualMap.apply(reference.gate ?? reference.up, width: width, run: run)
    let found = suspect.gate ?? suspect.up
    guard let order = try Self.order(of: found, in: wanted, width: width, run: run) else {
      note("\(name).mlp: units do not match one to one", distance: 1, size: 0)
      return
    }
    if order != Array(0..<count) { permutesUnits = true }
    let up = try residualMap.apply(reference.up, width: width, run: run)
    let down = try residualMap.apply(reference.down, width: width, run: run)
    let isGated = reference.gate != nil
    var gates = Sums()
    var ups = Sums()
    var downs = Sums()
    for unit in 0..<count {
      let source = order[unit]
      var scale = 1.0
      if isGated {
        gates.add(found, unit, wanted, source, width)
        scale = Self.scale(suspect.up, unit, up, source, width)
        if abs(scale - 1) > tolerance { rescalesUnits = true }
      }
      guard scale != 0, scale.isFinite else {
        note("\(name).mlp.up: a unit vanished", distance: 1, size: 0)
        return
      }
      ups.add(suspect.up, unit, up, source, width, factor: 1 / scale)
      downs.add(suspect.down, unit, down, source, width, factor: scale)
    }
    if isGated { note("\(name).mlp.gate", distance: gates.distance, size: gates.size) }
    note("\(name).mlp.up", distance: ups.distance, size: ups.size)
    note("\(name).mlp.down", distance: downs.distance, size: downs.size)
    checkUnitBiases(name, suspect, reference, order)
  }

  private mutating func checkUnitBiases(
    _ name: String, _ suspect: FoldedLayer, _ reference: FoldedLayer, _ order: [Int]
  ) {
    for part in ["gate", "up"] {
      guard let mine = suspect.biases[part], let theirs = reference.biases[part],
        mine.count == order.count, theirs.count == order.count
      else { continue }
      checkFixed("\(name).mlp.\(part).bias", suspect: mine, reference: order.map { theirs[$0] })
    }
  }

  /// For each row of `a` the row of `b` with the largest cosine, if that is one to one. Zero rows
  /// are paired with zero rows in order.
  static func order(
    of a: [Float], in b: [Float], width: Int, run: Run
  ) throws(Problem) -> [Int]? {
    let left = unitRows(a, width)
    let right = unitRows(b, width)
    guard left.alive.count == right.alive.count, left.dead.count == right.dead.count else {
      return nil
    }
    let products = try RowProducts.of(left.rows, right.rows, width: width, run: run)
    guard let order = Assignment.bijection(products, count: left.alive.count) else { return nil }
    var out = [Int](repeating: 0, count: a.count / width)
    for (row, target) in order.enumerated() { out[left.alive[row]] = right.alive[target] }
    for (row, target) in zip(left.dead, right.dead) { out[row] = target }
    return out
  }

  private static func unitRows(
    _ values: [Float], _ width: Int
  ) -> (rows: [Float], alive: [Int], dead: [Int]) {
    var rows: [Float] = []
    rows.reserveCapacity(values.count)
    var alive: [Int] = []
    var dead: [Int] = []
    for row in 0..<values.count / width {
      let slice = values[row * width..<(row + 1) * width]
      let squares = slice.reduce(0.0) { $0 + Double($1) * Double($1) }
      guard squares > 0 else {
        dead.append(row)
        continue
      }
      let factor = Float(1 / squares.squareRoot())
      rows += slice.map { $0 * factor }
      alive.append(row)
    }
    return (rows, alive, dead)
  }

  /// The s with s · b_j nearest to a_i; 1 where b_j is zero.
  private static func scale(
    _ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ width: Int
  ) -> Double {
    var product = 0.0
    var squares = 0.0
    for column in 0..<width {
      let x = Double(b[j * width + column])
      product += Double(a[i * width + column]) * x
      squares += x * x
    }
    return squares > 0 ? product / squares : 1
  }
}

/// Sums of squares over pairs of rows.
struct Sums {
  var distance = 0.0
  var size = 0.0

  /// Adds ‖factor · a_i − b_j‖² and ‖b_j‖².
  mutating func add(
    _ a: [Float], _ i: Int, _ b: [Float], _ j: Int, _ width: Int, factor: Double = 1
  ) {
    for column in 0..<width {
      let x = Double(a[i * width + column]) * factor
      let y = Double(b[j * width + column])
      distance += (x - y) * (x - y)
      size += y * y
    }
  }
}
