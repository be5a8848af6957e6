// Which word of a text is which word of a template: the longest common subsequence, in order.
//
// Runs of three words that stand once in both are anchors (patience diff, B. Cohen); between two
// anchors Myers' O(ND) algorithm (1986) finds the rest. Its work is bounded: where two stretches
// differ too much, the words between stay unmatched, which the decision reads as a difference.

enum Alignment {
  private static let anchorLength = 3
  /// The most edits that are looked for between two anchors.
  private static let editsMax = 600

  /// For each word of `template`, the index in `text` it stands at, or -1. Strictly increasing.
  static func match(_ template: [Int32], _ text: ArraySlice<Int32>) -> [Int32] {
    let text = Array(text)
    var result = [Int32](repeating: -1, count: template.count)
    var templateStart = 0
    var textStart = 0
    for anchor in anchors(template, text) + [(template.count, text.count)] {
      fill(template, text, templateStart..<anchor.0, textStart..<anchor.1, &result)
      guard anchor.0 < template.count else { break }
      result[anchor.0] = Int32(anchor.1)
      templateStart = anchor.0 + 1
      textStart = anchor.1 + 1
    }
    return result
  }

  // MARK: Anchors

  private static func anchors(_ template: [Int32], _ text: [Int32]) -> [(Int, Int)] {
    let first = unique(template)
    let second = unique(text)
    var pairs: [(Int, Int)] = []
    for (key, place) in first where place >= 0 {
      if let other = second[key], other >= 0 { pairs.append((place, other)) }
    }
    pairs.sort { $0.0 < $1.0 }
    return longestIncreasing(pairs)
  }

  private struct Key: Hashable {
    let a: Int32, b: Int32, c: Int32
  }

  /// Runs of three that stand once, with their place; -1 for those that stand twice.
  private static func unique(_ words: [Int32]) -> [Key: Int] {
    guard words.count >= anchorLength else { return [:] }
    var places: [Key: Int] = [:]
    places.reserveCapacity(words.count)
    for start in 0...(words.count - anchorLength) {
      guard words[start] >= 0, words[start + 1] >= 0, words[start + 2] >= 0 else { continue }
      let key = Key(a: words[start], b: words[start + 1], c: words[start + 2])
      places[key] = places[key] == nil ? start : -1
    }
    return places
  }

  private static func longestIncreasing(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
    var tails: [Int] = []
    var before = [Int](repeating: -1, count: pairs.count)
    for index in pairs.indices {
      var low = 0
      var high = tails.count
      while low < high {
        let middle = (low + high) / 2
        if pairs[tails[middle]].1 < pairs[index].1 { low = middle + 1 } else { high = middle }
      }
      if low > 0 { before[index] = tails[low - 1] }
      if low == tails.count { tails.append(index) } else { tails[low] = index }
    }
    var chain: [(Int, Int)] = []
    var index = tails.last ?? -1
    while index >= 0 {
      chain.append(pairs[index])
      index = before[index]
    }
    return chain.reversed()
  }

  // MARK: Between anchors

  private static func fill(
    _ a: [Int32], _ b: [Int32], _ rangeA: Range<Int>, _ rangeB: Range<Int>,
    _ result: inout [Int32]
  ) {
    var (startA, endA, startB, endB) = (
      rangeA.lowerBound, rangeA.upperBound, rangeB.lowerBound, rangeB.upperBound
    )
    while startA < endA, startB < endB, a[startA] == b[startB] {
      result[startA] = Int32(startB)
      startA += 1
      startB += 1
    }
    while startA < endA, startB < endB, a[endA - 1] == b[endB - 1] {
      endA -= 1
      endB -= 1
      result[endA] = Int32(endB)
    }
    guard startA < endA, startB < endB else { return }
    myers(a, b, startA..<endA, startB..<endB, &result)
  }

  private static func myers(
    _ a: [Int32], _ b: [Int32], _ rangeA: Range<Int>, _ rangeB: Range<Int>,
    _ result: inout [Int32]
  ) {
    let n = rangeA.count
    let m = rangeB.count
    let limit = min(n + m, editsMax)
    var reach = [Int](repeating: 0, count: 2 * limit + 3)
    let middle = limit + 1
    var trace: [[Int]] = []
    var found = -1
    search: for edits in 0...limit {
      trace.append(Array(reach[middle - edits...middle + edits]))
      var diagonal = -edits
      while diagonal <= edits {
        let slot = middle + diagonal
        var x =
          diagonal == -edits || diagonal != edits && reach[slot - 1] < reach[slot + 1]
          ? reach[slot + 1] : reach[slot - 1] + 1
        while x < n, x - diagonal < m, x - diagonal >= 0,
          a[rangeA.lowerBound + x] == b[rangeB.lowerBound + x - diagonal]
        {
          x += 1
        }
        reach[slot] = x
        if x >= n, x - diagonal >= m {
          found = edits
          break search
        }
        diagonal += 2
      }
    }
    guard found >= 0 else { return }
    backtrack(trace, found, n, m, rangeA.lowerBound, rangeB.lowerBound, &result)
  }

  private static func backtrack(
    _ trace: [[Int]], _ edits: Int, _ n: Int, _ m: Int, _ startA: Int, _ startB: Int,
    _ result: inout [Int32]
  ) {
    var x = n
    var y = m
    var edits = edits
    while edits >= 0, x > 0 || y > 0 {
      let row = trace[edits]
      func value(_ diagonal: Int) -> Int {
        let index = diagonal + edits
        return row.indices.contains(index) ? row[index] : -1
      }
      let diagonal = x - y
      let down =
        diagonal == -edits
        || diagonal != edits && value(diagonal - 1) < value(diagonal + 1)
      let priorDiagonal = down ? diagonal + 1 : diagonal - 1
      let priorX = edits == 0 ? 0 : max(0, value(priorDiagonal))
      let priorY = edits == 0 ? 0 : priorX - priorDiagonal
      while x > priorX, y > priorY, x > 0, y > 0 {
        x -= 1
        y -= 1
        result[startA + x] = Int32(startB + y)
      }
      if edits == 0 { break }
      x = priorX
      y = priorY
      edits -= 1
    }
  }
}
