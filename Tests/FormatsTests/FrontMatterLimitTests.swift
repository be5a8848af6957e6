import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: reading a card takes time in proportion to its length, and a card of many lines says what
/// it always said. Method: cards that took the square of their length, at full size.
@Suite("The limits of front matter")
struct FrontMatterLimitTests {
  static func card(_ lines: String) -> [UInt8] { Array("---\n\(lines)\n---\n".utf8) }

  @Test(
    "hold for brackets, quotes and blank lines over its whole length",
    arguments: ["k: [", "k: \"", "k: '"])
  func unclosed(start: String) throws {
    let bytes = Self.card(start + String(repeating: "\na", count: 500_000))
    let problem = try #require(throws: Problem.self) { try FrontMatter.read(bytes) }
    #expect(problem.reason.contains("not closed"))
    #expect(problem.place == "line 2")
  }

  @Test("hold for a value with half a million blank lines in it")
  func blankLines() throws {
    let bytes = Self.card("k: a" + String(repeating: "\n", count: 500_000) + "  b")
    let (value, _) = try FrontMatter.read(bytes)
    #expect(value?["k"]?.text?.utf8.count == 500_001)
  }

  @Test("change nothing in what it says over several lines")
  func lines() throws {
    let (value, _) = try FrontMatter.read(
      Self.card(
        "a: [x,\n  \"y ]\\\" z\",\n 'it''s']\nb: \"p\n\n  q\\\"\n  r\"\nc: 'it''\n  s'\n"
          + "d: u\n\n\n  v\n\ne: w"))
    #expect(value?["a"]?.texts == ["x", "y ]\" z", "it's"])
    #expect(value?["b"]?.text == "p\nq\" r")
    #expect(value?["c"]?.text == "it' s")
    #expect(value?["d"]?.text == "u\n\nv")
    #expect(value?["e"]?.text == "w")
  }

  @Test("let a key in braces stand once")
  func keysInBraces() {
    #expect(throws: Problem.self) { try FrontMatter.read(Self.card("a: {b: 1, c: 2, b: 3}")) }
  }

  @Test("hold for blocks in blocks, on one line and on many")
  func depth() throws {
    let line = "k:\n" + String(repeating: "- ", count: 100_000) + "x"
    let steps = (0..<200).map { String(repeating: " ", count: $0) + "k:" }.joined(separator: "\n")
    let brackets =
      "k: " + String(repeating: "[", count: 100_000)
      + String(repeating: "]", count: 100_000)
    for text in [line, steps, brackets] {
      let problem = try #require(throws: Problem.self) { try FrontMatter.read(Self.card(text)) }
      #expect(problem.reason.contains("nested"))
      #expect(problem.place?.hasPrefix("line ") == true)
    }
  }
}
