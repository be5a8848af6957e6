// The map between the residual streams of two models, if there is one.
//
// A network computes the same function after its residual stream is permuted or, with norm gains
// folded away, rotated. The map is recovered from embedding rows of shared tokens: columns that
// match one to one give a permutation, the Procrustes problem a rotation. Both are certificates
// only with their residual: two independent models of one text have embeddings that a rotation
// brings within 0.4 to 0.65 of each other, a true map leaves rounding alone (about 0.002 in BF16).

import Base

/// A linear map of row vectors of the residual stream: reference to suspect.
public enum ResidualMap: Equatable, Sendable {
  case identity
  /// Suspect coordinate j holds reference coordinate `sources[j]`.
  case permutation(sources: [Int])
  /// Row vectors are multiplied by Q; stored as rows of Qᵀ.
  case rotation(transposed: [Float], width: Int)

  /// Rows of a reference as the suspect should have them.
  public func apply(_ rows: [Float], width: Int, run: Run) throws(Problem) -> [Float] {
    switch self {
    case .identity: return rows
    case .permutation(let sources):
      var out = rows
      for row in 0..<rows.count / width {
        for column in 0..<width { out[row * width + column] = rows[row * width + sources[column]] }
      }
      return out
    case .rotation(let transposed, let side):
      precondition(side == width, "the map has the width of the rows")
      return try RowProducts.of(rows, transposed, width: width, run: run)
    }
  }

  public var name: String {
    switch self {
    case .identity: "identity"
    case .permutation: "permutation"
    case .rotation: "rotation"
    }
  }
}

extension ResidualMap {
  /// Relative difference of Gram matrices above which no rotation is looked for.
  static let gramMax = 0.05
  static let gramTokens = 128
  /// Wider streams are not searched for rotations: the cost grows with the cube.
  public static let rotationWidthMax = 4096

  /// Finds the map that takes `reference` rows to `suspect` rows, shared tokens in one order.
  /// - Parameter onlyIdentity: look for nothing but equal streams.
  /// - Returns: nil if none leaves a relative residual within `tolerance`.
  public static func recovered(
    reference: [Float], suspect: [Float], width: Int, tolerance: Double,
    onlyIdentity: Bool = false, run: Run
  ) throws(Problem) -> ResidualMap? {
    guard width > 0, reference.count == suspect.count, reference.count >= 2 * width,
      reference.allSatisfy(\.isFinite), suspect.allSatisfy(\.isFinite)
    else { return nil }
    if let residual = Residual.of(suspect, reference), residual <= tolerance { return .identity }
    guard !onlyIdentity else { return nil }
    if let map = try permutation(reference, suspect, width, run),
      try map.fits(reference, suspect, width, tolerance, run)
    {
      return map
    }
    guard width <= rotationWidthMax, reference.count >= width * width,
      try gramDistance(reference, suspect, width, run) <= gramMax,
      let map = try rotation(reference, suspect, width, run),
      try map.fits(reference, suspect, width, tolerance, run)
    else { return nil }
    return map
  }

  private func fits(
    _ reference: [Float], _ suspect: [Float], _ width: Int, _ tolerance: Double, _ run: Run
  ) throws(Problem) -> Bool {
    Residual.of(suspect, try apply(reference, width: width, run: run)).map { $0 <= tolerance }
      ?? false
  }

  /// Each suspect column's nearest reference column, if that is one to one.
  private static func permutation(
    _ reference: [Float], _ suspect: [Float], _ width: Int, _ run: Run
  ) throws(Problem) -> ResidualMap? {
    let rows = reference.count / width
    func columns(_ values: [Float]) -> [Float] {
      var out = [Float](repeating: 0, count: values.count)
      for row in 0..<rows {
        for column in 0..<width { out[column * rows + row] = values[row * width + column] }
      }
      for column in 0..<width {
        let range = column * rows..<(column + 1) * rows
        let squares = out[range].reduce(0.0) { $0 + Double($1) * Double($1) }
        guard squares > 0 else { continue }
        let factor = Float(1 / squares.squareRoot())
        for index in range { out[index] *= factor }
      }
      return out
    }
    let products = try RowProducts.of(
      columns(suspect), columns(reference), width: rows, run: run)
    return Assignment.bijection(products, count: width).map { .permutation(sources: $0) }
  }

  /// Relative distance of the Gram matrices of some rows: unchanged by rotations.
  private static func gramDistance(
    _ reference: [Float], _ suspect: [Float], _ width: Int, _ run: Run
  ) throws(Problem) -> Double {
    let count = min(gramTokens, reference.count / width) * width
    let a = Array(reference[..<count])
    let b = Array(suspect[..<count])
    return Residual.of(
      try RowProducts.of(b, b, width: width, run: run),
      try RowProducts.of(a, a, width: width, run: run)) ?? .infinity
  }

  private static func rotation(
    _ reference: [Float], _ suspect: [Float], _ width: Int, _ run: Run
  ) throws(Problem) -> ResidualMap? {
    let r = Matrix(rows: reference.count / width, columns: width, floats: reference).transposed
    let s = Matrix(rows: suspect.count / width, columns: width, floats: suspect).transposed
    let products = try r.timesTransposed(s, run: run)
    guard let q = try Polar.rotation(nearestTo: products, run: run) else { return nil }
    return .rotation(transposed: q.transposed.values.map(Float.init), width: width)
  }
}

/// Relative distances.
enum Residual {
  /// ‖a − b‖ / ‖b‖; nil if b is zero or a number is not finite.
  static func of(_ a: [Float], _ b: [Float]) -> Double? {
    let sums = squares(a, b)
    guard sums.size > 0, sums.distance.isFinite, sums.size.isFinite else { return nil }
    return (sums.distance / sums.size).squareRoot()
  }

  static func squares(_ a: [Float], _ b: [Float]) -> (distance: Double, size: Double) {
    precondition(a.count == b.count, "distances need equal counts")
    var distance = 0.0
    var size = 0.0
    for index in a.indices {
      let difference = Double(a[index]) - Double(b[index])
      distance += difference * difference
      size += Double(b[index]) * Double(b[index])
    }
    return (distance, size)
  }
}

enum Assignment {
  /// For each row of a square table its largest column; nil unless that is one to one.
  static func bijection(_ table: [Float], count: Int) -> [Int]? {
    var taken = [Bool](repeating: false, count: count)
    var out: [Int] = []
    for row in 0..<count {
      var best = 0
      for column in 1..<max(1, count)
      where table[row * count + column] > table[row * count + best] {
        best = column
      }
      guard !taken[best] else { return nil }
      taken[best] = true
      out.append(best)
    }
    return out
  }
}
