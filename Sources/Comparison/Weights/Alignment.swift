// Pairs of tensors in the same place of two models, and what one pass over them tells.
//
// Layers are paired by the evidence (dropped layers shift the rest), everything else by place. An
// embedding with other rows is joined by its tokens. Tensors are read in chunks of rows, so that
// memory is bounded by two chunks, except where a container's row order forces a whole matrix.

import Base
import Evidence
import Formats

/// Two tensors in the same place.
struct AlignedPair: Sendable {
  let place: NetworkPlace
  private(set) var suspect: PlacedTensor
  private(set) var reference: PlacedTensor
  /// Rows of both that mean the same token, where the embeddings differ in length.
  let rows: [(suspect: Int, reference: Int)]?

  /// Norms whose factors one container stores less one, as the factors that they are.
  fileprivate mutating func readGainsAlike(_ suspectOffset: Float, _ referenceOffset: Float) {
    guard suspectOffset != referenceOffset, !place.isBias, place.role?.isNorm == true else {
      return
    }
    suspect.added = suspectOffset
    reference.added = referenceOffset
  }
}

/// The tensors of two models, put in order.
struct Alignment: Sendable {
  let pairs: [AlignedPair]
  /// Tensors of the suspect without a partner, by name.
  let unpaired: [String]
  /// Suspect layer to reference layer.
  let layers: [Int: Int]
  let isVocabularyChanged: Bool
  /// Reference layers that no suspect layer comes from.
  let dropped: [Int]
  /// Reference layers that several suspect layers come from.
  let duplicated: [Int]

  /// - Parameter layers: the layer map; layers that are not in it are left unpaired.
  init(suspect: ModelFeatures, reference: ModelFeatures, layers: [Int: Int]) {
    self.layers = layers
    var pairs: [AlignedPair] = []
    var unpaired: [String] = []
    var changed = false
    let mine = suspect.network.tensors.sorted { $0.value.entry.name < $1.value.entry.name }
    for (place, tensor) in mine {
      var partner: PlacedTensor?
      if let layer = place.layer {
        partner = layers[layer].flatMap { Self.partner(place.moved(to: $0), reference.network) }
      } else {
        partner = reference.network.tensors[place] ?? Self.tied(place, reference.network)
      }
      guard let partner, partner.columns == tensor.columns else {
        unpaired.append(tensor.name)
        continue
      }
      if partner.rows == tensor.rows {
        var pair = AlignedPair(place: place, suspect: tensor, reference: partner, rows: nil)
        pair.readGainsAlike(suspect.network.gainOffset, reference.network.gainOffset)
        pairs.append(pair)
      } else if place.role == .embedding || place.role == .head,
        let rows = Self.tokenRows(suspect, reference)
      {
        changed = true
        pairs.append(
          AlignedPair(place: place, suspect: tensor, reference: partner, rows: rows))
      } else {
        unpaired.append(tensor.name)
      }
    }
    self.pairs = pairs
    self.unpaired = unpaired
    isVocabularyChanged = changed
    let images = layers.values
    dropped = (0..<reference.network.layerCount).filter { !images.contains($0) }
    duplicated = Dictionary(grouping: images, by: { $0 }).filter { $0.value.count > 1 }
      .keys.sorted()
  }

  /// The tensor in a place; for an expert of a model whose reference has none, the dense MLP's.
  private static func partner(_ place: NetworkPlace, _ network: NetworkView) -> PlacedTensor? {
    if let same = network.tensors[place] { return same }
    guard place.expert != nil else { return nil }
    var dense = place
    dense.expert = nil
    return network.tensors[dense]
  }

  /// A head that only one model stores stands against the other's embedding.
  private static func tied(_ place: NetworkPlace, _ network: NetworkView) -> PlacedTensor? {
    place.role == .head && !place.isBias ? network.head : nil
  }

  private static func tokenRows(
    _ suspect: ModelFeatures, _ reference: ModelFeatures
  ) -> [(suspect: Int, reference: Int)]? {
    guard let (mine, theirs) = ModelFeatures.joined(suspect, reference) else { return nil }
    let shared = mine.sample.shared(with: theirs.sample)
    guard shared.count >= FeatureReader.sharedTokensMin else { return nil }
    return shared.map { (mine.sample.rows[$0.mine], theirs.sample.rows[$0.theirs]) }
  }
}

extension AlignedPair {
  /// Values of a chunk.
  static let chunkElements = 1 << 20

  /// Calls `body` with aligned values, chunk by chunk.
  func forEachChunk(
    _ run: Run, _ body: (_ suspect: [Float], _ reference: [Float]) -> Void
  ) throws(Problem) {
    if let rows {
      guard let s = suspect.rowValues(rows.map(\.suspect)),
        let r = reference.rowValues(rows.map(\.reference))
      else { return }
      body(s, r)
      return
    }
    try Self.forEachChunk(of: [suspect, reference], run) { body($0[0], $0[1]) }
  }

  /// Calls `body` with aligned values of tensors of one shape, a chunk of rows at a time.
  /// - Returns: false if a tensor could not be read to its end.
  /// - Throws: `interrupted`, once the run is no longer wanted.
  @discardableResult
  static func forEachChunk(
    of tensors: [PlacedTensor], _ run: Run, _ body: ([[Float]]) throws(Problem) -> Void
  ) throws(Problem) -> Bool {
    guard let first = tensors.first else { return true }
    var whole: [[Float]]?
    if tensors.contains(where: { $0.isTransposed || $0.heads != nil }) {
      let read = tensors.compactMap { $0.values() }
      guard read.count == tensors.count else { return false }
      whole = read
    }
    let step = max(1, chunkElements / max(1, first.columns))
    for start in stride(from: 0, to: first.rows, by: step) {
      try run.check()
      let range = start..<min(start + step, first.rows)
      var values: [[Float]] = []
      for (index, tensor) in tensors.enumerated() {
        let place = range.lowerBound * first.columns..<range.upperBound * first.columns
        guard let some = whole.map({ Array($0[index][place]) }) ?? tensor.rowValues(range) else {
          return false
        }
        values.append(some)
      }
      try body(values)
    }
    return true
  }

  /// The cells of a packed child beside the parent's values; nothing for other tensors.
  private func forEachCell(
    of child: PlacedTensor, against parent: PlacedTensor, _ run: Run,
    _ body: (PackedCells) -> Void
  ) throws(Problem) {
    guard rows == nil, let lower = child.edges(.lowerEdges), let upper = child.edges(.upperEdges)
    else { return }
    try Self.forEachChunk(of: [parent, child, lower, upper], run) { values in
      body(
        PackedCells(parent: values[0], child: values[1], lower: values[2], upper: values[3]))
    }
  }

  /// One pass: sums, and whether one tensor can be made again from the other.
  func evidence(_ run: Run) throws(Problem) -> TensorEvidence {
    var delta = TensorDelta()
    var forward = RemakeSearch(from: reference, to: suspect)
    var backward = RemakeSearch(from: suspect, to: reference)
    try forEachChunk(run) { s, r in
      delta.add(reference: r, suspect: s)
      forward.add(parent: r, child: s)
      backward.add(parent: s, child: r)
    }
    try forEachCell(of: suspect, against: reference, run) { forward.add($0) }
    try forEachCell(of: reference, against: suspect, run) { backward.add($0) }
    var evidence = TensorEvidence(
      name: suspect.name, layer: place.layer, isMatrix: suspect.isMatrix,
      isEmbedding: place.role == .embedding, delta: delta, forward: forward.found,
      backward: backward.found, suspectFloor: suspect.roundingFloor)
    evidence.isPackedTwice =
      suspect.isQuantized && reference.isQuantized
      && (suspect.packed != nil || reference.packed != nil)
    evidence.isRepacked = evidence.isPackedTwice && suspect.entry.type != reference.entry.type
    return evidence
  }
}

extension PlacedTensor {
  /// Relative rounding error of the stored form.
  var roundingFloor: Double {
    if let float = storedFloat { return float.roundingFloor }
    return BlockForm(rawValue: entry.type.name)?.roundingFloor ?? 0.1
  }
}
