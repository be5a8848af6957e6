// Regular expressions of tokenizers, compiled to a table.
//
// The patterns of released tokenizers are written for Oniguruma (Ruby syntax) and mean what a
// backtracking matcher finds: leftmost, first alternative, greedy. Here the same matches come from
// a deterministic automaton whose states are *ordered* lists of the places a backtracker would try
// (the idea of RE2 and rust/regex; R. Cox, https://swtch.com/~rsc/regexp/regexp2.html).
//
// Supported: literals and escapes, classes with ranges and `\p{category}`, `\s \d \w`, alternation,
// groups, `(?i:…)` for ASCII, `? * + {m,n}` greedy and lazy, possessive after a single class, `$`,
// and lookahead for one character, `(?!X)` and `(?=X)`. Everything else is an error that names it.
// Promises: time linear in the text for every accepted pattern and every text; a table of at most
// `PatternTable.stateCountMax` states, else an error when it is read, never when it is used.

/// A compiled pattern. Immutable, so any number of threads may match with it.
struct Pattern: Sendable {
  let source: String
  private let table: PatternTable

  init(_ source: String) throws(PatternError) {
    try self.init(PatternParser.parse(source), source: source)
  }

  /// A pattern that was put together, not read; `source` is its name.
  init(_ node: PatternNode, source: String) throws(PatternError) {
    let program = try PatternProgram(node)
    table = try PatternTable(program)
    self.source = source
  }

  /// All matches in `text`, leftmost first, not overlapping. None is empty.
  func matches(in text: ArraySlice<UInt32>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    table.forEachMatch(in: text) { result.append($0) }
    return result
  }
}

/// Why a pattern cannot be used.
struct PatternError: Error, Equatable {
  let reason: String
}

// MARK: Syntax tree

/// What a pattern says, in terms of sets of characters only.
indirect enum PatternNode {
  /// One character of the set.
  case set(ScalarRanges)
  /// No character; the next one must be of the set, or there must be none if `orEnd`.
  case ahead(ScalarRanges, orEnd: Bool)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  /// `maximum` nil: any number.
  case repeated(PatternNode, minimum: Int, maximum: Int?, isGreedy: Bool)
}
