// Matches units of a reference with units of a suspect by content alone.
//
// Three statistics from one pass over all pairs:
//   coincidences  F, reference units whose best match stands at their own index
//   agreements    T, reference units for which two independent views name the same match
//   order         r mutual best matches, and the longest run of them in the same order
// Exactness of F and of the order rests on the matcher not seeing positions: the reference's rows
// come in a keyed order, and a best match is a function of contents only. A tie is broken by the
// suspect's index for F, which the reference's labels cannot influence, and counts as a
// disagreement for T.

import Base
import CKernels

/// What matching one pair of blocks gave.
public struct BlockMatch: Equatable, Sendable {
  /// Rows of the reference that were matched.
  public var tested: Int
  /// Usable units of the suspect's block.
  public var suspectCount: Int
  /// F; nil if the blocks have different unit counts, so that positions mean nothing.
  public var coincidences: Int?
  /// T; nil if there is only one view.
  public var agreements: Int?
  public var mutual: Int
  public var longestRun: Int
  /// Mean cosine of the best joint match, a description only.
  public var meanBest: Double

  /// log10 of the e-value: by position, or by order where the widths differ.
  public var log10E: Double {
    coincidences.map(Coincidence.log10E)
      ?? Subsequence.log10E(count: mutual, length: longestRun)
  }
}

public enum UnitMatcher {
  /// Fewer usable units than this on either side: not tested.
  public static let unitsMin = 16
  /// The same for blocks that are pooled: one unit alone has one place to stand.
  public static let pooledMin = 2

  /// Nil if either side has fewer than `minimum` usable units or the views cannot be compared.
  public static func match(
    reference: UnitViews, suspect: UnitViews, key: BlindingKey, minimum: Int = unitsMin
  ) -> BlockMatch? {
    guard reference.rowCount >= minimum, suspect.rowCount >= minimum,
      reference.viewCount == suspect.viewCount, reference.strides == suspect.strides,
      reference.isUpToSign == suspect.isUpToSign,
      (1...3).contains(reference.viewCount)
    else { return nil }
    let blinded = reference.selecting(key.permutation(of: reference.rowCount))
    var best = Best(queries: blinded.rowCount, targets: suspect.rowCount)
    best.scan(queries: blinded, targets: suspect)
    return best.summary(queries: blinded, targets: suspect)
  }
}

/// Running best matches, by query and by target.
private struct Best {
  /// The largest value so far, where it was, and whether another equalled it.
  struct Peak {
    var value = -Float.infinity
    var index: Int32 = -1
    var isTied = false

    mutating func offer(_ candidate: Float, at position: Int32) {
      if candidate > value {
        value = candidate
        index = position
        isTied = false
      } else if candidate == value {
        isTied = true
      }
    }
  }

  var joint: [Peak]
  var first: [Peak]
  var second: [Peak]
  var back: [Peak]

  init(queries: Int, targets: Int) {
    joint = Array(repeating: Peak(), count: queries)
    first = joint
    second = joint
    back = Array(repeating: Peak(), count: targets)
  }

  static let targetsPerTile = 1024

  mutating func scan(queries: UnitViews, targets: UnitViews) {
    let rows = queries.rowCount
    var products = queries.views.map { _ in
      [Float](repeating: 0, count: rows * min(Self.targetsPerTile, targets.rowCount))
    }
    var start = 0
    while start < targets.rowCount {
      let width = min(Self.targetsPerTile, targets.rowCount - start)
      for view in queries.views.indices {
        rowProducts(
          queries.views[view], targets.views[view], from: start, count: width,
          stride: queries.strides[view], into: &products[view])
      }
      offer(
        products, isUpToSign: queries.isUpToSign, rows: rows, width: width, start: start)
      start += width
    }
  }

  /// Joint score: cosine of the first view plus the size of the sum of the others, because an up
  /// row and its down column may change sign together without changing the model. A view that is
  /// up to sign counts by its size too.
  private mutating func offer(
    _ products: [[Float]], isUpToSign: [Bool], rows: Int, width: Int, start: Int
  ) {
    let viewCount = products.count
    for row in 0..<rows {
      for column in 0..<width {
        let position = Int32(start + column)
        let offset = row * width + column
        let gate = products[0][offset]
        var score = gate
        if viewCount > 1 {
          var other = products[1][offset]
          if viewCount > 2 { other = abs(other + products[2][offset]) }
          if isUpToSign[1] { other = abs(other) }
          first[row].offer(gate, at: position)
          second[row].offer(other, at: position)
          score += other
        }
        joint[row].offer(score, at: position)
        back[start + column].offer(score, at: Int32(row))
      }
    }
  }

  func summary(queries: UnitViews, targets: UnitViews) -> BlockMatch {
    var coincidences = 0
    var agreements = 0
    var mutual: [(reference: Int32, suspect: Int32)] = []
    var total = 0.0
    for row in joint.indices {
      let target = joint[row].index
      guard target >= 0 else { continue }
      let label = queries.labels[row]
      let matched = targets.labels[Int(target)]
      total += Double(joint[row].value)
      if label == matched { coincidences += 1 }
      if first[row].index >= 0, first[row].index == second[row].index, !first[row].isTied,
        !second[row].isTied
      {
        agreements += 1
      }
      if back[Int(target)].index == Int32(row) { mutual.append((label, matched)) }
    }
    mutual.sort { $0.reference < $1.reference }
    let parts = queries.viewCount == 1 ? 1.0 : Double(queries.viewCount)
    return BlockMatch(
      tested: queries.rowCount,
      suspectCount: targets.rowCount,
      coincidences: queries.unitCount == targets.unitCount ? coincidences : nil,
      agreements: queries.viewCount > 1 ? agreements : nil,
      mutual: mutual.count,
      longestRun: Subsequence.longestIncreasing(mutual.map(\.suspect)),
      meanBest: total / Double(max(1, queries.rowCount)) / parts)
  }
}

/// All products of rows of `a` with `count` rows of `b` from row `start`.
private func rowProducts(
  _ a: [Float], _ b: [Float], from start: Int, count: Int, stride: Int, into out: inout [Float]
) {
  let rows = a.count / stride
  precondition(out.count >= rows * count && (start + count) * stride <= b.count)
  unsafe a.withUnsafeBufferPointer { left in
    unsafe b.withUnsafeBufferPointer { right in
      unsafe out.withUnsafeMutableBufferPointer { target in
        guard let x = left.baseAddress, let y = right.baseAddress, let z = target.baseAddress
        else { return }
        unsafe ck_matmul_f32(
          x, stride, rows, y + start * stride, stride, count, stride, z, count, ck_isa_best())
      }
    }
  }
}
