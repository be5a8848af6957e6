// What the units of a gated feed-forward part say to a text: their gate and up values before the
// activation function.
//
// They do not depend on how units are numbered, on the basis of the residual stream or on the
// vocabulary, only on what a unit computes; so they join units of models that share no basis and
// no tokens. One pass through the layers, without the output head.
//
// Memory: activations of all tokens at once, and the units of one layer at the asked positions.

import Base

/// Gate and up values of one layer's units.
public struct UnitActivations: Sendable {
  public let layer: Int
  public let unitCount: Int
  /// How many positions were asked for.
  public let positionCount: Int
  /// unitCount × positionCount, unit by unit, positions in the order in which they were asked for.
  public let gate: [Float]
  /// Likewise.
  public let up: [Float]

  public init(layer: Int, unitCount: Int, positionCount: Int, gate: [Float], up: [Float]) {
    let count = unitCount * positionCount
    precondition(gate.count == count && up.count == count, "a value for each unit and position")
    self.layer = layer
    self.unitCount = unitCount
    self.positionCount = positionCount
    self.gate = gate
    self.up = up
  }
}

extension TransformerModel {
  /// Whether a layer has units with a gate that every token passes.
  public var hasGatedUnits: Bool {
    architecture.blocks.contains {
      if case .gated = $0.feedForward { true } else { false }
    }
  }

  /// Calls `layer` for each layer whose feed-forward part is dense and gated, in order.
  /// - Parameter positions: of each sequence, those to look at, ascending.
  /// - Throws: as `score`; `memory_too_small` if the texts do not pass together; what `layer`
  ///   throws.
  public func unitActivations(
    _ sequences: [[Int32]], at positions: [[Int]], options: ScoreOptions,
    layer: (UnitActivations) throws(Problem) -> Void
  ) throws(Problem) {
    precondition(
      zip(sequences, positions).allSatisfy { $1.allSatisfy($0.indices.contains) },
      "positions lie in their sequences")
    try check(sequences)
    let plan = MemoryPlan(self, options)
    let groups = try plan.groups(sequences)
    guard groups.count == 1 else {
      throw Problem(
        .usage, "memory_too_small",
        reason: "the texts do not pass through the layers together in "
          + "\(options.memoryBytes >> 20) MiB",
        remedy: "allow more memory, or give fewer texts")
    }
    let group = ScoringGroup(self, sequences, groups[0], plan, options)
    let rows = zip(group.segments, positions).flatMap { segment, chosen in
      chosen.map { segment.firstRow + $0 }
    }
    let total = sequences.reduce(0) { $0 + $1.count }
    var seen: (gate: [Float], up: [Float])?
    try group.throughLayers(
      group.embedded(), 0, total,
      seen: { gate, up in
        seen = (Self.byUnit(gate, rows, options.run), Self.byUnit(up, rows, options.run))
      },
      after: { index throws(Problem) in
        guard let (gate, up) = seen else { return }
        seen = nil
        try layer(
          UnitActivations(
            layer: index, unitCount: rows.isEmpty ? 0 : gate.count / rows.count,
            positionCount: rows.count, gate: gate, up: up))
      })
  }

  /// Columns of some rows, each in one piece; nothing once the run is cancelled, which is noticed
  /// behind the layer.
  private static func byUnit(
    _ values: Activations, _ rows: [Int], _ run: Run
  ) -> [Float] {
    let (units, count) = (values.columns, rows.count)
    let tile = 64
    let tiles = try? run.map((units + tile - 1) / tile) { index in
      let first = index * tile
      let width = min(tile, units - first)
      var out = [Float](repeating: 0, count: width * count)
      for (place, row) in rows.enumerated() {
        let source = unsafe values.row(row) + first
        for unit in 0..<width { out[unit * count + place] = unsafe source[unit] }
      }
      return out
    }
    return (tiles ?? []).flatMap { $0 }
  }
}
