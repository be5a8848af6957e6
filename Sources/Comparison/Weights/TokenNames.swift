// Which rows of two embeddings mean the same token.
//
// Tokens are joined by their bytes as the tokenizer spells them. Of each vocabulary the tokens with
// the smallest hashes are kept: equal vocabularies keep the same tokens, different ones keep many
// of those they share, and each model is read without knowing the other. Where a model has no
// tokenizer at hand, rows are joined by their number if both embeddings are equally long.

import Base
import Formats

/// Rows of an embedding, each named by a hash of its token.
struct TokenSample: Sendable {
  enum Naming: Equatable, Sendable { case strings, numbers }

  let naming: Naming
  /// Increasing.
  let hashes: [UInt64]
  /// Row of each hash.
  let rows: [Int]

  /// The `count` tokens with the smallest hashes.
  init(naming: Naming, tokens: [(hash: UInt64, row: Int)], count: Int) {
    self.naming = naming
    let kept = tokens.sorted { ($0.hash, $0.row) < ($1.hash, $1.row) }.prefix(count)
    hashes = kept.map(\.hash)
    rows = kept.map(\.row)
  }

  /// Positions in both samples of the tokens they share, in order of hash.
  func shared(with other: TokenSample) -> [(mine: Int, theirs: Int)] {
    guard naming == other.naming else { return [] }
    var out: [(Int, Int)] = []
    var left = 0
    var right = 0
    while left < hashes.count, right < other.hashes.count {
      if hashes[left] < other.hashes[right] {
        left += 1
      } else if hashes[left] > other.hashes[right] {
        right += 1
      } else {
        out.append((left, right))
        left += 1
        right += 1
      }
    }
    return out
  }
}

/// The tokens of a model.
struct TokenNames: Sendable {
  /// Hash and embedding row of each token; nil without a tokenizer.
  let named: [(hash: UInt64, row: Int)]?
  let rowCount: Int

  static let tokenizerBytesMax = 64 << 20

  init(_ model: OpenModel, rowCount: Int) {
    self.rowCount = rowCount
    let found = Self.metadata(model) ?? Self.tokenizerFile(model)
    named = found.map { $0.filter { $0.row < rowCount } }.flatMap { $0.isEmpty ? nil : $0 }
  }

  func sample(_ naming: TokenSample.Naming, count: Int) -> TokenSample? {
    switch naming {
    case .strings: named.map { TokenSample(naming: .strings, tokens: $0, count: count) }
    case .numbers:
      TokenSample(
        naming: .numbers,
        tokens: (0..<rowCount).map { (Self.mixed(UInt64($0) &+ 0x9E37_79B9_7F4A_7C15), $0) },
        count: count)
    }
  }

  /// FNV-1a, then mixed so that small hashes are a fair sample. Not for secrets.
  static func hash(_ bytes: [UInt8]) -> UInt64 {
    mixed(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
