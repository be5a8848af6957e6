// Units of one block of a model, seen from several sides, ready to be matched by content.
//
// A unit is anything a training run could have numbered otherwise: a hidden unit of an MLP, an
// expert, a coordinate of the residual stream. A view is what is read off the weights for it: the
// gate row, the up row, the down column. Each view is centred over the units, so that a direction
// which all units share says nothing, and scaled to length one, so that products are cosines.
//
// Dropped before matching: units with a NaN or an infinity, and units that are zero in some view
// (dead or padded). What two strangers have in common there is their padding.
// Facts: Zhu et al. 2502.12292 (exchangeable units), and the counts of `Coincidence.swift`.

import Base

/// Rows of unit features with their labels. Immutable; rows may be a sample of the block.
public struct UnitViews: Sendable {
  /// How many units the block has; labels run below it.
  public let unitCount: Int
  /// Label of each stored row: its index in the block.
  public let labels: [Int32]
  /// Per view, `rowCount` rows of `stride` numbers, unit length, padded with zeros.
  let views: [[Float]]
  /// Numbers per row and view, a multiple of 16.
  let strides: [Int]
  /// Per view, whether a row and its negative are the same unit.
  let isUpToSign: [Bool]

  /// How many rows are stored.
  public var rowCount: Int { labels.count }
  public var viewCount: Int { views.count }

  /// Numbers of one view before centring: `rowCount` rows of `width` values.
  public struct View: Sendable {
    public var width: Int
    public var values: [Float]
    /// Also centre each row over its own entries (a row of projections on tokens, a column of
    /// an embedding), before the units are centred.
    public var centresRows: Bool
    /// Subtract the mean unit. Not where units may change sign or scale, which moves the mean.
    public var centresUnits: Bool
    /// A row and its negative say the same: the sign may be changed without changing the model.
    public var isUpToSign: Bool

    public init(
      width: Int, values: [Float], centresRows: Bool = false, centresUnits: Bool = true,
      isUpToSign: Bool = false
    ) {
      self.width = width
      self.values = values
      self.centresRows = centresRows
      self.centresUnits = centresUnits
      self.isUpToSign = isUpToSign
    }
  }

  /// Centres and scales all usable units of a block. Takes the numbers over, so that a large
  /// block is not held twice.
  /// - Precondition: every view has the same number of rows.
  public init(_ raw: consuming [View]) {
    var raw = raw
    let count = raw.first.map { $0.width > 0 ? $0.values.count / $0.width : 0 } ?? 0
    precondition(raw.allSatisfy { $0.values.count == count * $0.width }, "views of unequal rows")
    unitCount = count
    let widths = raw.map(\.width)
    var alive = [Bool](repeating: count > 0, count: count)
    for index in raw.indices { Self.screen(&raw[index], alive: &alive) }
    for index in raw.indices {
      if raw[index].centresUnits {
        Self.centre(&raw[index].values, width: widths[index], alive: alive)
      }
      Self.normalise(&raw[index].values, width: widths[index], alive: &alive)
    }
    labels = alive.indices.filter { alive[$0] }.map(Int32.init)
    strides = widths.map { ($0 + 15) / 16 * 16 }
    isUpToSign = raw.map(\.isUpToSign)
    let kept = labels.map(Int.init)
    var gathered: [[Float]] = []
    for index in raw.indices {
      let values = exchange(&raw[index].values, with: [])
      let isWhole = kept.count == count && widths[index] == strides[index]
      gathered.append(
        isWhole
          ? values
          : Self.gather(values, width: widths[index], stride: strides[index], rows: kept))
    }
    views = gathered
  }

  private init(
    unitCount: Int, labels: [Int32], views: [[Float]], strides: [Int], isUpToSign: [Bool]
  ) {
    self.unitCount = unitCount
    self.labels = labels
    self.views = views
    self.strides = strides
    self.isUpToSign = isUpToSign
  }

  /// The same rows in another order, or some of them. Labels travel with their rows.
  func selecting(_ rows: [Int]) -> UnitViews {
    UnitViews(
      unitCount: unitCount,
      labels: rows.map { labels[$0] },
      views: zip(views, strides).map { values, stride in
        Self.gather(values, width: stride, stride: stride, rows: rows)
      },
      strides: strides, isUpToSign: isUpToSign)
  }

  /// A keyed sample of at most `limit` rows; all rows if there are no more than `whole`.
  public func sampled(_ limit: Int, ifMoreThan whole: Int, key: BlindingKey) -> UnitViews {
    guard rowCount > whole, limit < rowCount else { return self }
    return selecting(key.permutation(of: rowCount).prefix(limit).sorted())
  }
}

// MARK: Copies within a model

extension UnitViews {
  /// Mean cosine of units with the same label at which two blocks of one model are copies: their
  /// labels are one permutation. Independent labels reach it in one case of 10! or less.
  public static let copyCosine: Float = 0.3

  /// Mean cosine over views and over the labels that both have; nil without a common label.
  public func alignedCosine(with other: UnitViews) -> Float? {
    guard strides == other.strides, !views.isEmpty else { return nil }
    let places = Dictionary(
      uniqueKeysWithValues: other.labels.enumerated().map { ($0.element, $0.offset) })
    var total: Float = 0
    var count = 0
    for (row, label) in labels.enumerated() {
      guard let place = places[label] else { continue }
      count += 1
      for (view, stride) in views.indices.lazy.map({ ($0, self.strides[$0]) }) {
        let mine = row * stride
        let theirs = place * stride
        for column in 0..<stride {
          total += views[view][mine + column] * other.views[view][theirs + column]
        }
      }
    }
    return count > 0 ? total / Float(count * views.count) : nil
  }

  /// Whether two blocks of one model hold the same units in the same order, as after copying.
  public func isCopy(of other: UnitViews) -> Bool {
    alignedCosine(with: other).map { $0 >= Self.copyCosine } ?? false
  }
}

// MARK: Preparing

extension UnitViews {
  /// Centres rows if asked; marks units that are not finite or zero as not alive.
  private static func screen(_ view: inout View, alive: inout [Bool]) {
    for row in alive.indices {
      let range = row * view.width..<(row + 1) * view.width
      var sum = 0.0
      var isZero = true
      var isFinite = true
      for index in range {
        let value = view.values[index]
        if !value.isFinite { isFinite = false }
        if value != 0 { isZero = false }
        sum += Double(value)
      }
      if !isFinite || isZero { alive[row] = false }
      guard view.centresRows, isFinite else { continue }
      let mean = Float(sum / Double(max(1, view.width)))
      for index in range { view.values[index] -= mean }
    }
  }

  /// Subtracts the mean unit. The sum is taken in fixed point, so that it does not depend on the
  /// order of the units by a single bit: positions must not leak into content.
  private static func centre(_ values: inout [Float], width: Int, alive: [Bool]) {
    let rows = alive.indices.filter { alive[$0] }
    guard rows.count > 1 else { return }
    var largest: Float = 0
    for row in rows {
      for index in row * width..<(row + 1) * width { largest = max(largest, abs(values[index])) }
    }
    guard largest > 0 else { return }
    let scale = 4_294_967_296.0 / Double(largest)  // 2^32; 2^30 rows still fit in 63 bits
    var sums = [Int64](repeating: 0, count: width)
    for row in rows {
      for column in 0..<width {
        sums[column] += Int64((Double(values[row * width + column]) * scale).rounded())
      }
    }
    let mean = sums.map { Float(Double($0) / scale / Double(rows.count)) }
    for row in rows {
      for column in 0..<width { values[row * width + column] -= mean[column] }
    }
  }

  /// Scales rows to length one; what centring left at zero length is dropped.
  private static func normalise(_ values: inout [Float], width: Int, alive: inout [Bool]) {
    for row in alive.indices where alive[row] {
      let range = row * width..<(row + 1) * width
      var squares = 0.0
      for index in range { squares += Double(values[index]) * Double(values[index]) }
      let length = squares.squareRoot()
      guard length > 0, length.isFinite else {
        alive[row] = false
        continue
      }
      let factor = Float(1 / length)
      for index in range { values[index] *= factor }
    }
  }

  private static func gather(
    _ values: [Float], width: Int, stride: Int, rows: [Int]
  ) -> [Float] {
    var out = [Float](repeating: 0, count: rows.count * stride)
    for (target, source) in rows.enumerated() {
      for column in 0..<width { out[target * stride + column] = values[source * width + column] }
    }
    return out
  }
}
