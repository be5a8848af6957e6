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
  private static let tensorsMax = 1 << 20

  var json: JSON {
    [
      "tensor": .string(tensor), "reference_tensor": .string(reference),
      "layer": layer.map { JSON($0) } ?? .null, "format": .string(count.format.rawValue),
      "elements": JSON(count.elements), "equal": JSON(count.equal), "chance": JSON(count.chance),
    ]
  }

  static func list(_ json: JSON) throws(Problem) -> [TensorBits] {
    guard let items = json["bits"]?.array, items.count <= tensorsMax else {
      throw malformed("a list of tensors is wanted")
    }
    return try items.map { item throws(Problem) in try TensorBits(json: item) }
  }

  private init(json: JSON) throws(Problem) {
    guard let tensor = json["tensor"]?.string, let reference = json["reference_tensor"]?.string,
      let format = json["format"]?.string.flatMap(StoredFloat.init(rawValue:)),
      let elements = json["elements"]?.int, let equal = json["equal"]?.int,
      let chance = json["chance"]?.double, elements > 0, (0...elements).contains(equal),
      (0...1).contains(chance), let layer = json["layer"], layer.isNull || layer.int != nil
    else { throw Self.malformed("names, a format, and counts that fit are wanted") }
    self.init(
      tensor: tensor, reference: reference, layer: layer.int,
      count: .init(format: format, elements: elements, equal: equal, chance: chance))
  }

  private static func malformed(_ reason: String) -> Problem {
    Problem(.malformed, "bad_record", place: "/bits", reason: reason)
  }
}
