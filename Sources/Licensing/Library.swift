// All templates, ready to be searched: words as small numbers, and an index of word 4-grams.
//
// Made once, on the first text that is recognised. The index is one open-addressing table from a
// 4-gram to a chain of places in the templates; rare 4-grams have short chains, and a chain longer
// than `chainMax` says nothing and is passed over.

import Base

/// The templates and their index. Read-only after it is made.
final class Library: Sendable {
  let hashes: [UInt64]
  let templates: [Indexed]
  /// Words that are never taken for a typing error, by number.
  let isStrict: [Bool]
  private let wordTable: HashTable
  private let gramTable: HashTable
  /// Places in all templates, laid end to end: the place before with the same 4-gram, or -1.
  private let previous: [Int32]
  private let templateOfPlace: [Int32]

  /// A template with words as numbers into `hashes`.
  struct Indexed: Sendable {
    let id: String
    let kind: TemplateKind
    let words: [Int32]
    let flags: [TemplateFlags]
    let slots: [TemplateCodec.Slot]
    /// Where its words begin among all places.
    let offset: Int
    /// The number of 4-grams that are not optional.
    let gramCount: Int
    let requiredCount: Int
  }

  static let gramLength = 4
  private static let chainMax = 96

  init(_ contents: TemplateCodec.Contents) {
    hashes = contents.hashes
    wordTable = HashTable(keys: contents.hashes)
    isStrict = contents.hashes.map {
      WordClasses.strict.contains($0) && !WordClasses.mistypable.contains($0)
    }
    var indexed: [Indexed] = []
    var offset = 0
    for entry in contents.entries {
      let grams = max(0, entry.words.count - Self.gramLength + 1)
      let counted = (0..<grams).count { entry.flags[$0].isDisjoint(with: .dispensable) }
      let required = entry.flags.count { $0.isDisjoint(with: .dispensable) }
      indexed.append(
        Indexed(
          id: entry.id, kind: entry.kind, words: entry.words, flags: entry.flags,
          slots: entry.slots, offset: offset, gramCount: max(1, counted),
          requiredCount: required))
      offset += entry.words.count
    }
    templates = indexed
    var table = HashTable(capacity: offset)
    var previous = [Int32](repeating: -1, count: offset)
    var owners = [Int32](repeating: 0, count: offset)
    for (number, template) in indexed.enumerated() {
      for start in 0..<template.words.count {
        owners[template.offset + start] = Int32(number)
        guard start + Self.gramLength <= template.words.count else { continue }
        let key = Self.gram(template.words, start)
        let place = template.offset + start
        previous[place] = table.replace(key, with: Int32(place))
      }
    }
    gramTable = table
    self.previous = previous
    templateOfPlace = owners
  }

  /// The number of a word, or nil if no template has it.
  func number(of hash: UInt64) -> Int32? { wordTable[hash] }

  private static func gram(_ words: [Int32], _ start: Int) -> UInt64 {
    var key: UInt64 = 0x9E37_79B9_7F4A_7C15
    for offset in 0..<gramLength {
      key = (key ^ UInt64(UInt32(bitPattern: words[start + offset]))) &* 0xFF51_AFD7_ED55_8CCD
      key ^= key >> 29
    }
    return key
  }

  /// Calls `body` with the template and the place in it for every occurrence of the 4-gram at
  /// `start` of `words`.
  func forEachPlace(_ words: [Int32], _ start: Int, _ body: (Int, Int) -> Void) {
    var place = gramTable[Self.gram(words, start)] ?? -1
    var length = 0
    while place >= 0 {
      length += 1
      if length > Self.chainMax { return }
      place = previous[Int(place)]
    }
    place = gramTable[Self.gram(words, start)] ?? -1
    while place >= 0 {
      let template = Int(templateOfPlace[Int(place)])
      body(template, Int(place) - templates[template].offset)
      place = previous[Int(place)]
    }
  }
}

/// A table from 64-bit keys to small numbers, open addressing, never more than half full.
struct HashTable: Sendable {
  private var keys: [UInt64]
  private var values: [Int32]
  private let mask: Int

  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    keys = [UInt64](repeating: 0, count: size)
    values = [Int32](repeating: -1, count: size)
    mask = size - 1
  }

  /// Each key with its position.
  init(keys: [UInt64]) {
    self.init(capacity: keys.count)
    for (position, key) in keys.enumerated() { _ = replace(key, with: Int32(position)) }
  }

  /// Sets a value and gives the one before, or -1.
  mutating func replace(_ key: UInt64, with value: Int32) -> Int32 {
    let slot = find(key)
    let before = values[slot]
    keys[slot] = key
    values[slot] = value
    return before
  }

  subscript(key: UInt64) -> Int32? {
    let value = values[find(key)]
    return value < 0 ? nil : value
  }

  private func find(_ key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: key ^ key >> 32) & mask
    while values[slot] >= 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }
}
