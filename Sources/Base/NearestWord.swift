// Which known word a mistyped one was meant to be.
//
// Method: optimal string alignment (insertions, deletions, substitutions, neighbours swapped), over
// lower case, so that `Apach-2.0` finds `Apache-2.0`.
// Promises: nil rather than a far-fetched guess; of equally near words the first in byte order; the
// work is bounded by the words' lengths, since a long text is no misspelt word.

/// Finds the nearest of some words.
public enum NearestWord {
  private static let lengthMax = 80

  /// The word of `known` that is nearest to `text`, if it is near: one mistake in short words, two
  /// from five letters on, three from nine.
  public static func to(_ text: String, in known: some Sequence<String>) -> String? {
    let wanted = letters(text)
    guard (1...lengthMax).contains(wanted.count) else { return nil }
    let limit = wanted.count < 5 ? 1 : wanted.count < 9 ? 2 : 3
    var best: (distance: Int, word: String)?
    for word in known {
      let other = letters(word)
      guard other.count <= lengthMax, abs(other.count - wanted.count) <= limit else { continue }
      let distance = distance(wanted, other)
      guard distance <= limit else { continue }
      if let best, (best.distance, ByteName(best.word)) <= (distance, ByteName(word)) { continue }
      best = (distance, word)
    }
    return best?.word
  }

  private static func letters(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

  /// How many mistakes make one word of the other.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var before = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), min(last[j + 1], row[j]) + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        row.append(cost)
      }
      before = last
      last = row
    }
    return last[b.count]
  }
}
