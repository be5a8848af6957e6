// The file of templates: one table of distinct hashes, then every template as numbers into it.
//
//     "ASLIC4\n\0"                         8 bytes
//     varint  number of hashes             most frequent first, ties by value
//     u64 LE  hash …
//     varint  number of templates          sorted by id, kind, length and words
//       varint length, UTF-8 id; u8 kind
//       varint number of words             each: varint (index * 64 + flags)
//       varint number of slots             each: varint start, varint count, varint alternatives,
//                                          each: varint elements, each: varint 0 (a few) or index+1
//
// One set of templates has one file. Reading is total: damage is an error that names the byte.

import Base

enum TemplateCodec {
  static let magic: [UInt8] = Array("ASLIC4\n".utf8) + [0]
  static let hashCountMax = 1 << 20
  static let templateCountMax = 1 << 14
  static let wordCountMax = 1 << 18

  /// What a file of templates holds.
  struct Contents {
    /// Distinct hashes; templates name them by index.
    var hashes: [UInt64] = []
    var entries: [Entry] = []
  }

  /// A template with indices instead of hashes.
  struct Entry {
    var id: String
    var kind: TemplateKind
    var words: [Int32]
    var flags: [TemplateFlags]
    var slots: [Slot]
  }

  struct Slot {
    var range: Range<Int>
    /// -1 stands for a few words.
    var alternatives: [[Int32]]
  }

  // MARK: Writing

  static func encode(_ templates: [Template]) -> [UInt8] {
    let templates = templates.sorted(by: isBefore)
    var counts: [UInt64: Int] = [:]
    for template in templates {
      for word in template.words { counts[word.hash, default: 0] += 1 }
      for slot in template.slots {
        for case .word(let hash) in slot.alternatives.joined() { counts[hash, default: 0] += 1 }
      }
    }
    let hashes = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    let index = Dictionary(uniqueKeysWithValues: zip(hashes, hashes.indices))

    var bytes = magic
    put(hashes.count, &bytes)
    for hash in hashes {
      for shift in 0..<8 { bytes.append(UInt8(hash >> UInt64(8 * shift) & 0xFF)) }
    }
    put(templates.count, &bytes)
    for template in templates {
      put(template.id.utf8.count, &bytes)
      bytes += Array(template.id.utf8)
      bytes.append(template.kind.rawValue)
      put(template.words.count, &bytes)
      for word in template.words {
        put((index[word.hash] ?? 0) << 6 | Int(word.flags.rawValue), &bytes)
      }
      put(template.slots.count, &bytes)
      for slot in template.slots {
        put(slot.range.lowerBound, &bytes)
        put(slot.range.count, &bytes)
        put(slot.alternatives.count, &bytes)
        for alternative in slot.alternatives {
          put(alternative.count, &bytes)
          for element in alternative {
            if case .word(let hash) = element {
              put((index[hash] ?? 0) + 1, &bytes)
            } else {
              put(0, &bytes)
            }
          }
        }
      }
    }
    return bytes
  }

  /// One order for one set, whatever the order in which it was learned.
  private static func isBefore(_ a: Template, _ b: Template) -> Bool {
    let left = (ByteName(a.id), a.kind.rawValue, a.words.count)
    let right = (ByteName(b.id), b.kind.rawValue, b.words.count)
    if left != right { return left < right }
    return a.words.lexicographicallyPrecedes(b.words) {
      ($0.hash, $0.flags.rawValue) < ($1.hash, $1.flags.rawValue)
    }
  }

  private static func put(_ value: Int, _ bytes: inout [UInt8]) {
    var value = UInt64(value)
    while value >= 0x80 {
      bytes.append(UInt8(value & 0x7F) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  // MARK: Reading

  static func decode(_ bytes: [UInt8]) throws(Problem) -> Contents {
    var reader = TemplateReader(bytes: bytes)
    return try reader.contents()
  }

  /// The same with hashes in place of indices, to add to and write again.
  static func templates(_ contents: Contents) -> [Template] {
    contents.entries.map { entry in
      Template(
        id: entry.id, kind: entry.kind,
        words: zip(entry.words, entry.flags).map {
          Template.TemplateWord(hash: contents.hashes[Int($0)], flags: $1)
        },
        slots: entry.slots.map { slot in
          Template.Slot(
            range: slot.range,
            alternatives: slot.alternatives.map {
              $0.map { $0 < 0 ? .few : .word(contents.hashes[Int($0)]) }
            })
        })
    }
  }
}

private struct TemplateReader {
  let bytes: [UInt8]
  var place = 0

  mutating func contents() throws(Problem) -> TemplateCodec.Contents {
    guard bytes.starts(with: TemplateCodec.magic) else { throw damaged("the first bytes differ") }
    place = TemplateCodec.magic.count
    var contents = TemplateCodec.Contents()
    let hashCount = try number(TemplateCodec.hashCountMax)
    guard (bytes.count - place) / 8 >= hashCount else { throw damaged("the table is cut short") }
    contents.hashes.reserveCapacity(hashCount)
    for _ in 0..<hashCount {
      var hash: UInt64 = 0
      for shift in 0..<8 { hash |= UInt64(bytes[place + shift]) << UInt64(8 * shift) }
      contents.hashes.append(hash)
      place += 8
    }
    let count = try number(TemplateCodec.templateCountMax)
    for _ in 0..<count { contents.entries.append(try entry(hashCount)) }
    guard place == bytes.count else { throw damaged("bytes follow the last template") }
    return contents
  }

  private mutating func entry(_ hashCount: Int) throws(Problem) -> TemplateCodec.Entry {
    let idCount = try number(256)
    guard bytes.count - place > idCount else { throw damaged("an id is cut short") }
    guard let id = String(validating: bytes[place..<place + idCount], as: UTF8.self) else {
      throw damaged("an id is not UTF-8")
    }
    place += idCount
    guard let kind = TemplateKind(rawValue: bytes[place]) else { throw damaged("unknown kind") }
    place += 1
    let wordCount = try number(TemplateCodec.wordCountMax)
    var entry = TemplateCodec.Entry(id: id, kind: kind, words: [], flags: [], slots: [])
    entry.words.reserveCapacity(wordCount)
    entry.flags.reserveCapacity(wordCount)
    for _ in 0..<wordCount {
      let value = try number(hashCount * 64 - 1)
      entry.words.append(Int32(value >> 6))
      entry.flags.append(TemplateFlags(rawValue: UInt8(value & 63)))
    }
    let slotCount = try number(wordCount + 1)
    for _ in 0..<slotCount {
      let start = try number(wordCount)
      let count = try number(wordCount - start)
      var slot = TemplateCodec.Slot(range: start..<start + count, alternatives: [])
      for _ in 0..<(try number(1024)) {
        var elements: [Int32] = []
        for _ in 0..<(try number(1024)) { elements.append(Int32(try number(hashCount)) - 1) }
        slot.alternatives.append(elements)
      }
      entry.slots.append(slot)
    }
    return entry
  }

  private mutating func number(_ limit: Int) throws(Problem) -> Int {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < bytes.count, shift < 42 {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        guard value <= UInt64(max(0, limit)) else { throw damaged("a number is out of range") }
        return Int(value)
      }
      shift += 7
    }
    throw damaged("a number does not end")
  }

  private func damaged(_ reason: String) -> Problem {
    Problem(
      .malformed, "damaged_templates", place: "byte \(place)", reason: reason,
      remedy: "make the file again with `assay licence learn`")
  }
}
