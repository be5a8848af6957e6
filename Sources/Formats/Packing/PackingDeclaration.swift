// What config.json says about how weights are packed.
//
// Read for the name of the method and the few numbers that the tensors do not tell themselves. A
// declaration that cannot be read counts as none: then only forms that describe themselves are
// unpacked, and the rest is reported as not read.

import Base

/// The packing a model declares.
public struct PackingDeclaration: Sendable {
  /// `quant_method`, or nil if none is declared.
  public let method: String?
  /// The forms of compressed-tensors, sorted.
  let formats: [String]
  /// Bits of a code, where they are said.
  let bits: Double?
  /// Rows and columns that share a scale, where they are said.
  let block: [Int]?
  private let whole: JSONObject

  private static let configBytesMax = 16 << 20
  private static let keys = ["quantization_config", "compression_config", "quantization"]
  private static let bitKeys = ["bits", "num_bits", "w_bit", "wbits", "nbits", "weight_bits"]
  private static let depthMax = 6

  /// What `config.json` beside a model says.
  init(_ model: OpenModel) {
    guard let path = model.location(beside: ModelConfig.fileName),
      let bytes = try? FileSystem.read(path, limitBytes: Self.configBytesMax),
      let config = try? JSON.parse(bytes)
    else {
      self.init(nil)
      return
    }
    let found = [config["text_config"], config].compactMap { level in
      Self.keys.lazy.compactMap { level?[$0]?.object }.first
    }
    self.init(found.first)
  }

  init(_ whole: JSONObject?) {
    self.whole = whole ?? [:]
    let object = self.whole
    method =
      object["quant_method"]?.string
      ?? (object["config_groups"] != nil ? "compressed-tensors" : nil)
      ?? (whole == nil ? nil : "an unnamed method")
    let groups = object["config_groups"]?.object?.members.compactMap { $0.value["format"]?.string }
    formats = Array(Set((groups ?? []) + [object["format"]?.string].compactMap { $0 })).sorted()
    let isFourBits = object["load_in_4bit"]?.bool == true
    bits = Self.bits(.object(object), depth: 0) ?? (isFourBits ? 4 : nil)
    block = Self.block(.object(object), depth: 0)
  }

  /// For people: the method, and what it says of itself.
  public var name: String? {
    method.map { formats.isEmpty ? $0 : "\($0) \(formats.joined(separator: ", "))" }
  }

  func integer(_ key: String) -> Int? { whole[key]?.int }
  func text(_ key: String) -> String? { whole[key]?.string }

  /// The first number of bits under any key that means one.
  private static func bits(_ value: JSON, depth: Int) -> Double? {
    guard depth < depthMax, let object = value.object else { return nil }
    for key in bitKeys {
      if let number = object[key]?.double, number > 0, number <= 32 { return number }
    }
    return object.members.lazy.compactMap { bits($0.value, depth: depth + 1) }.first
  }

  /// The first pair of sides under any key that means one.
  private static func block(_ value: JSON, depth: Int) -> [Int]? {
    guard depth < depthMax, let object = value.object else { return nil }
    for key in ["weight_block_size", "block_structure"] {
      if let sides = object[key]?.array?.compactMap(\.int), sides.count == 2,
        sides.allSatisfy({ $0 > 0 })
      {
        return sides
      }
    }
    return object.members.lazy.compactMap { block($0.value, depth: depth + 1) }.first
  }
}
