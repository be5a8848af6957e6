// The deterministic table of a pattern, built whole when the pattern is read.
//
// A state is the ordered list of instructions at which a backtracker would go on, best first. For a
// state and the class of the next character (or the end) the table says whether a match ends right
// here, and the next state; what is ordered behind a match is dropped, since a backtracker would
// stop there. Lookahead for one character needs no more than that class.
//
// Linear time: one look-up per character of an attempt. An attempt may run far beyond the match it
// ends with, and again from the next start; so states passed beyond the last match are remembered
// at every 32nd position, and an attempt that meets one again stops: nothing better comes from
// there.

struct PatternTable: Sendable {
  /// The most states a pattern may need; real ones need fewer than 100.
  static let stateCountMax = 4_096

  private let classes: ScalarClasses
  /// One more than the classes: the last column is the end of the text.
  private let columnCount: Int
  /// Per state and column: next state << 1 | 1 if a match ends before this character. State 0 is
  /// dead: nothing more can match.
  private let entries: [UInt16]
  private let initial: Int

  init(_ program: PatternProgram) throws(PatternError) {
    guard let classes = ScalarClasses(of: program.sets) else {
      throw PatternError(reason: "the pattern distinguishes too many sets of characters")
    }
    var builder = PatternTableBuilder(program, memberships: classes.memberships)
    entries = try builder.build()
    self.classes = classes
    columnCount = classes.count + 1
    initial = 1
    for column in 0..<columnCount where entries[columnCount + column] & 1 == 1 {
      throw PatternError(reason: "the pattern matches the empty text")
    }
  }

  func forEachMatch(in text: ArraySlice<UInt32>, _ body: (Range<Int>) -> Void) {
    var barren: Set<UInt64> = []
    var pending: [UInt64] = []
    var start = text.startIndex
    while start < text.endIndex {
      // Most characters that begin no match are told by their first look-up.
      if entries[initial * columnCount + classes[text[start]]] == 0 {
        start += 1
        continue
      }
      let end = longestPreferred(in: text, from: start, &barren, &pending)
      if let end {
        body(start..<end)
        start = end
      } else {
        start += 1
      }
    }
  }

  /// The end of the match that a backtracker would find at `start`.
  private func longestPreferred(
    in text: ArraySlice<UInt32>, from start: Int, _ barren: inout Set<UInt64>,
    _ pending: inout [UInt64]
  ) -> Int? {
    var state = initial
    var position = start
    var lastMatch: Int?
    pending.removeAll(keepingCapacity: true)
    while state != 0 {
      let column = position < text.endIndex ? classes[text[position]] : columnCount - 1
      let entry = entries[state * columnCount + column]
      if entry & 1 == 1 {
        lastMatch = position
        pending.removeAll(keepingCapacity: true)
      }
      state = Int(entry >> 1)
      position += 1
      if position & 31 == 0, state != 0 {
        let key = UInt64(position) << 16 | UInt64(state)
        if barren.contains(key) { break }
        pending.append(key)
      }
    }
    barren.formUnion(pending)
    return lastMatch
  }
}

/// Turns instructions into the table, state by state, from the initial one.
private struct PatternTableBuilder {
  private let program: PatternProgram
  private let memberships: [UInt64]
  private let columnCount: Int
  private var indexOfState: [[Int]: Int] = [[]: 0]
  private var states: [[Int]] = [[]]

  init(_ program: PatternProgram, memberships: [UInt64]) {
    self.program = program
    self.memberships = memberships
    columnCount = memberships.count + 1
  }

  mutating func build() throws(PatternError) -> [UInt16] {
    var entries = Array(repeating: UInt16(0), count: columnCount)
    _ = try index(of: [0])
    var state = 1
    while state < states.count {
      for column in 0..<columnCount {
        let (next, isMatch) = step(states[state], column)
        entries.append(UInt16(try index(of: next)) << 1 | (isMatch ? 1 : 0))
      }
      state += 1
    }
    return entries
  }

  private mutating func index(of state: [Int]) throws(PatternError) -> Int {
    if let known = indexOfState[state] { return known }
    guard states.count < PatternTable.stateCountMax else {
      throw PatternError(
        reason: "the pattern needs more than \(PatternTable.stateCountMax) states")
    }
    states.append(state)
    indexOfState[state] = states.count - 1
    return states.count - 1
  }

  /// Follows everything that consumes nothing, best first, until a match; then consumes.
  private func step(_ state: [Int], _ column: Int) -> (next: [Int], isMatch: Bool) {
    let isEnd = column == memberships.count
    let membership = isEnd ? 0 : memberships[column]
    var next: [Int] = []
    var isQueued = Set<Int>()
    var visited = Set<Int>()
    var stack = Array(state.reversed())
    while let place = stack.popLast() {
      guard visited.insert(place).inserted else { continue }
      switch program.instructions[place] {
      case .match: return (next, true)
      case .jump(let target): stack.append(target)
      case .split(let first, let second):
        stack.append(second)
        stack.append(first)
      case .ahead(let set, let orEnd):
        let holds = isEnd ? orEnd : membership >> UInt64(set) & 1 == 1
        if holds { stack.append(place + 1) }
      case .consume(let set):
        let holds = !isEnd && membership >> UInt64(set) & 1 == 1
        if holds, isQueued.insert(place + 1).inserted { next.append(place + 1) }
      }
    }
    return (next, false)
  }
}
