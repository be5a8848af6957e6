// How many parameters a model has, and how many of them could be decoded.
//
// A relation is named from the tensors that were read. Where these are embeddings and norms alone,
// as in a model whose matrices are packed in a way that is not known, two models that share nothing
// else look the same; so what was not read is counted, in parameters, and told.
// Counts are estimates where a packing is unknown: by the bits it declares, or usual ones.

import Base
import Formats

/// Parameters of a model.
struct ParameterCount: Sendable {
  /// In tensors that were decoded.
  private(set) var decoded = 0
  /// In tensors that were not.
  private(set) var unread = 0
  /// Ways of packing that were not decoded, sorted.
  let packing: [String]
  /// The tensors that were not decoded, one for each layer's part.
  let tensors: [String]

  var total: Int { decoded + unread }

  /// - Parameter decoded: tensors with their unpacked shapes.
  init(decoded entries: [TensorEntry], unread parameters: [UnreadParameters]) {
    // Of the tensors of one part the codes are the largest; the others are scales and tables.
    var codes: [ByteName: UnreadParameters] = [:]
    for tensor in parameters {
      let part = Self.part(tensor.tensor)
      if codes[part].map({ $0.count < tensor.count }) ?? true { codes[part] = tensor }
    }
    let counted = codes.values
    packing = Set(counted.map(\.packing)).sorted()
    tensors = counted.map(\.tensor).sorted().map(\.text)
    for tensor in counted { unread = Self.sum(unread, tensor.count) }
    for entry in entries {
      // Scales of codes that were not read are no parameters.
      if let own = codes[Self.part(entry.name)], entry.elementCount < own.count { continue }
      decoded = Self.sum(decoded, entry.elementCount)
    }
  }

  /// The share, from 0 to 1, of the smaller model's parameters that were not decoded in both.
  static func unreadShare(_ a: ParameterCount, _ b: ParameterCount) -> Double {
    guard a.unread > 0 || b.unread > 0 else { return 0 }
    let smaller = min(a.total, b.total)
    guard smaller > 0 else { return 0 }
    return max(0, 1 - Double(min(a.decoded, b.decoded)) / Double(smaller))
  }

  /// The name without its last word: `q_proj` of `q_proj.weight`.
  private static func part(_ name: ByteName) -> ByteName {
    guard let dot = name.bytes.lastIndex(of: UInt8(ascii: ".")) else { return name }
    return ByteName(bytes: name.bytes[..<dot])
  }

  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? Int.max / 2 : min(sum, Int.max / 2)
  }
}
