// Merges by task vectors: a base among the references, and one or two of its fine-tunes.
//
// The sums of the first pass give task arithmetic for every base and pair. For merges that keep
// some entries only (TIES, DARE), the base is the member that the suspect equals in many entries;
// the likeliest parents are then looked at entry by entry, in two passes more.

import Base
import Evidence

/// What was found: a base, parents with their coefficients, and the fit.
struct TaskMerge: Sendable {
  let base: Relative
  let parts: [(member: Relative, share: Double)]
  let fit: MergeFit
}

struct TaskMergeSearch: Sendable {
  let members: [Relative]
  let tables: [ProductTable]
  /// Relative rounding error of the suspect's storage.
  let floor: Double
  let run: Run

  /// Sets of parents that are looked at entry by entry.
  static let candidatesMax = 3
  /// A suspect that equals a member in more entries than this is that member, retouched.
  static let equalMax = 0.999

  func merge() throws(Problem) -> TaskMerge? {
    if let sum = arithmetic() { return sum }
    return try sparse()
  }

  // MARK: Sums of task vectors

  /// A sum over one base can be written over either parent as well; the base is the member in
  /// the middle, nearest to the other two.
  private func arithmetic() -> TaskMerge? {
    var total = ProductTable(size: members.count + 1)
    for table in tables { total.add(table) }
    var best: (fit: TaskArithmeticFit, base: Int, pair: (Int, Int))?
    for base in members.indices {
      for (first, second) in pairs(without: base) {
        let sides = [first, second].map { total.distance($0 + 1, base + 1) }
        guard total.distance(first + 1, second + 1) >= max(sides[0], sides[1]) else { continue }
        let products = tables.map { $0.tasks(first, second, base: base) }
        guard let fit = TaskArithmeticFit(products, floor: floor) else { continue }
        if best.map({ fit.residual < $0.fit.residual }) ?? true {
          best = (fit, base, (first, second))
        }
      }
    }
    return best.map { found in
      TaskMerge(
        base: members[found.base],
        parts: [
          (members[found.pair.0], found.fit.first), (members[found.pair.1], found.fit.second),
        ], fit: found.fit.fit)
    }
  }

  private func pairs(without base: Int) -> [(Int, Int)] {
    members.indices.flatMap { first in
      members.indices.filter { $0 > first && $0 != base && first != base }.map { (first, $0) }
    }
  }

  // MARK: Kept entries

  private func sparse() throws(Problem) -> TaskMerge? {
    var total = ProductTable(size: members.count + 1)
    for table in tables { total.add(table) }
    let shares = members.indices.map { Double(total.equal[$0 + 1]) / Double(max(1, total.count)) }
    guard let base = members.indices.max(by: { shares[$0] < shares[$1] }),
      shares[base] >= SparseMergeFit.untouchedMin, shares[base] < Self.equalMax
    else { return nil }
    for parents in candidates(base, total) {
      guard let scales = try modes(base, parents) else { continue }
      let fit = try fitted(base, parents, scales)
      guard fit.method != nil else { continue }
      return TaskMerge(
        base: members[base], parts: zip(parents, scales).map { (members[$0], $1) },
        fit: fit.fit)
    }
    return nil
  }

  /// Pairs of parents and single ones, by what their differences explain of the suspect's.
  private func candidates(_ base: Int, _ total: ProductTable) -> [[Int]] {
    var ranked: [(gain: Double, parents: [Int])] = []
    for (first, second) in pairs(without: base) {
      let tasks = total.tasks(first, second, base: base)
      guard let gain = tasks.explained else { continue }
      ranked.append((gain, [first, second]))
    }
    for parent in members.indices where parent != base {
      let tasks = total.tasks(parent, parent, base: base)
      guard tasks.dd > 0, tasks.xx > 0 else { continue }
      ranked.append((tasks.dx * tasks.dx / (tasks.xx * tasks.dd), [parent]))
    }
    return ranked.sorted { ($0.gain, -$0.parents[0]) > ($1.gain, -$1.parents[0]) }
      .prefix(Self.candidatesMax).map(\.parents)
  }

  private func modes(_ base: Int, _ parents: [Int]) throws(Problem) -> [Double]? {
    var ratios = parents.map { _ in TaskRatios() }
    try forEachDifference(base, parents) { difference, others, _ in
      for index in parents.indices { ratios[index].add(difference, parent: others[index]) }
    }
    let scales = ratios.compactMap(\.mode)
    return scales.count == parents.count ? scales : nil
  }

  private func fitted(
    _ base: Int, _ parents: [Int], _ scales: [Double]
  ) throws(Problem) -> SparseMergeFit {
    var fit = SparseMergeFit(scales: scales)
    try forEachDifference(base, parents) { difference, others, rounding in
      fit.add(difference, parents: others, roundingVariance: rounding)
    }
    return fit
  }

  /// Differences of the suspect and of the parents to the base, a chunk at a time.
  private func forEachDifference(
    _ base: Int, _ parents: [Int],
    _ body: (_ suspect: [Float], _ parents: [[Float]], _ rounding: Double) -> Void
  ) throws(Problem) {
    for pair in members[base].alignment.pairs where pair.suspect.isMatrix && pair.rows == nil {
      let others = parents.compactMap { parent in
        members[parent].alignment.pairs.first { $0.place == pair.place && $0.rows == nil }?
          .reference
      }
      guard others.count == parents.count else { continue }
      let stored = pair.suspect.storedFloat ?? .f32
      try AlignedPair.forEachChunk(of: [pair.suspect, pair.reference] + others, run) { values in
        func difference(_ index: Int) -> [Float] {
          zip(values[index], values[1]).map { $0 - $1 }
        }
        body(
          difference(0), parents.indices.map { difference($0 + 2) },
          DifferenceSpectrum.roundingVariance(values[0], stored: stored))
      }
    }
  }
}
