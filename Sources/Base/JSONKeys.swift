// The keys of one JSON object while it is stepped through, to notice one that stands twice.
//
// Keys are kept by where they stand: the first few in place, more in a table of eight bytes each
// with a hash that nobody outside can foresee.

/// The keys of an object that were met so far.
public struct JSONKeys: Sendable {
  private static let fewMax = 8

  private var few = InlineArray<8, UInt64>(repeating: 0)
  private var count = 0
  /// Open addressing; 0 is free, else the hash above the place.
  private var table: [UInt64] = []

  public init() {}

  /// Adds a key of `document`; false if it is there already, after unescaping.
  mutating func insert(_ key: JSONText, _ document: RawSpan) -> Bool {
    let entry = Self.entry(key, document)
    if table.isEmpty {
      for index in 0..<count where isSame(few[index], entry, key, document) { return false }
      if count < Self.fewMax {
        few[count] = entry
        count += 1
        return true
      }
      table = Array(repeating: 0, count: 4 * Self.fewMax)
      for index in 0..<count { put(few[index]) }
    }
    var slot = Self.slot(entry, table.count)
    while table[slot] != 0 {
      guard !isSame(table[slot], entry, key, document) else { return false }
      slot = (slot + 1) & (table.count - 1)
    }
    table[slot] = entry
    count += 1
    if 2 * count > table.count { grow() }
    return true
  }

  private mutating func grow() {
    let old = table
    table = Array(repeating: 0, count: 2 * old.count)
    for entry in old where entry != 0 { put(entry) }
  }

  private mutating func put(_ entry: UInt64) {
    var slot = Self.slot(entry, table.count)
    while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
    table[slot] = entry
  }

  /// 32 bits of the hash, then the place. A key stands behind a brace and a quote, never at 0.
  private static func entry(_ key: JSONText, _ document: RawSpan) -> UInt64 {
    var hasher = Hasher()
    if key.isPlain {
      unsafe document.extracting(key.bytes).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    } else {
      unsafe key.utf8(document).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
    let hash = UInt64(UInt32(truncatingIfNeeded: hasher.finalize()))
    return hash << 32 | UInt64(key.bytes.lowerBound)
  }

  private static func slot(_ entry: UInt64, _ size: Int) -> Int {
    Int(truncatingIfNeeded: entry >> 32) & (size - 1)
  }

  private func isSame(
    _ known: UInt64, _ entry: UInt64, _ key: JSONText, _ document: RawSpan
  ) -> Bool {
    guard known >> 32 == entry >> 32 else { return false }
    let other = JSONText(from: Int(truncatingIfNeeded: known & 0xFFFF_FFFF), document)
    return other.utf8(document) == key.utf8(document)
  }
}

extension JSONText {
  /// The string whose first byte, behind the quote, stands at `start`. It was stepped over before.
  fileprivate init(from start: Int, _ document: RawSpan) {
    var end = start
    var isPlain = true
    while unsafe document.unsafeLoad(fromByteOffset: end, as: UInt8.self) != UInt8(ascii: "\"") {
      let isEscape =
        unsafe document.unsafeLoad(fromByteOffset: end, as: UInt8.self) == UInt8(ascii: "\\")
      end += isEscape ? 2 : 1
      isPlain = isPlain && !isEscape
    }
    self.init(bytes: start..<end, isPlain: isPlain)
  }
}
