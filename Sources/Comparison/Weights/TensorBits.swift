// The bits of two models, tensor by tensor, for an evidence pack: a pass of its own over tensors of
// one shape in one place, after the layer map if the evidence gave one. Blocks (quantised tensors)
// and FP8 have no bits in common with floats and are left out.

import Base
import Evidence

/// Equal bits of one tensor of the suspect.
public struct TensorBits: Equatable, Sendable {
  public var tensor: String
  /// The tensor of the reference that it stands against.
  public var reference: String
  /// Nil outside the layers.
  public var layer: Int?
  public var count: BitCoincidence.Count

  public init(tensor: String, reference: String, layer: Int?, count: BitCoincidence.Count) {
    self.tensor = tensor
    self.reference = reference
    self.layer = layer
    self.count = count
  }

  /// By the name of the suspect's tensor.
  /// - Parameter alignment: nil stands layer against layer of the same number.
  static func counted(
    _ suspect: ModelFeatures, _ reference: ModelFeatures, _ alignment: Alignment?,
    _ run: Run
  ) throws(Problem) -> [TensorBits] {
    let pairs =
      (alignment
      ?? Alignment(
        suspect: suspect, reference: reference,
        layers: Alignment.sameLayers(suspect, reference))).pairs
    return try run.map(pairs.count) { index throws(Problem) in try pairs[index].bits(run) }
      .compactMap { $0 }
  }
}

extension AlignedPair {
  /// Nil if one of the two is not stored in floats, or cannot be read.
  fileprivate func bits(_ run: Run) throws(Problem) -> TensorBits? {
    guard rows == nil, let mine = suspect.storedFloat, let theirs = reference.storedFloat else {
      return nil
    }
    var bits = BitCoincidence(mine, theirs)
    let isRead = try Self.forEachChunk(of: [suspect, reference], run) { values in
      bits.add(suspect: values[0], reference: values[1])
    }
    guard isRead, bits.count.elements > 0 else { return nil }
    return TensorBits(
      tensor: suspect.name, reference: reference.name, layer: place.layer, count: bits.count)
  }
}
