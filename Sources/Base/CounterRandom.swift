// Randomness: counter-based and seeded, so that any draw can be repeated, or from the system for
// keys and names.
//
// `CounterRandom` is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011): a bijection of a 128-bit counter under a 64-bit key. Streams of one seed
// do not overlap.

import Glibc

/// A repeatable stream of numbers. Not for secrets.
public struct CounterRandom: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let stream: UInt64
  private var counter: UInt64 = 0
  private var pending: UInt64?

  public init(seed: UInt64, stream: UInt64 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.stream = stream
  }

  public mutating func next() -> UInt64 {
    if let value = pending {
      pending = nil
      return value
    }
    let block = philox(
      (
        UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)
      ), key)
    counter &+= 1
    pending = UInt64(block.3) << 32 | UInt64(block.2)
    return UInt64(block.1) << 32 | UInt64(block.0)
  }

  /// Uniform in [0, 1), 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0..<bound (Lemire, "Fast random integer generation in an interval", 2019).
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "an empty range has no element")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// A permutation of 0..<count (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for position in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(position, below(position + 1))
    }
    return order
  }
}

private typealias Block = (UInt32, UInt32, UInt32, UInt32)

private func philox(_ start: Block, _ key: (UInt32, UInt32)) -> Block {
  var block = start
  var key = key
  for _ in 0..<10 {
    let a = UInt64(0xD251_1F53) * UInt64(block.0)
    let b = UInt64(0xCD9E_8D57) * UInt64(block.2)
    block = (
      UInt32(truncatingIfNeeded: b >> 32) ^ block.1 ^ key.0, UInt32(truncatingIfNeeded: b),
      UInt32(truncatingIfNeeded: a >> 32) ^ block.3 ^ key.1, UInt32(truncatingIfNeeded: a)
    )
    key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
  }
  return block
}

/// Randomness of the operating system, for keys, tokens and names.
public enum SystemRandom {
  public static func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
