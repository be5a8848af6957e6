// The unigram model: of all ways to cut a text into tokens, the most probable one.
//
// Reference: T. Kudo, https://arxiv.org/abs/1804.10959, and unigram_model.cc of SentencePiece.
// Viterbi over the characters; a character that no token of its own covers costs ten more than the
// worst token; runs of such characters are one unknown token, or <0xNN> tokens if the model falls
// back to bytes.
// Cost: O(n × longest token), and no token is longer than `lengthMax` characters.

import Base

struct UnigramModel: TokenModel {
  struct Options: Sendable {
    var unknownToken: Int32?
    var hasByteFallback = false
    /// SentencePiece adds scores in single precision, the tokenizers library in double.
    var usesSinglePrecision = false
    /// Tokens that are not emitted.
    var unused: Set<Int32> = []
    /// Tokens that are preferred to everything of their length.
    var userDefined: Set<Int32> = []
  }

  let vocabulary: Vocabulary
  private let options: Options
  private let scores: [Double]
  private let trie: TokenTrie
  private let byteTokens: [Int32?]
  private let unknownScore: Double
  private let bestScore: Double

  /// The longest token, in characters.
  static let lengthMax = 1_024
  private static let unknownPenalty = 10.0

  /// `scores` are per token; nil for tokens that no text is cut into (control, unknown, byte).
  init(vocabulary: Vocabulary, scores: [Double?], options: Options) {
    self.vocabulary = vocabulary
    self.options = options
    self.scores = scores.map { $0 ?? 0 }
    var trie = TokenTrie()
    for (index, score) in scores.enumerated() where score != nil {
      guard let text = vocabulary[Int32(index)], !options.unused.contains(Int32(index)),
        vocabulary.identifier(of: text) == Int32(index)
      else { continue }
      trie.insert(UTF8Text.scalars(text), value: index)
    }
    self.trie = trie
    let known = scores.compactMap { $0 }
    let worst = known.min() ?? 0
    bestScore = known.max() ?? 0
    unknownScore = worst - Self.unknownPenalty
    byteTokens = ByteTokens.identifiers(in: vocabulary)
  }

  /// The best way to reach a place.
  private struct Node {
    var score = 0.0
    /// Where the last token of the way begins; -1: the place is not reached yet.
    var start: Int32 = -1
    /// -1 for an unknown character.
    var token: Int32 = -1
  }

  func encode(_ piece: ArraySlice<UInt32>, into output: inout [Int32]) {
    let text = Array(piece)
    var nodes = Array(repeating: Node(), count: text.count + 1)
    for start in text.indices {
      let soFar = nodes[start].score
      var hasSingle = false
      trie.forEachPrefix(of: text, at: start) { value, length in
        let score = sum(soFar, tokenScore(value, text[start..<start + length]))
        // The unknown token's own text, written out, is unknown too and joins its neighbours.
        let token = Int32(value) == options.unknownToken ? -1 : Int32(value)
        improve(&nodes[start + length], score, start, token)
        if length == 1 { hasSingle = true }
      }
      if !hasSingle { improve(&nodes[start + 1], sum(soFar, unknownScore), start, -1) }
    }
    emit(text, nodes, &output)
  }

  private func improve(_ node: inout Node, _ score: Double, _ start: Int, _ token: Int32) {
    guard node.start < 0 || score > node.score else { return }
    node = Node(score: score, start: Int32(start), token: token)
  }

  private func sum(_ a: Double, _ b: Double) -> Double {
    options.usesSinglePrecision ? Double(Float(a) + Float(b)) : a + b
  }

  private func tokenScore(_ token: Int, _ text: ArraySlice<UInt32>) -> Double {
    guard options.userDefined.contains(Int32(token)) else { return scores[token] }
    let byteCount = UTF8Text.bytes(text).count
    return Double(Float(byteCount) * Float(bestScore) - 0.1)
  }

  private func emit(_ text: [UInt32], _ nodes: [Node], _ output: inout [Int32]) {
    var way: [(range: Range<Int>, token: Int32)] = []
    var end = text.count
    while end > 0 {
      let node = nodes[end]
      // Unknown neighbours become one.
      if node.token < 0, let last = way.last, last.token < 0 {
        way[way.count - 1].range = Int(node.start)..<last.range.upperBound
      } else {
        way.append((Int(node.start)..<end, node.token))
      }
      end = Int(node.start)
    }
    for (range, token) in way.reversed() {
      if token >= 0 {
        output.append(token)
      } else {
        emitUnknown(UTF8Text.bytes(text[range]), &output)
      }
    }
  }

  private func emitUnknown(_ bytes: [UInt8], _ output: inout [Int32]) {
    // The tokenizers library looks the joined text up once more.
    if !options.usesSinglePrecision, let token = vocabulary.identifier(of: bytes) {
      output.append(token)
      return
    }
    if options.hasByteFallback {
      let tokens = bytes.compactMap { byteTokens[Int($0)] }
      if tokens.count == bytes.count {
        output += tokens
        return
      }
    }
    if let unknown = options.unknownToken { output.append(unknown) }
  }
}
