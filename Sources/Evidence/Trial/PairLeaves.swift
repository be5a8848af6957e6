// What of the pairs is committed to: a Merkle tree with a salted leaf for each pair, so that every
// text is fixed before serving, and one pair can be shown later without showing any other.
//
//     salt_i = SHA-256(salt key ‖ be64(i))
//     leaf_i = SHA-256(00 ‖ be64(i) ‖ salt_i ‖ SHA-256(prompt) ‖ SHA-256(a) ‖ SHA-256(b) [‖ ids])
//     ids    = SHA-256 of {"a":[…],"b":[…],"prompt":[…]} in canonical JSON, if there are token ids
//
// Leaves and root are those of RFC 9162 section 2.1.1 (facts/detection.md C4). The two forms of a
// leaf differ in length, so neither can be taken for the other.

import Base
import Crypto

/// Prompt and twins of one pair, as they are committed to.
public struct PairContent: Equatable, Sendable {
  public let prompt: [UInt8]
  public let a: [UInt8]
  public let b: [UInt8]
  /// Canonical JSON of the token ids, if there are any.
  public let identifiers: [UInt8]?

  public init(prompt: [UInt8], a: [UInt8], b: [UInt8], identifiers: [UInt8]? = nil) {
    self.prompt = prompt
    self.a = a
    self.b = b
    self.identifiers = identifiers
  }
}

/// Leaves and root over pairs.
public enum PairLeaves {
  /// The salt of a pair.
  public static func salt(_ index: Int, key: [UInt8]) -> Digest {
    SHA256.hash(key, bigEndian(index))
  }

  /// The hash of a pair's leaf.
  public static func leafHash(_ index: Int, salt: Digest, _ pair: PairContent) -> Digest {
    var entry = bigEndian(index) + salt.bytes
    for text in [pair.prompt, pair.a, pair.b] { entry += SHA256.hash(text).bytes }
    if let identifiers = pair.identifiers { entry += SHA256.hash(identifiers).bytes }
    return MerkleTree.leafHash(entry)
  }

  /// The root over pairs in the order of their indices, from 0.
  public static func root(_ pairs: some Sequence<PairContent>, saltKey: [UInt8]) -> Digest {
    MerkleTree.root(
      of: pairs.enumerated().lazy.map { leafHash($0, salt: salt($0, key: saltKey), $1) })
  }
}
