// The coins of a randomised trial, and the commitment that fixes them before anything is served.
//
// Of the twins a and b of pair i the secret decides which is served: b if bit 0 of the first byte
// of SHA-256(secret ‖ beacon ‖ i as 8 bytes big-endian) is 1, else a. The published commitment is
// SHA-256(secret): whoever is shown the secret later can toss every coin again. A beacon is a
// public random value of a round that was named before it was known: with it, no choice of the
// secret could favour any coin. Without one it is empty (facts/detection.md C4).

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
  /// The value of the public beacon; empty without one.
  public let beacon: [UInt8]

  /// Bytes of a secret that Assay draws. A fixed length: secret and beacon cannot run together.
  public static let secretByteCount = 32

  public init(
    commitment: Digest, secret: [UInt8], pairCount: Int, pairsDigest: Digest? = nil,
    beacon: [UInt8] = []
  ) {
    self.commitment = commitment
    self.secret = secret
    self.pairCount = pairCount
    self.pairsDigest = pairsDigest
    self.beacon = beacon
  }

  /// Commits to a secret of one's own.
  public init(secret: [UInt8], pairCount: Int, pairsDigest: Digest? = nil, beacon: [UInt8] = []) {
    self.init(
      commitment: SHA256.hash(secret), secret: secret, pairCount: pairCount,
      pairsDigest: pairsDigest, beacon: beacon)
  }

  /// Whether the secret is the one that was committed to.
  public var holds: Bool { SHA256.hash(secret) == commitment }

  /// Whether b was served of pair `index`.
  public func servesB(_ index: Int) -> Bool {
    SHA256.hash(secret, beacon, bigEndian(index)).bytes[0] & 1 == 1
  }

  /// Whether these coins, by index, are the ones that the secret gives: all of them.
  public func matches(_ servedB: [Int: Bool]) -> Bool {
    holds && servedB.count == pairCount
      && (0..<pairCount).allSatisfy { servedB[$0] == servesB($0) }
  }

  /// Every coin: whether b is served, by index.
  public var coins: [Int: Bool] {
    Dictionary(uniqueKeysWithValues: (0..<pairCount).map { ($0, servesB($0)) })
  }
}

/// An index as 8 bytes, most significant first.
func bigEndian(_ index: Int) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: UInt64(index) >> (56 - 8 * UInt64($0))) }
}
