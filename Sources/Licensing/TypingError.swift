// Whether a word is another word with one typing error.
//
// Only the hash of the wanted word is known, so every single slip of the written word is undone
// and hashed: a letter dropped, doubled or put in, two letters swapped, a letter replaced. The
// first letter must stand. Words under six letters, strict words, words with digits and words that
// occur in any licence are never errors; a capitalised word is never excused by a replaced letter,
// since that is how one place name becomes another. Two slips in one word are a difference.

enum TypingError {
  static let lengthMin = 6
  private static let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)

  /// Whether `written` (lower case) is `wanted` with one slip.
  static func excuses(_ written: ArraySlice<UInt8>, isCapital: Bool, wanted: UInt64) -> Bool {
    let word = Array(written)
    guard word.count >= lengthMin - 1, word.count <= 40, word.allSatisfy(isSmallLetter) else {
      return false
    }
    var trial = word
    for place in 1..<word.count {
      if place + 1 < word.count, word[place] != word[place + 1] {
        trial.swapAt(place, place + 1)
        if WordHash.hash(trial) == wanted { return true }
        trial.swapAt(place, place + 1)
      }
      trial.remove(at: place)
      if trial.count >= lengthMin, WordHash.hash(trial) == wanted { return true }
      trial.insert(word[place], at: place)
    }
    for place in 1...word.count {
      trial.insert(0, at: place)
      for letter in letters {
        trial[place] = letter
        if trial.count >= lengthMin, WordHash.hash(trial) == wanted { return true }
      }
      trial.remove(at: place)
    }
    guard !isCapital, word.count >= lengthMin else { return false }
    for place in 1..<word.count {
      for letter in letters where letter != word[place] {
        trial[place] = letter
        if WordHash.hash(trial) == wanted { return true }
      }
      trial[place] = word[place]
    }
    return false
  }

  private static func isSmallLetter(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
}
