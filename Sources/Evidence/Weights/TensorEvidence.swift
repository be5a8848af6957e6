// What is known about one pair of aligned tensors before a relation is named.

import Base

/// How one tensor could be made again from the other.
public enum Remake: Equatable, Sendable {
  /// Rounded to a narrower float type.
  case cast(StoredFloat, truncated: Bool)
  /// Quantised to blocks and back.
  case blocks(BlockForm)
  /// Every value lies in the other's cell; the type has a quantiser with choices.
  case cells(type: String)
  /// The values lie about the other's cells, no farther off than a quantiser leaves them that makes
  /// up for its rounding.
  case nearCells(type: String)
  /// Multiplied by scales of channels that its neighbours were divided by.
  case rescaled

  public var name: String {
    switch self {
    case .cast(let type, let truncated): type.rawValue + (truncated ? " truncated" : "")
    case .blocks(let form): form.rawValue
    case .cells(let type), .nearCells(let type): type
    case .rescaled: "rescaled"
    }
  }

  public var isQuantisation: Bool {
    switch self {
    case .cast, .rescaled: false
    case .blocks, .cells, .nearCells: true
    }
  }
}

/// A pair of tensors in the same place of two models.
public struct TensorEvidence: Sendable {
  public var name: String
  public var layer: Int?
  public var isMatrix: Bool
  public var isEmbedding: Bool
  public var delta: TensorDelta
  /// Remaking the suspect's tensor from the reference's, and its share of equal values.
  public var forward: Remake?
  /// Remaking the reference's from the suspect's.
  public var backward: Remake?
  public var suspectFloor: Double
  /// Whether both are quantised, at least one of them in several tensors.
  public var isPackedTwice = false
  /// Whether both are quantised in different forms.
  public var isRepacked = false

  public init(
    name: String, layer: Int?, isMatrix: Bool, isEmbedding: Bool, delta: TensorDelta,
    forward: Remake? = nil, backward: Remake? = nil, suspectFloor: Double
  ) {
    self.name = name
    self.layer = layer
    self.isMatrix = isMatrix
    self.isEmbedding = isEmbedding
    self.delta = delta
    self.forward = forward
    self.backward = backward
    self.suspectFloor = suspectFloor
  }

  /// A tensor that says something: not a vector, which any two models may share (norms of ones,
  /// zero biases), and not constant.
  public var isTelling: Bool { isMatrix && delta.referenceDeviation > 0 }

  /// Whether the two tensors point the same way, beyond chance for independent entries.
  public var isRelated: Bool {
    guard let cosine = delta.cosine else { return delta.isIdentical }
    return cosine >= 0.1 && cosine * Double(delta.count).squareRoot() >= 8
  }
}
