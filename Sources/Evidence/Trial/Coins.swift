// The coins of a randomised trial, and the commitment that fixes them before anything is served.
//
// Of the twins a and b of pair i the secret decides which is served: b if bit 0 of the first byte
// of SHA-256(secret ‖ i as 8 bytes big-endian) is 1, else a. The published commitment is
// SHA-256(secret): whoever is shown the secret later can toss every coin again
// (facts/detection.md C4).

import Base
import Crypto

/// A trial's secret with what was published of it.
public struct TrialCommitment: Equatable, Sendable {
  /// SHA-256 of the secret, as published before serving.
  public let commitment: Digest
  public let secret: [UInt8]
  /// Number of pairs.
  public let pairCount: Int
  /// SHA-256 of the file of pairs, if it was committed to.
  public let pairsDigest: Digest?

  public init(commitment: Digest, secret: [UInt8], pairCount: Int, pairsDigest: Digest? = nil) {
    self.commitment = commitment
    self.secret = secret
    self.pairCount = pairCount
    self.pairsDigest = pairsDigest
  }

  /// Whether the secret is the one that was committed to.
  public var holds: Bool { SHA256.hash(secret) == commitment }

  /// Whether b was served of pair `index`.
  public func servesB(_ index: Int) -> Bool {
    let number = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(index) >> (56 - 8 * UInt64($0))) }
    return SHA256.hash(secret + number).bytes[0] & 1 == 1
  }

  /// Whether these coins, by index, are the ones that the secret gives: all of them.
  public func matches(_ servedB: [Int: Bool]) -> Bool {
    holds && servedB.count == pairCount
      && (0..<pairCount).allSatisfy { servedB[$0] == servesB($0) }
  }
}
