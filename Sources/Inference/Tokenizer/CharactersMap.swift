// The compiled normalization rules of SentencePiece: a double-array trie from texts to texts.
//
// Format: https://github.com/google/sentencepiece, normalizer.cc and third_party/darts_clone. A u32
// gives the size of the trie in bytes, then come its units (u32, little-endian), then the
// replacements, each ended by a zero byte. The value of a key is the offset of its replacement.
// Promises: total for every blob; a unit that points outside ends the search.

import Base

struct CharactersMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  static let bytesMax = 64 << 20

  /// Nil if the blob is not of this form.
  init?(_ blob: [UInt8]) {
    guard blob.count >= 4, blob.count <= Self.bytesMax else { return nil }
    func word(_ at: Int) -> UInt32 {
      UInt32(blob[at]) | UInt32(blob[at + 1]) << 8 | UInt32(blob[at + 2]) << 16
        | UInt32(blob[at + 3]) << 24
    }
    guard let size = Int(exactly: word(0)), size > 0, size % 4 == 0, size <= blob.count - 4 else {
      return nil
    }
    units = stride(from: 4, to: 4 + size, by: 4).map(word)
    replacements = Array(blob[(4 + size)...])
    if let last = replacements.last, last != 0 { return nil }
  }

  /// The longest key at the beginning of `text`: its replacement and its length.
  func longest(_ text: ArraySlice<UInt8>) -> (replacement: ArraySlice<UInt8>, count: Int)? {
    var best: (value: UInt32, count: Int)?
    search(text) { value, count in
      best = (value, count)
      return true
    }
    return best.flatMap { found in replacement(found.value).map { ($0, found.count) } }
  }

  /// The replacement of the shortest key at the beginning of `text`.
  func shortest(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var best: UInt32?
    search(text) { value, _ in
      best = value
      return false
    }
    return best.flatMap(replacement)
  }

  private func replacement(_ offset: UInt32) -> ArraySlice<UInt8>? {
    guard let start = Int(exactly: offset), start < replacements.count else { return nil }
    return replacements[start...].prefix { $0 != 0 }
  }

  /// Calls `found` with value and length of each key that begins the text, shortest first, until it
  /// returns false.
  private func search(_ text: ArraySlice<UInt8>, _ found: (UInt32, Int) -> Bool) {
    guard let root = units.first else { return }
    var place = Self.offset(root)
    for (index, byte) in text.enumerated() {
      place ^= Int(byte)
      guard place < units.count else { return }
      let unit = units[place]
      // The label of a value is never that of a byte: its top bit is set.
      guard unit & 0x8000_00FF == UInt32(byte) else { return }
      place ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard place < units.count else { return }
      if !found(units[place] & 0x7FFF_FFFF, index + 1) { return }
    }
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int(unit >> 6 & 8)
  }
}

extension CharactersMap {
  /// The normalization of the tokenizers library, which differs from SentencePiece's: grapheme
  /// clusters of less than six bytes are looked up whole, and the *shortest* key that begins one
  /// replaces all of it; characters of others are looked up one by one.
  ///
  /// Grapheme boundaries are those of the Swift standard library, fixed with the compiler.
  func normalizeByClusters(_ text: [UInt32]) -> [UInt32] {
    var result: [UInt8] = []
    for cluster in String(decoding: UTF8Text.bytes(text), as: UTF8.self) {
      let bytes = Array(cluster.utf8)
      if bytes.count < 6, let replacement = shortest(bytes[...]) {
        result += replacement
        continue
      }
      for scalar in cluster.unicodeScalars {
        let character = UTF8Text.bytes([scalar.value])
        result += shortest(character[...]) ?? character[...]
      }
    }
    return UTF8Text.scalars(result)
  }
}
