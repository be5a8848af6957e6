// Where a line begins to say who holds a copyright: "Portions Copyright (c) 2020 Somebody".

extension HolderStatement {
  /// The end of the copyright mark that the line of `range` begins with, words like "Portions"
  /// before it, or nil. "(c)" or "©" alone may be a list mark: then a year must tell.
  static func markEnd(_ scalars: [UInt32], _ range: Range<Int>) -> Int? {
    var start = range.lowerBound
    while start < range.upperBound, !Characters.isWord(scalars[start]), scalars[start] != 0xA9,
      scalars[start] != 0x28
    {
      start += 1
    }
    var isTagged = false
    while let lead = leads.first(where: { Characters.hasWord($0, scalars, start) }) {
      isTagged = lead == spdxTag
      start += lead.utf8.count
      while start < range.upperBound, scalars[start] <= CleanText.space || scalars[start] == 0x3A {
        start += 1
      }
    }
    if isTagged, !Characters.hasWord("copyright", scalars, start) { return start }
    let line = range.clamped(to: start..<max(start, range.upperBound))
    var place = start
    let hasWord = Characters.hasWord("copyright", scalars, place)
    if hasWord { place += 9 }
    while place < line.upperBound, scalars[place] == CleanText.space { place += 1 }
    guard let end = signEnd(scalars, place) else {
      return hasWord && Characters.startsHolder(scalars, place) ? place : nil
    }
    return hasWord || Characters.startsHolder(scalars, end) || hasYear(scalars[line]) ? end : nil
  }

  /// Whether the line of `range` is "All rights reserved."
  static func isReserved(_ scalars: [UInt32], _ range: Range<Int>) -> Bool {
    var words: [[UInt8]] = [[]]
    for value in scalars[range] {
      if Characters.isWord(value) {
        words[words.count - 1] += Characters.lowered(value)
      } else if words.last?.isEmpty == false {
        words.append([])
      }
    }
    return words.filter { !$0.isEmpty } == reserved
  }

  private static let reserved = ["all", "rights", "reserved"].map { Array($0.utf8) }
  private static let leads = ["portions", "parts", spdxTag]
  private static let spdxTag = "spdx-filecopyrighttext"

  /// The end of "©" or "(c)" at `place`, or nil.
  private static func signEnd(_ scalars: [UInt32], _ place: Int) -> Int? {
    guard place < scalars.count else { return nil }
    if scalars[place] == 0xA9 { return place + 1 }
    guard scalars.count - place >= 3, scalars[place] == 0x28, scalars[place + 1] | 0x20 == 0x63,
      scalars[place + 2] == 0x29
    else { return nil }
    return place + 3
  }

  private static func hasYear(_ line: ArraySlice<UInt32>) -> Bool {
    var count = 0
    for value in line + [CleanText.space] {
      if Characters.isDigit(value) {
        count += 1
      } else {
        if count == 4 { return true }
        count = 0
      }
    }
    return false
  }
}
