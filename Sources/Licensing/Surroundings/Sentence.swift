/// Sentences of a text.
enum Sentence {
  static let wordCountMax = 120

  /// The sentence that a word stands in, at most `wordCountMax` words.
  static func around(_ index: Int, _ text: TextWords) -> Range<Int> {
    guard text.words.indices.contains(index) else { return 0..<0 }
    var start = index
    while start > 0, index - start < wordCountMax / 2, !text.words[start - 1].flags.contains(.ends)
    {
      start -= 1
    }
    var end = index
    while end < text.words.count - 1, end - index < wordCountMax / 2,
      !text.words[end].flags.contains(.ends)
    {
      end += 1
    }
    return start..<end + 1
  }
}
