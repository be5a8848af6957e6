// Byte-pair encoding with a list of merges, as tokenizer.json and byte-level GGUF files give it.
//
// Reference: https://huggingface.co/docs/tokenizers/api/models (BPE). The lowest-ranked merge goes
// first, the leftmost among equals. A character that is no token becomes its UTF-8 bytes as <0xNN>
// tokens (`byteFallback`), else the unknown token, else nothing: as the reference library does it.
// Cost: O(n log n) in the characters of a piece, see PairMerging.swift.

import Base

struct BytePairModel: Sendable {
  struct Options: Sendable {
    var unknownToken: Int32?
    var fusesUnknown = false
    var hasByteFallback = false
    /// A piece that is a token is emitted whole, without merging.
    var ignoresMerges = false
    var continuingPrefix: [UInt8] = []
    var endOfWordSuffix: [UInt8] = []
  }

  let vocabulary: Vocabulary
  private let options: Options
  private let merges: [UInt64: PairMerging.Merge]
  /// The identifiers of characters below U+0400, -1 for none; the rest is looked up.
  private let characters: [Int32]
  /// The identifiers of <0x00> to <0xFF>, where they exist.
  private let byteTokens: [Int32?]

  /// The most merges of a model.
  static let mergeCountMax = 1 << 22

  /// `merges` are pairs of token texts, best first. Throws the index of a merge whose parts or
  /// whole are not in the vocabulary.
  init(
    vocabulary: Vocabulary, merges pairs: [(ByteName, ByteName)], options: Options
  ) throws(UnknownMerge) {
    var merges: [UInt64: PairMerging.Merge] = [:]
    merges.reserveCapacity(pairs.count)
    for (rank, (left, right)) in pairs.enumerated() {
      let whole = left.bytes + right.bytes.dropFirst(options.continuingPrefix.count)
      guard let first = vocabulary.identifier(of: left),
        let second = vocabulary.identifier(of: right),
        let merged = vocabulary.identifier(of: whole)
      else { throw UnknownMerge(index: rank) }
      merges[Self.key(first, second)] = PairMerging.Merge(
        priority: UInt32(rank), identifier: merged)
    }
    self.vocabulary = vocabulary
    self.options = options
    self.merges = merges
    let isPlain = options.continuingPrefix.isEmpty && options.endOfWordSuffix.isEmpty
    characters = (0..<0x400).map { (scalar: UInt32) in
      isPlain ? vocabulary.identifier(of: UTF8Text.bytes([scalar])) ?? -1 : -1
    }
    byteTokens = ByteTokens.identifiers(in: vocabulary)
  }

  struct UnknownMerge: Error {
    let index: Int
  }

  func encode(_ piece: ArraySlice<UInt32>, into output: inout [Int32]) {
    if options.ignoresMerges, let whole = vocabulary.identifier(of: UTF8Text.bytes(piece)) {
      output.append(whole)
      return
    }
    if piece.count == 1, let only = piece.first, let identifier = character(only) {
      output.append(identifier)
      return
    }
    var word = PairMerging(symbols(of: piece))
    word.run { left, right, _ in merges[Self.key(left, right)] }
    output += word.identifiers
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private func character(_ scalar: UInt32) -> Int32? {
    guard scalar < 0x400, characters[Int(scalar)] >= 0 else { return nil }
    return characters[Int(scalar)]
  }

  /// The tokens of the single characters.
  private func symbols(of piece: ArraySlice<UInt32>) -> [Int32] {
    var symbols: [Int32] = []
    symbols.reserveCapacity(piece.count)
    var pendingUnknown: Int32?
    for (index, scalar) in zip(piece.indices, piece) {
      var text: [UInt8] = []
      var identifier = character(scalar)
      if identifier == nil {
        if index > piece.startIndex { text += options.continuingPrefix }
        UTF8Text.append(scalar, to: &text)
        if index == piece.endIndex - 1 { text += options.endOfWordSuffix }
        identifier = vocabulary.identifier(of: text)
      }
      if let identifier {
        if let unknown = pendingUnknown { symbols.append(unknown) }
        pendingUnknown = nil
        symbols.append(identifier)
      } else if options.hasByteFallback, let bytes = fallback(for: text) {
        symbols += bytes
      } else if let unknown = options.unknownToken {
        if pendingUnknown != nil, !options.fusesUnknown { symbols.append(unknown) }
        pendingUnknown = unknown
      }
    }
    if let unknown = pendingUnknown { symbols.append(unknown) }
    return symbols
  }

  private func fallback(for text: [UInt8]) -> [Int32]? {
    let tokens = text.compactMap { byteTokens[Int($0)] }
    return tokens.count == text.count ? tokens : nil
  }
}

/// The tokens `<0x00>` to `<0xFF>`, which stand for single bytes.
enum ByteTokens {
  static func identifiers(in vocabulary: Vocabulary) -> [Int32?] {
    (0...255).map { vocabulary.identifier(of: text(of: $0)) }
  }

  static func text(of byte: UInt8) -> [UInt8] {
    Array("<0x".utf8) + [digit(byte >> 4), digit(byte & 15)] + [UInt8(ascii: ">")]
  }

  /// The byte that a token text names.
  static func byte(of token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">"),
      let high = value(token[3]), let low = value(token[4])
    else { return nil }
    return high << 4 | low
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
