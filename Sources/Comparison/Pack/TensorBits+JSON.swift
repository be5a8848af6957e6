// Equal bits in weights.json: for each tensor of the suspect that stands against one of its shape
//
//   {"tensor","reference_tensor","layer":l|null,"format","elements":n,"equal":k,"chance":x}
//
// `chance` is the share of equal elements that two independent tensors of these values would have
// (BitCoincidence.swift). Counted from the weights: a pack can show that it is unchanged, and
// `--rescore` that it is so.

import Base
import Evidence

extension TensorBits {
  static let tensorsMax = 1 << 20

  var json: JSON {
    [
      "tensor": .string(tensor), "reference_tensor": .string(reference),
      "layer": layer.map { JSON($0) } ?? .null, "format": .string(count.format.rawValue),
      "elements": JSON(count.elements), "equal": JSON(count.equal), "chance": JSON(count.chance),
    ]
  }

  init(_ reader: AnswerReader) throws(Problem) {
    let elements = try reader.needed("elements", reader.whole("elements"))
    let equal = try reader.needed("equal", reader.whole("equal"))
    let chance = try reader.needed("chance", reader.number("chance"))
    guard elements > 0, (0...elements).contains(equal), (0...1).contains(chance) else {
      throw reader.malformed("equal", "counts that fit are wanted")
    }
    self.init(
      tensor: try reader.needed("tensor", reader.text("tensor")),
      reference: try reader.needed("reference_tensor", reader.text("reference_tensor")),
      layer: try reader.whole("layer"),
      count: .init(
        format: try reader.needed("format", reader.word("format", as: StoredFloat.self)),
        elements: elements, equal: equal, chance: chance))
  }
}
