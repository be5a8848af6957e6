// Text to tokens and back: the public face of the tokenizers.
//
// The order of work is that of the reference library (https://huggingface.co/docs/tokenizers):
// added tokens are cut out, what lies between is normalized, cut into pieces by the pre-tokenizer,
// and each piece is given to the model; the post-processor adds what a model wants at the ends.
//
// Promises: identifiers equal to the reference's for every feature that is read; a feature that is
// not known is an error when the tokenizer is read, never a guess. Encoding and decoding are total,
// take time O(n log n), and depend on nothing but their arguments: the Unicode tables are our own.
// Memory: about 100 bytes a token, and some 40 bytes for each character of a text being encoded.

import Base
import Crypto

/// A tokenizer that was read from a model. Immutable: any number of threads may use it.
public final class Tokenizer: Sendable {
  /// The greatest identifier plus one.
  public let vocabularySize: Int
  /// What begins a text, if the model says so.
  public let beginOfText: Int32?
  /// What ends a text, if the model says so.
  public let endOfText: Int32?
  /// Which bytes each identifier stands for, hashed: two tokenizers with equal digests give every
  /// identifier the same meaning, so token distributions may be compared position by position. It
  /// says nothing about how a text is cut. See Tokenizer+Digest.swift.
  public let digest: Digest

  private let parts: TokenizerParts
  /// Texts of all tokens, added ones in place.
  private let texts: [[UInt8]?]
  private let specialIdentifiers: Set<Int32>
  /// Tokens whose text is the bytes they stand for, whatever the spelling of the others.
  private let literalIdentifiers: Set<Int32>

  init(_ parts: TokenizerParts) {
    self.parts = parts
    var texts = parts.model.vocabulary.tokens
    for token in parts.added.tokens {
      while texts.count <= Int(token.identifier) { texts.append(nil) }
      texts[Int(token.identifier)] = token.content
    }
    self.texts = texts
    vocabularySize = texts.count
    beginOfText = parts.beginOfText
    endOfText = parts.endOfText
    specialIdentifiers = Set(parts.added.tokens.filter(\.isSpecial).map(\.identifier))
    literalIdentifiers = Set(
      parts.added.tokens.filter { $0.isSpecial || parts.spelling.leavesAddedTokens }
        .map(\.identifier))
    let literal = literalIdentifiers
    digest = Self.digest(
      of: texts.enumerated().map { index, text in
        text.map { literal.contains(Int32(index)) ? $0 : parts.spelling.bytes(of: $0) }
      })
  }

  /// The identifiers of a text.
  /// - Parameters:
  ///   - text: UTF-8; ill-formed parts are read as U+FFFD.
  ///   - addSpecial: make the additions of the post-processor (begin, end, `[CLS]` …).
  ///   - specialAsText: take tokens that are flagged special as plain text where they are written.
  public func encode(
    _ text: [UInt8], addSpecial: Bool = false, specialAsText: Bool = false
  ) -> [Int32] {
    var output: [Int32] = addSpecial ? parts.template.before : []
    let scalars = UTF8Text.scalars(text)
    for part in cut(scalars, specialAsText) {
      switch part {
      case .token(let identifier): output.append(identifier)
      case .text(let scalars, let startsText):
        var pieces = Pieces(scalars, startsText: startsText)
        parts.preTokenizer?.apply(to: &pieces)
        for range in pieces.ranges { parts.model.encode(pieces.text[range], into: &output) }
      }
    }
    if addSpecial { output += parts.template.after }
    return output
  }

  /// The text of identifiers as the reference library decodes it, special tokens kept, nothing
  /// cleaned up: well-formed UTF-8, ill-formed bytes as U+FFFD. Identifiers without a token give
  /// nothing.
  public func decode(_ identifiers: [Int32]) -> [UInt8] {
    let tokens = identifiers.compactMap(tokenText)
    guard let decoder = parts.decoder else { return Array(tokens.joined(separator: [0x20])) }
    return UTF8Text.repaired(Array(decoder.apply(to: tokens).joined()))
  }

  /// The bytes that an identifier stands for in a document, before any leading space is dropped and
  /// whether or not they are whole characters. Nil for an identifier without a token.
  public func tokenBytes(_ identifier: Int32) -> [UInt8]? {
    guard let text = tokenText(identifier) else { return nil }
    return literalIdentifiers.contains(identifier) ? text : parts.spelling.bytes(of: text)
  }

  /// Whether an identifier is flagged as special: a mark of the format, not part of a text.
  public func isSpecial(_ identifier: Int32) -> Bool { specialIdentifiers.contains(identifier) }

  /// What the first `count` identifiers stand for in a text: nil for a mark of the format and for
  /// an identifier without a token.
  public func spellings(_ count: Int) -> [[UInt8]?] {
    (0..<count).map { token in
      let token = Int32(token)
      return isSpecial(token) ? nil : tokenBytes(token)
    }
  }

  /// The identifier of a token's text as the vocabulary writes it, added tokens included.
  public func identifier(of token: String) -> Int32? {
    let bytes = Array(token.utf8)
    return parts.added.tokens.last { $0.content == bytes }?.identifier
      ?? parts.model.vocabulary.identifier(of: bytes)
  }

  private func cut(_ text: [UInt32], _ specialAsText: Bool) -> [TextPart] {
    parts.added.parts(of: text, normalizer: parts.normalizer, specialAsText: specialAsText)
  }

  private func tokenText(_ identifier: Int32) -> [UInt8]? {
    texts.indices.contains(Int(identifier)) ? texts[Int(identifier)] : nil
  }
}

/// What a tokenizer consists of.
struct TokenizerParts: Sendable {
  var added: AddedTokens
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var model: any TokenModel
  var decoder: TokenDecoder?
  var spelling: TokenSpelling
  var template = Template()
  var beginOfText: Int32?
  var endOfText: Int32?

  /// What is put around a text.
  struct Template: Sendable {
    var before: [Int32] = []
    var after: [Int32] = []
  }
}
