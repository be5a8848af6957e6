// A text cut into pieces, as the steps of pre-tokenization see it.

/// A buffer of scalars and the ranges of it that are pieces, in order. Parts of the buffer may be
/// in no piece (removed separators); no piece is empty.
struct Pieces {
  private(set) var text: [UInt32]
  private(set) var ranges: [Range<Int>]
  /// Whether the first piece begins where the whole text begins.
  private(set) var startsText: Bool

  init(_ text: [UInt32], startsText: Bool) {
    self.text = text
    self.startsText = startsText
    ranges = text.isEmpty ? [] : [0..<text.count]
  }

  /// Cuts every piece. `cut` gets a piece and adds the ranges that remain of it.
  mutating func split(_ cut: (ArraySlice<UInt32>, inout [Range<Int>]) -> Void) {
    let firstStart = ranges.first?.lowerBound
    var result: [Range<Int>] = []
    result.reserveCapacity(ranges.count)
    for range in ranges { cut(text[range], &result) }
    result.removeAll(where: \.isEmpty)
    ranges = result
    if ranges.first?.lowerBound != firstStart { startsText = false }
  }

  /// Rewrites every piece. `rewrite` adds the new scalars of a piece to the buffer; it is told
  /// whether the piece begins the text.
  mutating func map(_ rewrite: (ArraySlice<UInt32>, Bool, inout [UInt32]) -> Void) {
    var newText: [UInt32] = []
    newText.reserveCapacity(text.count + ranges.count)
    var newRanges: [Range<Int>] = []
    newRanges.reserveCapacity(ranges.count)
    for (index, range) in ranges.enumerated() {
      let start = newText.count
      rewrite(text[range], startsText && index == 0, &newText)
      if newText.count > start { newRanges.append(start..<newText.count) }
    }
    text = newText
    ranges = newRanges
  }
}

/// What becomes of the text that a pattern matches, between the pieces around it.
enum SplitBehavior: String {
  case isolated = "Isolated"
  case removed = "Removed"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

extension Pieces {
  /// Cuts every piece at the matches of a pattern. With `isInverted`, what lies between the matches
  /// counts as matched and the matches as text.
  mutating func split(
    by separator: Separator, _ behavior: SplitBehavior, isInverted: Bool = false
  ) {
    split { piece, result in
      let matches = separator.matches(in: piece)
      if behavior == .isolated || (behavior == .removed && !isInverted) {
        // The frequent cases without a list of parts.
        var position = piece.startIndex
        for match in matches {
          if position < match.lowerBound { result.append(position..<match.lowerBound) }
          if behavior == .isolated { result.append(match) }
          position = match.upperBound
        }
        if position < piece.endIndex { result.append(position..<piece.endIndex) }
        return
      }
      var parts: [(range: Range<Int>, isMatch: Bool)] = []
      var position = piece.startIndex
      for match in matches {
        if position < match.lowerBound { parts.append((position..<match.lowerBound, isInverted)) }
        parts.append((match, !isInverted))
        position = match.upperBound
      }
      if position < piece.endIndex { parts.append((position..<piece.endIndex, isInverted)) }
      join(parts, behavior, &result)
    }
  }
}

private func join(
  _ parts: [(range: Range<Int>, isMatch: Bool)], _ behavior: SplitBehavior,
  _ result: inout [Range<Int>]
) {
  let base = result.count
  switch behavior {
  case .isolated: result += parts.map(\.range)
  case .removed: result += parts.filter { !$0.isMatch }.map(\.range)
  case .contiguous:
    var previous: Bool?
    for part in parts {
      if part.isMatch == previous {
        result[result.count - 1] = result[result.count - 1].lowerBound..<part.range.upperBound
      } else {
        result.append(part.range)
      }
      previous = part.isMatch
    }
  case .mergedWithPrevious:
    var wasMatch = false
    for part in parts {
      if part.isMatch, !wasMatch, result.count > base {
        result[result.count - 1] = result[result.count - 1].lowerBound..<part.range.upperBound
      } else {
        result.append(part.range)
      }
      wasMatch = part.isMatch
    }
  case .mergedWithNext:
    var wasMatch = false
    var reversed: [Range<Int>] = []
    for part in parts.reversed() {
      if part.isMatch, !wasMatch, let next = reversed.last {
        reversed[reversed.count - 1] = part.range.lowerBound..<next.upperBound
      } else {
        reversed.append(part.range)
      }
      wasMatch = part.isMatch
    }
    result += reversed.reversed()
  }
}

/// What a split looks for.
enum Separator: Sendable {
  case pattern(Pattern)
  case literal([UInt32])
  /// Each character for which the function is true.
  case character(@Sendable (UInt32) -> Bool)

  func matches(in text: ArraySlice<UInt32>) -> [Range<Int>] {
    switch self {
    case .pattern(let pattern): return pattern.matches(in: text)
    case .character(let isSeparator):
      return text.indices.filter { isSeparator(text[$0]) }.map { $0..<$0 + 1 }
    case .literal(let wanted):
      guard let first = wanted.first else { return [] }
      var result: [Range<Int>] = []
      var position = text.startIndex
      while position + wanted.count <= text.endIndex {
        if text[position] == first, text[position..<position + wanted.count].elementsEqual(wanted) {
          result.append(position..<position + wanted.count)
          position += wanted.count
        } else {
          position += 1
        }
      }
      return result
    }
  }
}
