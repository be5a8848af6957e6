import Base
import Foundation
import Testing

@testable import Formats
@testable import Inference

/// Writes the fields of a message that the reader looks at.
struct ModelWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func number(_ field: UInt64, _ value: Int) {
    varint(field << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    varint(field << 3 | 5)
    for shift: UInt32 in [0, 8, 16, 24] {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
    varint(field << 3 | 2)
    varint(UInt64(value.count))
    bytes += value
  }
}

/// A model file: `kind` 1 unigram, 2 pairs; pieces with score and type.
func modelFile(
  kind: Int, pieces: [(String, Float, Int)], byteFallback: Bool = false,
  addsPrefix: Bool = true, removesSpaces: Bool = true
) -> [UInt8] {
  var file = ModelWriter()
  for (text, score, type) in pieces {
    var piece = ModelWriter()
    piece.bytes(1, Array(text.utf8))
    piece.float(2, score)
    if type != 1 { piece.number(3, type) }
    file.bytes(1, piece.bytes)
  }
  var trainer = ModelWriter()
  trainer.number(3, kind)
  trainer.number(35, byteFallback ? 1 : 0)
  file.bytes(2, trainer.bytes)
  var normalizer = ModelWriter()
  normalizer.number(3, addsPrefix ? 1 : 0)
  normalizer.number(4, removesSpaces ? 1 : 0)
  file.bytes(3, normalizer.bytes)
  return file.bytes
}

private let specials: [(String, Float, Int)] = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]

private func tokenizer(_ file: [UInt8]) throws -> Tokenizer {
  Tokenizer(
    try SentencePieceParts(SentencePieceModel(reading: file, file: "test.model"), file: "test")
      .parts())
}

private func pieces(_ subject: Tokenizer, _ text: String) -> [String] {
  subject.encode(Array(text.utf8)).map {
    String(decoding: subject.tokenBytes($0) ?? [], as: UTF8.self)
  }
}

@Suite("SentencePiece models")
struct SentencePieceTokenizerTests {
  private let pairs = modelFile(
    kind: 2,
    pieces: specials + [
      ("\u{2581}", -9, 1), ("a", -9, 1), ("b", -9, 1), ("ab", -1, 1), ("aa", -2, 1),
      ("\u{2581}a", -2, 1), ("<tag>", 0, 4), ("abb", -3, 5),
    ])

  @Test("join the best-scoring neighbours, the leftmost among equals")
  func scoredPairs() throws {
    let subject = try tokenizer(pairs)
    #expect(pieces(subject, "ab") == [" ", "ab"])
    #expect(pieces(subject, "aaa") == [" a", "aa"])
    #expect(pieces(subject, "  a   a ") == [" a", " a"])
  }

  @Test("leave control pieces in a text alone and user-defined pieces whole")
  func definedPieces() throws {
    let subject = try tokenizer(pairs)
    #expect(pieces(subject, "a<tag>b") == [" a", "<tag>", "b"])
    #expect(!subject.encode(Array("<s>".utf8)).contains(1))
    // One unknown token for a run of unknown characters.
    #expect(subject.encode(Array("xyz".utf8)) == [3, 0])
  }

  @Test("cut unused pieces back into what they were made of")
  func unused() throws {
    #expect(pieces(try tokenizer(pairs), "abb") == [" ", "ab", "b"])
  }

  @Test("fall back to bytes, and decode them")
  func byteFallback() throws {
    let bytes = (0...255).map {
      (String(decoding: ByteTokens.text(of: UInt8($0)), as: UTF8.self), Float(0), 6)
    }
    let subject = try tokenizer(
      modelFile(
        kind: 2, pieces: specials + bytes + [("\u{2581}", -9, 1), ("a", -9, 1)],
        byteFallback: true, removesSpaces: false))
    for text in ["a é\u{1F642}", " a  ", "", "\n\t", "<0x41>"] {
      #expect(subject.decode(subject.encode(Array(text.utf8))) == Array(text.utf8))
    }
    #expect(subject.decode([3 + 0xC3, 3 + 0xA9, 3 + 0xFF, 260]) == Array("é\u{FFFD}a".utf8))
    #expect(subject.tokenBytes(3 + 0xFF) == [0xFF])
  }

  @Test("prefer the most probable pieces, user-defined ones above all")
  func unigram() throws {
    let subject = try tokenizer(
      modelFile(
        kind: 1,
        pieces: specials + [
          ("\u{2581}", -2, 1), ("a", -3, 1), ("b", -3, 1), ("ab", -5, 1), ("bb", -9, 4),
          ("aba", -20, 1), ("\u{2581}a", -4, 5),
        ]))
    #expect(pieces(subject, "ab") == [" ", "ab"])
    #expect(pieces(subject, "aba") == [" ", "ab", "a"])
    #expect(pieces(subject, "abb") == [" ", "a", "bb"])
  }

  @Test("are refused, with the byte, wherever they are cut")
  func truncated() throws {
    for count in 0..<pairs.count {
      do {
        _ = try SentencePieceModel(reading: Array(pairs[..<count]), file: "cut.model")
      } catch {
        #expect(error.exitCode == .malformed && error.place?.contains("cut.model") == true)
      }
    }
  }

  @Test("never crash the reader or the tokenizer, whatever is in them")
  func damaged() {
    var random = CounterRandom(seed: 5, stream: 0)
    for _ in 0..<3_000 {
      var bytes = pairs
      for _ in 0...Int.random(in: 0...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      guard let subject = try? tokenizer(bytes) else { continue }
      _ = subject.decode(subject.encode(Array("aab <tag>\u{1F642} b".utf8)))
    }
  }

  @Test("survive every damaged rule table, and find the longest rule in a whole one")
  func rules() {
    // "a" at once and "ab" behind it: a trie of two keys, by hand.
    let map = CharactersMap(Self.ruleTable)
    let found = map?.longest(Array("abc".utf8)[...])
    #expect(found.map { Array($0.replacement) } == Array("Y".utf8))
    #expect(found?.count == 2)
    #expect(map?.shortest(Array("abc".utf8)[...]).map { Array($0) } == Array("X".utf8))
    #expect(map?.longest(Array("b".utf8)[...]) == nil)
    var random = CounterRandom(seed: 6, stream: 0)
    for _ in 0..<5_000 {
      var blob = Self.ruleTable
      blob[Int.random(in: 0..<blob.count, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
      _ = CharactersMap(blob)?.longest(Array("abc".utf8)[...])
      _ = CharactersMap(blob)?.normalizeByClusters([0x61, 0x62, 0x1F642])
    }
    #expect(CharactersMap([1, 2, 3]) == nil)
    #expect(CharactersMap([255, 255, 255, 255, 0]) == nil)
  }

  /// Units of the double array: offset << 10 | has value << 8 | label; values have the top bit set.
  /// Places: root 0 with offset 256, "a" at 256 ^ 0x61 with offset 1024 (its value there), "ab" at
  /// 1024 ^ 0x62 with offset 2048 (its value there).
  private static let ruleTable: [UInt8] = {
    var units = Array(repeating: UInt32(0x8000_0000), count: 2_304)
    units[0] = 256 << 10
    units[256 ^ 0x61] = 0x61 | 1 << 8 | UInt32(256 ^ 0x61 ^ 1_024) << 10
    units[1_024] = 0x8000_0000
    units[1_024 ^ 0x62] = 0x62 | 1 << 8 | UInt32(1_024 ^ 0x62 ^ 2_048) << 10
    units[2_048] = 0x8000_0002
    let bytes = units.flatMap { unit in
      [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: unit >> UInt32($0)) }
    }
    let size = UInt32(bytes.count)
    return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: size >> UInt32($0)) } + bytes
      + Array("X\0Y\0".utf8)
  }()
}
