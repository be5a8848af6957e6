// The tokens of a vocabulary in the order of their bytes: those that begin with given bytes stand
// together, and are found in the logarithm of the vocabulary's size.

import Base

/// Tokens that stand for bytes, sorted by them; of equal bytes the lower identifier first.
public struct TokenOrder: Sendable {
  /// By identifier; empty for a token without bytes.
  let bytes: [[UInt8]]
  /// Identifiers of tokens with bytes.
  let order: [Int32]
  /// Identifiers of tokens without.
  let byteless: [Int32]
  /// Bytes of the longest token.
  let longest: Int

  /// `tokens[id]` holds the bytes of a token, nil or empty for one that stands for none.
  public init(tokens: [[UInt8]?]) {
    bytes = tokens.map { $0 ?? [] }
    let all = tokens.indices.map(Int32.init)
    let bytes = bytes
    byteless = all.filter { bytes[Int($0)].isEmpty }
    order = all.filter { !bytes[Int($0)].isEmpty }.sorted { a, b in
      let (left, right) = (bytes[Int(a)], bytes[Int(b)])
      return left == right ? a < b : left.lexicographicallyPrecedes(right)
    }
    longest = bytes.reduce(0) { max($0, $1.count) }
  }

  /// The tokens of a model as scores number them: a mark of the format stands for no bytes.
  public init(_ tokenizer: Tokenizer, vocabularySize: Int) {
    self.init(tokens: tokenizer.spellings(vocabularySize))
  }

  /// Tokens that begin with `start`, those equal to it first.
  func tokens(startingWith start: ArraySlice<UInt8>) -> ArraySlice<Int32> {
    let first = partition { $0.lexicographicallyPrecedes(start) }
    let end = partition { $0.lexicographicallyPrecedes(start) || $0.starts(with: start) }
    return order[first..<end]
  }

  /// The first place whose token does not fulfil what all before it do.
  private func partition(_ isBefore: ([UInt8]) -> Bool) -> Int {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(bytes[Int(order[middle])]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
