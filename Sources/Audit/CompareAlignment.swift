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
  let place: TensorPlace
  let suspect: PlacedTensor
  let reference: PlacedTensor
  /// Rows of both that mean the same token, where the embeddings differ in length.
  let rows: [(suspect: Int, reference: Int)]?
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
  init(suspect: ModelProfile, reference: ModelProfile, layers: [Int: Int]) {
    self.layers = layers
    var pairs: [AlignedPair] = []
    var unpaired: [String] = []
    var changed = false
    let mine = suspect.network.tensors.sorted { $0.value.entry.name < $1.value.entry.name }
    for (place, tensor) in mine {
      var partner: PlacedTensor?
      if let layer = place.layer {
        partner = layers[layer].flatMap { reference.network.tensors[place.moved(to: $0)] }
      } else {
        partner = reference.network.tensors[place] ?? Self.tied(place, reference.network)
      }
      guard let partner, partner.columns == tensor.columns else {
        unpaired.append(tensor.name)
        continue
      }
      if partner.rows == tensor.rows {
        pairs.append(
          AlignedPair(place: place, suspect: tensor, reference: partner, rows: nil))
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

  /// A head that only one model stores stands against the other's embedding.
  private static func tied(_ place: TensorPlace, _ network: NetworkView) -> PlacedTensor? {
    place.role == .head && !place.isBias ? network.head : nil
  }

  private static func tokenRows(
    _ suspect: ModelProfile, _ reference: ModelProfile
  ) -> [(suspect: Int, reference: Int)]? {
    guard let (mine, theirs) = ModelProfile.joined(suspect, reference) else { return nil }
    let shared = mine.sample.shared(with: theirs.sample)
    guard shared.count >= FeatureReader.sharedTokensMin else { return nil }
    return shared.map { (mine.sample.rows[$0.mine], theirs.sample.rows[$0.theirs]) }
  }
}

extension AlignedPair {
  /// Values of a chunk.
  static let chunkElements = 1 << 20

  /// Calls `body` with aligned values, chunk by chunk, until it returns false.
  func forEachChunk(_ body: (_ suspect: [Float], _ reference: [Float]) -> Bool) {
    if let rows {
      guard let s = suspect.rowValues(rows.map(\.suspect)),
        let r = reference.rowValues(rows.map(\.reference))
      else { return }
      _ = body(s, r)
      return
    }
    let isWhole =
      suspect.isTransposed || reference.isTransposed || suspect.interleavedHead != nil
      || reference.interleavedHead != nil
    let step = isWhole ? suspect.rows : max(1, Self.chunkElements / max(1, suspect.columns))
    for start in stride(from: 0, to: suspect.rows, by: step) {
      let range = start..<min(start + step, suspect.rows)
      let s = isWhole ? suspect.values() : suspect.rowValues(range)
      let r = isWhole ? reference.values() : reference.rowValues(range)
      guard let s, let r, body(s, r) else { return }
    }
  }

  /// One pass: sums, and whether one tensor can be made again from the other.
  func evidence() -> TensorEvidence {
    var delta = TensorDelta()
    var forward = RemakeSearch(from: reference, to: suspect)
    var backward = RemakeSearch(from: suspect, to: reference)
    forEachChunk { s, r in
      delta.add(reference: r, suspect: s)
      forward.add(parent: r, child: s)
      backward.add(parent: s, child: r)
      return true
    }
    return TensorEvidence(
      name: suspect.name, layer: place.layer, isMatrix: suspect.isMatrix,
      isEmbedding: place.role == .embedding, delta: delta, forward: forward.found,
      backward: backward.found, suspectFloor: suspect.roundingFloor)
  }
}

extension PlacedTensor {
  /// Relative rounding error of the stored form.
  var roundingFloor: Double {
    if let float = storedFloat { return float.roundingFloor }
    return BlockForm(rawValue: entry.type.name)?.roundingFloor ?? 0.1
  }
}
