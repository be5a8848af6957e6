// Features of what attention and routing leave exchangeable, a layer at a time.
//
//   key groups   a head with its keys and values (all of a head, where each has its own)
//   heads        query heads inside their group
//   values       coordinates inside a head: a value row, and the output columns behind it
//   queries      the same for queries and keys, where positions are learned
//   experts      by their rows of the router; shared experts have none and stand apart
// Whole heads are long: of each, 32 coordinates are seen at 64 places of the stream or on 64
// tokens, the same for every model. What an architecture orders is refused (`DeclaredShape`).

import Base
import Evidence
import Formats

/// An exchangeable set inside a layer.
enum AttentionSet: String, Sendable, CaseIterable {
  case keyGroups = "key groups"
  case heads = "heads inside a group"
  case values = "value coordinates of a head"
  case queries = "query and key coordinates of a head"
  case experts = "experts"

  /// Few units a block: pooled over layers.
  var isPooled: Bool {
    switch self {
    case .keyGroups, .heads, .experts: true
    case .values, .queries: false
    }
  }

  var indexSet: IndexSet {
    switch self {
    case .keyGroups, .heads: .heads
    case .values: .values
    case .queries: .queries
    case .experts: .experts
    }
  }
}

/// The blocks of one layer, by set.
struct AttentionFeatures: Sendable {
  let layer: Int
  let blocks: [AttentionSet: [UnitFeatures]]

  /// Whether another layer of the same model holds the same heads and experts in the same order.
  func isCopy(of other: AttentionFeatures) -> Bool {
    AttentionSet.allCases.contains { set in
      guard let mine = blocks[set], let theirs = other.blocks[set], !mine.isEmpty else {
        return false
      }
      return zip(mine, theirs).allSatisfy { $0.raw.isCopy(of: $1.raw) }
    }
  }

  /// The blocks of coordinates that are kept of a reference: a keyed few, since one block of
  /// sixty-four coordinates in place decides.
  struct Kept: Sendable {
    private let chosen: Set<Int>
    private let groups: Int

    static let blocksMax = 8

    init(_ network: NetworkView, key: BlindingKey) {
      groups = network.keyHeadCount ?? 0
      let order = key.permutation(of: groups * network.layerCount)
      chosen = Set(order.prefix(Self.blocksMax))
    }

    func holds(_ layer: Int, _ group: Int) -> Bool { chosen.contains(layer * groups + group) }
  }
}

extension FeatureReader {
  /// Coordinates of a head that are seen, and places at which each is.
  static let headRows = 32
  static let headColumns = 64

  /// Features of a layer; nil if nothing in it can be told apart.
  /// - Parameter inner: whether the coordinates of a key group are wanted.
  func attention(
    layer: Int, tokenRows: [Float]?, run: Run, inner: (Int) -> Bool = { _ in true }
  ) throws(Problem) -> AttentionFeatures? {
    var blocks: [AttentionSet: [UnitFeatures]] = [:]
    if let heads = LayerHeads(self, layer: layer) {
      if network.refusals[.heads] == nil {
        blocks[.keyGroups] = try heads.keyGroups(tokenRows, run).map { [$0] }
        blocks[.heads] = try heads.queryHeads(tokenRows, run)
      }
      let groups = (0..<heads.groups).filter(inner)
      if network.refusals[.values] == nil {
        blocks[.values] = try groups.map { group throws(Problem) in
          try heads.inner(heads.value, heads.output, group, tokenRows, run)
        }
      }
      if network.refusals[.queries] == nil {
        blocks[.queries] = try groups.map { group throws(Problem) in
          try heads.inner(heads.key, heads.query, group, tokenRows, run)
        }
      }
    }
    if network.refusals[.experts] == nil, let router = network[.router, layer],
      router.columns == network.width, router.rows > 1, let rows = router.values()
    {
      let gain = gains(.feedForwardNorm, layer: layer, width: router.columns)
      let view = UnitViews.View(width: router.columns, values: withGain(rows, gain))
      blocks[.experts] = [
        try UnitFeatures([view], tokenRows: tokenRows, width: network.width, run: run)
      ]
    }
    return blocks.isEmpty ? nil : AttentionFeatures(layer: layer, blocks: blocks)
  }
}

/// The matrices of one layer's attention, all as rows in the residual stream.
private struct LayerHeads {
  let width: Int
  let groups: Int
  let perGroup: Int
  /// Coordinates of a head.
  let size: Int
  let query: [Float]
  let key: [Float]
  let value: [Float]
  let output: [Float]

  /// Nil if a part is missing or head counts do not divide.
  init?(_ reader: FeatureReader, layer: Int) {
    let network = reader.network
    guard let heads = network.headCount, let groups = network.keyHeadCount,
      heads % groups == 0, let width = network.width,
      let q = network[.query, layer], let k = network[.key, layer],
      let v = network[.value, layer], let o = network[.attentionOutput, layer],
      [q, k, v].allSatisfy({ $0.columns == width }), o.rows == width, q.rows % heads == 0
    else { return nil }
    size = q.rows / heads
    guard size > 0, k.rows == groups * size, v.rows == k.rows, o.columns == q.rows,
      let query = q.values(), let key = k.values(), let value = v.values(),
      let output = o.values()
    else { return nil }
    let gain = reader.gains(.attentionNorm, layer: layer, width: width)
    self.width = width
    self.groups = groups
    perGroup = heads / groups
    self.query = withGain(query, gain)
    self.key = withGain(key, gain)
    self.value = withGain(value, gain)
    self.output = transposed(output, rows: o.rows, columns: o.columns)
  }

  /// Keys and values; queries and outputs too, where each head has its own group.
  func keyGroups(_ tokenRows: [Float]?, _ run: Run) throws(Problem) -> UnitFeatures? {
    guard groups > 1 else { return nil }
    let all = Array(0..<groups)
    let isOneToOne = perGroup == 1
    return try flattened(
      all, [isOneToOne ? [key, query] : [key], isOneToOne ? [value, output] : [value]], tokenRows,
      run)
  }

  func queryHeads(_ tokenRows: [Float]?, _ run: Run) throws(Problem) -> [UnitFeatures] {
    guard perGroup > 1 else { return [] }
    return try (0..<groups).map { group throws(Problem) in
      try flattened(
        Array(group * perGroup..<(group + 1) * perGroup), [[query], [output]], tokenRows, run)
    }
  }

  /// Coordinates of a group: rows of `own`, and the sum over its heads of rows of `shared`, which
  /// an exchange of heads leaves alone.
  func inner(
    _ own: [Float], _ shared: [Float], _ group: Int, _ tokenRows: [Float]?, _ run: Run
  ) throws(Problem) -> UnitFeatures {
    let count = size * width
    var sum = [Float](repeating: 0, count: count)
    for head in group * perGroup..<(group + 1) * perGroup {
      for index in 0..<count { sum[index] += shared[head * count + index] }
    }
    return try UnitFeatures(
      [
        UnitViews.View(width: width, values: Array(own[group * count..<(group + 1) * count])),
        UnitViews.View(width: width, values: sum),
      ], tokenRows: tokenRows, width: width, run: run)
  }

  /// Whole heads as units. A view is a list of matrices whose heads stand side by side.
  private func flattened(
    _ heads: [Int], _ views: [[[Float]]], _ tokenRows: [Float]?, _ run: Run
  ) throws(Problem) -> UnitFeatures {
    let rows = Self.spread(size, FeatureReader.headRows)
    let columns = Self.spread(width, FeatureReader.headColumns)
    let tokens = tokenRows.map { Array($0.prefix(FeatureReader.headColumns * width)) }
    func view(
      _ matrices: [[Float]], _ see: ([Float]) throws(Problem) -> [Float]
    ) throws(Problem) -> [Float] {
      var values: [Float] = []
      for head in heads {
        for matrix in matrices {
          values += try see(
            rows.flatMap { row in
              let start = (head * size + row) * width
              return matrix[start..<start + width]
            })
        }
      }
      return values
    }
    func units(
      _ centres: Bool, _ see: ([Float]) throws(Problem) -> [Float]
    ) throws(Problem) -> UnitViews {
      UnitViews(
        try views.map { matrices throws(Problem) in
          let values = try view(matrices, see)
          return UnitViews.View(
            width: values.count / heads.count, values: values, centresRows: centres)
        })
    }
    let raw = try units(false) { some in
      rows.indices.flatMap { row in columns.map { some[row * width + $0] } }
    }
    let projected = try tokens.map { tokens throws(Problem) in
      try units(true) { some throws(Problem) in
        try RowProducts.of(some, tokens, width: width, run: run)
      }
    }
    return UnitFeatures(raw: raw, projected: projected)
  }

  /// At most `limit` of `count` indices, evenly spaced.
  private static func spread(_ count: Int, _ limit: Int) -> [Int] {
    count <= limit ? Array(0..<count) : (0..<limit).map { $0 * count / limit }
  }
}
