// Tokens that are found in the text before anything else is done with it.
//
// Reference: https://huggingface.co/docs/tokenizers/api/added-tokens. The longest match at the
// leftmost place wins; `normalized` tokens are looked for in the normalized text, the others in the
// text as it came; `singleWord` ones only between characters that are not of words; `stripsLeft`
// and `stripsRight` take the white space around with them. Special or not, they match inside the
// text.
// Cost: O(n × longest token), and no token is longer than `lengthMax` characters.

import Base

/// One added token.
struct AddedToken: Sendable {
  var content: [UInt8]
  var identifier: Int32
  var isSpecial: Bool
  var isNormalized = false
  var isSingleWord = false
  var stripsLeft = false
  var stripsRight = false
}

/// A part of a text: a token that was found, or text to go on with.
enum TextPart {
  case token(Int32)
  /// `startsText`: the part begins where the text begins.
  case text([UInt32], startsText: Bool)
}

struct AddedTokens: Sendable {
  let tokens: [AddedToken]
  private let raw: TokenTrie
  private let normalized: TokenTrie

  /// The longest content, in characters, and the most tokens.
  static let lengthMax = 1_024
  static let countMax = 1 << 20

  init(_ tokens: [AddedToken], normalizer: Normalizer?) {
    self.tokens = tokens
    var raw = TokenTrie()
    var normalized = TokenTrie()
    for (index, token) in tokens.enumerated() {
      let scalars = UTF8Text.scalars(token.content)
      if token.isNormalized {
        normalized.insert(normalizer?.apply(to: scalars) ?? scalars, value: index)
      } else {
        raw.insert(scalars, value: index)
      }
    }
    self.raw = raw
    self.normalized = normalized
  }

  /// Cuts a text at the added tokens and normalizes what lies between.
  func parts(
    of text: [UInt32], normalizer: Normalizer?, specialAsText: Bool
  ) -> [TextPart] {
    var result: [TextPart] = []
    for part in parts(of: text, startsText: true, raw, specialAsText) {
      guard case .text(let piece, let startsText) = part else {
        result.append(part)
        continue
      }
      let rewritten = normalizer?.apply(to: piece) ?? piece
      result += parts(of: rewritten, startsText: startsText, normalized, specialAsText)
    }
    return result
  }

  private func parts(
    of text: [UInt32], startsText: Bool, _ trie: TokenTrie, _ specialAsText: Bool
  ) -> [TextPart] {
    guard !trie.isEmpty else { return text.isEmpty ? [] : [.text(text, startsText: startsText)] }
    var result: [TextPart] = []
    var done = 0
    var position = 0
    while position < text.count {
      guard let (index, length) = trie.longest(in: text, at: position) else {
        position += 1
        continue
      }
      let token = tokens[index]
      var start = position
      var stop = position + length
      position = stop
      if specialAsText, token.isSpecial { continue }
      if token.isSingleWord {
        let joinsLeft = start > 0 && UnicodeData.isWord(text[start - 1])
        let joinsRight = stop < text.count && UnicodeData.isWord(text[stop])
        if joinsLeft || joinsRight { continue }
      }
      if token.stripsLeft {
        while start > done, UnicodeData.isWhiteSpace(text[start - 1]) { start -= 1 }
      }
      if token.stripsRight {
        while stop < text.count, UnicodeData.isWhiteSpace(text[stop]) { stop += 1 }
      }
      if done < start {
        result.append(.text(Array(text[done..<start]), startsText: startsText && done == 0))
      }
      result.append(.token(token.identifier))
      done = max(done, stop)
    }
    if done < text.count {
      result.append(.text(Array(text[done...]), startsText: startsText && done == 0))
    }
    return result
  }
}
