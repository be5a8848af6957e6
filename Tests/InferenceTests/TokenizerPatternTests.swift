import Foundation
import Testing

@testable import Inference

private func matches(_ pattern: String, _ text: String) throws -> [String] {
  let scalars = text.unicodeScalars.map(\.value)
  return try Pattern(pattern).matches(in: scalars[...]).map {
    String(String.UnicodeScalarView(scalars[$0].compactMap(Unicode.Scalar.init)))
  }
}

@Suite("Tokenizer patterns")
struct TokenizerPatternTests {
  @Test(
    "match what a backtracking matcher finds: leftmost, first alternative, greedy",
    arguments: [
      ("a|ab", "abab", ["a", "a"]),
      ("ab|a", "abaab", ["ab", "a", "ab"]),
      ("a+b|a", "aaab aa", ["aaab", "a", "a"]),
      ("a{2,3}", "aaaaaaa", ["aaa", "aa" + "a"]),
      ("a{2,3}?", "aaaaa", ["aa", "aa"]),
      ("a+?", "aa", ["a", "a"]),
      (#"\s+(?!\S)|\s+"#, "a   b ", ["  ", " ", " "]),
      (#"\s+$"#, "a  \n b  ", ["  ", "  "]),
      (#"x(?=y)"#, "xx xy", ["x"]),
      (#"[^\s\p{L}]+"#, "ab,1 2é", [",1", "2"]),
      (#"(?i:'s|'t|'ll)"#, "'S 's '\u{17F} 'LL 'Ll 'x", ["'S", "'s", "'\u{17F}", "'LL", "'Ll"]),
      (#"\p{N}{1,3}"#, "1234567", ["123", "456", "7"]),
      (#"[a-c\]\-]+"#, "ab]-d", ["ab]-"]),
      (#"(?:ab)+"#, "ababa", ["abab"]),
      (#" {2,}"#, "a  b   c d", ["  ", "   "]),
      (#"\P{L}"#, "a1", ["1"]), (#"\p{^L}"#, "a1", ["1"]),
      (#"\u0041\x42"#, "AB", ["AB"]),
    ])
  func preferredMatches(pattern: String, text: String, wanted: [String]) throws {
    #expect(try matches(pattern, text) == wanted)
  }

  @Test("take possessive repetitions of a class at their word")
  func possessive() throws {
    #expect(try matches("a++a", "aaa") == [])
    #expect(try matches("[ab]?+b", "bab b") == ["ab"])
    #expect(try matches("a{1,2}+a", "aaa a aa") == ["aaa"])
    #expect(try matches("a*+b", "aab b") == ["aab", "b"])
  }

  @Test(
    "name what they do not support",
    arguments: [
      "(?<=a)b", "(a)\\1", "\\bx", "(?<n>a)", "a**", "(?!ab)", "(?:ab)++", "[[:alpha:]]",
      "\\p{Han}", "[a&&b]", "a*", "x|", "(", "a)", "[a", "a{3,2}", "a{1001}", "\\", "^a", "(?i:é)",
    ])
  func unsupported(pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern) }
  }

  @Test("that files name by a word all compile", arguments: NamedPattern.allCases)
  func named(pattern: NamedPattern) throws {
    _ = try pattern.compiled()
  }

  @Test("refuse a pattern that would need too large a table")
  func tooLarge() {
    #expect(throws: PatternError.self) { try Pattern("(?:a|b)*a(?:a|b){14}c") }
    #expect(throws: PatternError.self) { try Pattern("(?:(?:a{1000}){1000}){1000}") }
    #expect(throws: PatternError.self) {
      try Pattern(String(repeating: "(", count: 100) + String(repeating: ")", count: 100))
    }
  }

  @Test("take linear time on texts that make backtracking matchers hang")
  func linearTime() throws {
    // Each attempt runs to the end of the text and fails there: quadratic without the memory of
    // barren states, and exponential in a backtracking matcher.
    let text = Array(repeating: UInt32(0x61), count: 1_000_000)
    let clock = ContinuousClock()
    let nested = try Pattern("(?:a|aa)+b")
    let plain = try Pattern("a+b|c")
    let elapsed = clock.measure {
      #expect(nested.matches(in: text[...]).isEmpty)
      #expect(plain.matches(in: text[...]).isEmpty)
    }
    // A second at most where the quadratic way takes hours; no fine limit on a busy machine.
    #expect(elapsed < .seconds(60))
  }
}
