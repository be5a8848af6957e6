// Decoders: from the texts of tokens back to a text.
//
// Reference for names and meanings: https://huggingface.co/docs/tokenizers/api/decoders. A decoder
// maps a list of token texts to a list; the results are joined. All texts are UTF-8 bytes.

import Base

/// One decoding step, or several.
indirect enum TokenDecoder: Sendable {
  /// Characters of the byte alphabet become bytes; ill-formed UTF-8 becomes U+FFFD.
  case byteLevel
  case replace(pattern: [UInt8], with: [UInt8])
  /// `<0xNN>` becomes its byte; a run that is not UTF-8 becomes one U+FFFD for each byte.
  case byteFallback
  case fuse
  /// Removes up to `start` and `stop` occurrences of a character at the ends of every text.
  case strip(character: [UInt8], start: Int, stop: Int)
  case metaspace(replacement: [UInt8], dropsFirst: Bool)
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case suffix([UInt8])
  case sentencePiece(SentencePieceDecoder)
  case sequence([TokenDecoder])

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .sequence(let steps): return steps.reduce(tokens) { $1.apply(to: $0) }
    case .byteLevel: return [UTF8Text.repaired(tokens.flatMap(ByteAlphabet.bytes(of:)))]
    case .replace(let pattern, let replacement):
      return tokens.map { $0.replacing(pattern, with: replacement) }
    case .byteFallback: return Self.joinBytes(tokens)
    case .sentencePiece(let decoder): return [decoder.apply(to: tokens)]
    case .fuse: return [Array(tokens.joined())]
    case .strip(let character, let start, let stop):
      return tokens.map { Self.strip($0, character, start, stop) }
    case .metaspace(let replacement, let dropsFirst):
      return tokens.enumerated().map { index, token in
        token.replacing(replacement, with: index == 0 && dropsFirst ? [] : [0x20])
      }
    case .wordPiece(let prefix, let cleansUp):
      return tokens.enumerated().map { index, token in
        var text = token
        if index > 0 {
          text = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
        }
        return cleansUp ? Self.cleanUp(text) : text
      }
    case .suffix(let suffix):
      return tokens.enumerated().map { index, token in
        token.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20])
      }
    }
  }

  private static func joinBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      guard !bytes.isEmpty else { return }
      if String(validating: bytes, as: UTF8.self) != nil {
        result.append(bytes)
      } else {
        result += bytes.map { _ in [0xEF, 0xBF, 0xBD] }
      }
      bytes = []
    }
    for token in tokens {
      if let byte = ByteTokens.byte(of: token) {
        bytes.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  private static func strip(
    _ token: [UInt8], _ character: [UInt8], _ start: Int, _ stop: Int
  ) -> [UInt8] {
    guard !character.isEmpty else { return token }
    var slice = token[...]
    for _ in 0..<start where slice.starts(with: character) {
      slice = slice.dropFirst(character.count)
    }
    for _ in 0..<stop where slice.suffix(character.count).elementsEqual(character) {
      slice = slice.dropLast(character.count)
    }
    return Array(slice)
  }

  /// The removal of spaces that English word pieces want.
  private static func cleanUp(_ text: [UInt8]) -> [UInt8] {
    var result = text
    for (pattern, replacement) in cleanUps { result = result.replacing(pattern, with: replacement) }
    return result
  }

  private static let cleanUps: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
}

extension [UInt8] {
  /// Every occurrence of `pattern`, left to right, replaced.
  func replacing(_ pattern: [UInt8], with replacement: [UInt8]) -> [UInt8] {
    guard let first = pattern.first else { return self }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var position = 0
    while position < count {
      if self[position] == first, position + pattern.count <= count,
        self[position..<position + pattern.count].elementsEqual(pattern)
      {
        result += replacement
        position += pattern.count
      } else {
        result.append(self[position])
        position += 1
      }
    }
    return result
  }
}
