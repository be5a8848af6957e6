// One line of a customer's record of deliveries (customers/NAME/deliveries.jsonl).
//
// One kind says that the line of a pair, with this SHA-256 without its end, was about to be handed
// out. The other stands after bytes that a run left behind when it was cut off: so many of them,
// with this SHA-256. `number` counts the lines of both kinds from 0. The salt keeps those who see
// the root over the lines from guessing what the lines say, and with it the coins.

import Base
import Crypto

/// A line of the record of deliveries.
struct TrialDelivery: Equatable, Sendable {
  enum Content: Equatable, Sendable {
    /// The line of a pair, by its SHA-256, on its way to a customer.
    case line(index: Int, customer: String, digest: Digest)
    /// What an interrupted run left.
    case torn(byteCount: Int, digest: Digest)
  }

  let number: Int
  let time: Instant
  let salt: [UInt8]
  let content: Content

  static let saltByteCount = 16

  init(number: Int, time: Instant, content: Content) {
    self.number = number
    self.time = time
    self.salt = SystemRandom.bytes(Self.saltByteCount)
    self.content = content
  }

  /// Its leaf of the record's Merkle tree (RFC 9162 section 2.1.1).
  var leafHash: Digest { MerkleTree.leafHash(bytes) }
}

extension TrialFiles.Pair {
  /// What is handed out of the pair, without the line's end.
  func servedLine(isB: Bool) -> [UInt8] { served(isB: isB).canonicalBytes }
}
