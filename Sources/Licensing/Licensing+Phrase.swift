// Whether a text holds a phrase, word for word: for display lines and notices that are owed.

extension Licensing {
  /// Whether `text` holds the words of `phrase` in a row; case, quotes, layout and spelling
  /// variants do not count. An empty phrase is held by no text.
  public static func says(_ text: [UInt8], _ phrase: String) -> Bool {
    let wanted = TextWords(Array(phrase.utf8)).words.map(\.hash)
    let words = TextWords(text).words.map(\.hash)
    guard let first = wanted.first, words.count >= wanted.count else { return false }
    return (0...(words.count - wanted.count)).contains { start in
      words[start] == first && words[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}
