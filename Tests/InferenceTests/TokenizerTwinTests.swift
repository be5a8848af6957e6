import Base
import Foundation
import Testing

@testable import Inference

// Slow, obvious twins of what is clever in the tokenizers, compared on random inputs.

/// Byte-pair encoding by its definition: look at all pairs, merge the best, begin again.
private func naiveMerges(_ word: [Int32], _ merges: [[Int32]: (UInt32, Int32)]) -> [Int32] {
  var word = word
  while true {
    var best: (rank: UInt32, place: Int, token: Int32)?
    for place in word.indices.dropLast() {
      if let (rank, token) = merges[[word[place], word[place + 1]]], rank < best?.rank ?? .max {
        best = (rank, place, token)
      }
    }
    guard let best else { return word }
    word.replaceSubrange(best.place...best.place + 1, with: [best.token])
  }
}

/// All ends at which a backtracking matcher would succeed, in its order of preference.
private func ends(_ node: PatternNode, _ text: [UInt32], _ start: Int) -> [Int] {
  switch node {
  case .set(let set):
    guard start < text.count else { return [] }
    return set.ranges.contains { $0.contains(text[start]) } ? [start + 1] : []
  case .ahead(let set, let orEnd):
    guard start < text.count else { return orEnd ? [start] : [] }
    return set.ranges.contains { $0.contains(text[start]) } ? [start] : []
  case .sequence(let parts):
    return parts.reduce([start]) { starts, part in starts.flatMap { ends(part, text, $0) } }
  case .alternatives(let branches): return branches.flatMap { ends($0, text, start) }
  case .repeated(let body, let minimum, let maximum, let isGreedy):
    if let maximum, maximum == 0 { return [start] }
    let more = ends(body, text, start).filter { $0 > start }.flatMap { next in
      ends(
        .repeated(
          body, minimum: max(0, minimum - 1), maximum: maximum.map { $0 - 1 }, isGreedy: isGreedy),
        text, next)
    }
    guard minimum == 0 else { return more }
    return isGreedy ? more + [start] : [start] + more
  }
}

private func naiveMatches(_ node: PatternNode, _ text: [UInt32]) -> [Range<Int>] {
  var result: [Range<Int>] = []
  var start = 0
  while start < text.count {
    if let end = ends(node, text, start).first, end > start {
      result.append(start..<end)
      start = end
    } else {
      start += 1
    }
  }
  return result
}

@Suite("Tokenizers and their slow twins")
struct TokenizerTwinTests {
  @Test("merge pairs in the same order")
  func pairMerging() {
    var random = CounterRandom(seed: 1, stream: 0)
    for _ in 0..<2_000 {
      var merges: [[Int32]: (UInt32, Int32)] = [:]
      for token in Int32(3)..<12 {
        let pair = [
          Int32.random(in: 0..<token, using: &random), Int32.random(in: 0..<token, using: &random),
        ]
        // Ranks may be equal, as scores of SentencePiece may.
        merges[pair] = (UInt32.random(in: 0..<6, using: &random), token)
      }
      let word = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        Int32.random(in: 0..<3, using: &random)
      }
      var subject = PairMerging(word)
      subject.run { left, right, _ in
        merges[[left, right]].map { PairMerging.Merge(priority: $0.0, identifier: $0.1) }
      }
      #expect(subject.identifiers == naiveMerges(word, merges))
      #expect(subject.positions.count == subject.identifiers.count)
    }
  }

  @Test("match patterns as a backtracking matcher does")
  func patterns() throws {
    let letters = ["a", "b", "[ab]", "[^a]", "\\s", "\\p{L}", "."]
    let endings = ["", "", "?", "*", "+", "{1,2}", "+?", "??", "*+", "{2,3}+"]
    var random = CounterRandom(seed: 2, stream: 0)
    func atom() -> String {
      (letters.randomElement(using: &random) ?? "a") + (endings.randomElement(using: &random) ?? "")
    }
    func branch() -> String {
      var text = (0...Int.random(in: 0...2, using: &random)).map { _ in atom() }.joined()
      if Int.random(in: 0..<4, using: &random) == 0 { text = "(?:\(text)|\(atom()))\(atom())" }
      if Int.random(in: 0..<6, using: &random) == 0 { text += "(?!\\S)" }
      if Int.random(in: 0..<8, using: &random) == 0 { text += "$" }
      return text
    }
    var compared = 0
    for _ in 0..<1_000 {
      let source = (0...Int.random(in: 0...2, using: &random)).map { _ in branch() }
        .joined(separator: "|")
      guard let pattern = try? Pattern(source) else { continue }
      let node = try PatternParser.parse(source)
      for _ in 0..<4 {
        let text = (0..<Int.random(in: 0..<9, using: &random)).map { _ in
          ([0x61, 0x61, 0x62, 0x63, 0x20, 0x0A] as [UInt32]).randomElement(using: &random) ?? 0x61
        }
        #expect(
          pattern.matches(in: text[...]) == naiveMatches(node, text), "\(source) on \(text)")
        compared += 1
      }
    }
    #expect(compared > 1_000)
  }

  @Test("find the most probable way to cut a text")
  func unigram() {
    var random = CounterRandom(seed: 3, stream: 0)
    for _ in 0..<300 {
      var vocabulary = Vocabulary()
      var scores: [Double?] = [nil]
      _ = vocabulary.insert(Array("<unk>".utf8), at: 0)
      for text in ["a", "b", "ab", "ba", "aab", "bb", "abab"]
      where Bool.random(using: &random) {
        _ = vocabulary.insert(Array(text.utf8), at: scores.count)
        // Powers of two add without rounding, and ways with equal sums are rare but legal.
        scores.append(-Double(Int.random(in: 1...4_096, using: &random)) / 512)
      }
      guard scores.count > 1 else { continue }
      var options = UnigramModel.Options()
      options.unknownToken = 0
      let model = UnigramModel(vocabulary: vocabulary, scores: scores, options: options)
      let text = (0..<Int.random(in: 1..<9, using: &random)).map { _ in
        Bool.random(using: &random) ? UInt32(0x61) : 0x62
      }
      var output: [Int32] = []
      model.encode(text[...], into: &output)
      let worst = scores.compactMap { $0 }.min() ?? 0

      func best(_ from: Int) -> Double {
        guard from < text.count else { return 0 }
        var result = -Double.infinity
        var hasSingle = false
        for end in from + 1...text.count {
          let piece = UTF8Text.bytes(text[from..<end])
          guard let token = vocabulary.identifier(of: piece), token > 0 else { continue }
          if end == from + 1 { hasSingle = true }
          result = max(result, (scores[Int(token)] ?? 0) + best(end))
        }
        return hasSingle ? result : max(result, worst - 10 + best(from + 1))
      }
      // Unknown neighbours are one token, so their number is what the text leaves over.
      var covered = 0
      var sum = 0.0
      for token in output where token > 0 {
        covered += vocabulary[token]?.count ?? 0
        sum += scores[Int(token)] ?? 0
      }
      sum += Double(text.count - covered) * (worst - 10)
      #expect(abs(sum - best(0)) < 1e-9)
    }
  }
}
