// Byte-pair encoding with a score for each token instead of a list of merges (SentencePiece BPE,
// the GGUF model "llama").
//
// Reference: https://github.com/google/sentencepiece, bpe_model.cc. Neighbours join if their joined
// text is a token; the best score goes first, the leftmost among equals. A token of the type
// "unused" may be passed on the way, and is cut back into the two parts it came from at the end.
// Characters without a token become <0xNN> tokens, else the unknown token, one for a run of them.
// Cost: O(n log n) look-ups of texts no longer than the longest token.

import Base

struct ScoredPairModel: TokenModel {
  struct Options: Sendable {
    var unknownToken: Int32?
    var hasByteFallback = false
    /// Tokens that may be joined but not emitted.
    var unused: Set<Int32> = []
    /// Texts that stay whole and join with nothing.
    var userDefined = TokenTrie()
  }

  let vocabulary: Vocabulary
  private let options: Options
  /// For each token its place in the order of scores, equal ones sharing it; nil: joins never.
  private let priorities: [UInt32?]
  private let longest: Int
  private let byteTokens: [Int32?]

  private static let noToken = Int32.max

  /// `scores` are per token; nil for tokens that no text is joined to (control, unknown, byte).
  init(vocabulary: Vocabulary, scores: [Float?], options: Options) {
    self.vocabulary = vocabulary
    self.options = options
    let distinct = Set(scores.compactMap { $0 }).sorted(by: >)
    let order = Dictionary(
      distinct.enumerated().map { ($0.element, UInt32($0.offset)) },
      uniquingKeysWith: { first, _ in first })
    priorities = scores.map { score in score.flatMap { order[$0] } }
    longest = vocabulary.tokens.lazy.compactMap { $0?.count }.max() ?? 0
    byteTokens = ByteTokens.identifiers(in: vocabulary)
  }

  func encode(_ piece: ArraySlice<UInt32>, into output: inout [Int32]) {
    var text: [UInt8] = []
    var starts: [Int] = []
    var symbols: [Int32] = []
    var frozen: Set<Int> = []
    split(piece, &text, &starts, &symbols, &frozen)
    var origins: [Int32: Int] = [:]
    var word = PairMerging(symbols)
    word.run { left, right, covered in
      let range = starts[covered.lowerBound]..<starts[covered.upperBound]
      guard range.count <= longest, frozen.isEmpty || frozen.isDisjoint(with: covered),
        let token = vocabulary.identifier(of: text[range]), let priority = priorities[Int(token)]
      else { return nil }
      if options.unused.contains(token) {
        // Where the text was cut first is where it is cut again.
        origins[token] = origins[token] ?? vocabulary[left].map(\.count)
      }
      return PairMerging.Merge(priority: priority, identifier: token)
    }
    emit(word.identifiers, word.positions, text, starts, origins, &output)
  }

  /// Characters, and user-defined texts, as symbols.
  private func split(
    _ piece: ArraySlice<UInt32>, _ text: inout [UInt8], _ starts: inout [Int],
    _ symbols: inout [Int32], _ frozen: inout Set<Int>
  ) {
    var position = piece.startIndex
    let scalars = Array(piece)
    let base = piece.startIndex
    while position < piece.endIndex {
      starts.append(text.count)
      var length = 1
      if let match = options.userDefined.longest(in: scalars, at: position - base) {
        length = match.length
        frozen.insert(symbols.count)
      }
      for scalar in piece[position..<position + length] { UTF8Text.append(scalar, to: &text) }
      let token = vocabulary.identifier(of: text[(starts.last ?? 0)...])
      symbols.append(token.flatMap { priorities[Int($0)] == nil ? nil : $0 } ?? Self.noToken)
      position += length
    }
    starts.append(text.count)
  }

  private func emit(
    _ symbols: [Int32], _ positions: [Int], _ text: [UInt8], _ starts: [Int],
    _ origins: [Int32: Int], _ output: inout [Int32]
  ) {
    var wasUnknown = false
    for (index, symbol) in symbols.enumerated() {
      if symbol != Self.noToken {
        emit(symbol, origins, depth: 0, &output)
        wasUnknown = false
        continue
      }
      let end = index + 1 < positions.count ? positions[index + 1] : starts.count - 1
      let bytes = text[starts[positions[index]]..<starts[end]]
      if options.hasByteFallback, let tokens = fallback(for: bytes) {
        output += tokens
        wasUnknown = false
      } else if let unknown = options.unknownToken {
        if !wasUnknown { output.append(unknown) }
        wasUnknown = true
      }
    }
  }

  /// A token, or the tokens an unused one is cut into.
  private func emit(
    _ token: Int32, _ origins: [Int32: Int], depth: Int, _ output: inout [Int32]
  ) {
    guard options.unused.contains(token), depth < 256, let cut = origins[token],
      let text = vocabulary[token], cut < text.count,
      let left = vocabulary.identifier(of: text[..<cut]),
      let right = vocabulary.identifier(of: text[cut...])
    else {
      output.append(token)
      return
    }
    emit(left, origins, depth: depth + 1, &output)
    emit(right, origins, depth: depth + 1, &output)
  }

  private func fallback(for bytes: ArraySlice<UInt8>) -> [Int32]? {
    let tokens = bytes.compactMap { byteTokens[Int($0)] }
    return tokens.count == bytes.count ? tokens : nil
  }
}
