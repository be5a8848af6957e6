// Keyed orders: positions must not reach the matcher.
//
// A solver breaks ties somehow, usually towards the first index, and two models with dead or equal
// units would then "match" in position. So the reference's units are put into an order that neither
// side could choose and that anybody can repeat: a permutation from SHA-256 over both fingerprints
// and the name of the block.

import Base
import Crypto

/// A seed for orders and samples, derived from what is compared.
public struct BlindingKey: Hashable, Sendable {
  let seed: UInt64
  let stream: UInt64

  /// Parts are joined with their lengths, so that ("ab","c") and ("a","bc") differ.
  public init(_ parts: [String]) {
    var bytes = Array("assay blinding 1".utf8)
    for part in parts {
      let text = Array(part.utf8)
      bytes += Array("\n\(text.count):".utf8) + text
    }
    let digest = SHA256.hash(bytes).bytes
    seed = Self.word(digest[0..<8])
    stream = Self.word(digest[8..<16])
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  /// A fresh generator: the same numbers each time.
  func generator() -> CounterRandom { CounterRandom(seed: seed, stream: stream) }

  /// A permutation of 0 ..< count.
  public func permutation(of count: Int) -> [Int] {
    var random = generator()
    return random.permutation(count)
  }
}
