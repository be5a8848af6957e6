import Licensing
import Testing

/// Goal: expressions are read as the SPDX annex has it, and compared as Boolean functions.
/// Method: tables of one rule each, and truth tables as the slow twin of the comparison.
@Suite("A licence expression")
struct ExpressionTests {
  @Test(
    "is written in its canonical and its simplified form",
    arguments: [
      ("mit or apache-2.0", "MIT OR Apache-2.0", "Apache-2.0 OR MIT"),
      ("(MIT)OR(ISC)", "MIT OR ISC", "ISC OR MIT"),
      ("Zlib AND (MIT OR ISC)", "Zlib AND (MIT OR ISC)", "(ISC OR MIT) AND Zlib"),
      ("MIT OR (MIT AND Zlib)", "MIT OR MIT AND Zlib", "MIT"),
      ("GPL-2.0+", "GPL-2.0+", "GPL-2.0-or-later"),
      ("LGPL-2.1", "LGPL-2.1", "LGPL-2.1-only"),
      (
        "GPL-2.0-with-font-exception", "GPL-2.0-with-font-exception",
        "GPL-2.0-only WITH Font-exception-2.0"
      ),
    ])
  func forms(text: String, canonical: String, simplified: String) throws {
    let expression = try Expression(text)
    #expect(expression.canonical == canonical)
    #expect(expression.simplified.canonical == simplified)
  }

  @Test(
    "is refused with code and character when",
    arguments: [
      ("an operator has mixed case", "MIT Or ISC", ExpressionError.Code.unexpectedToken, 4),
      ("it ends after an operator", "MIT AND ", .unexpectedEnd, 8),
      ("a prefix has the wrong case", "LICENSEREF-x", .badReference, 0),
      ("a reference has a plus", "LicenseRef-x+", .badReference, 0),
      ("an underscore stands in a name", "LicenseRef-a_b", .badCharacter, 12),
      ("a parenthesis stays open", "(MIT OR (ISC)", .unbalancedParenthesis, 13),
      ("WITH follows a parenthesis", "(MIT) WITH LLVM-exception", .withAfterParenthesis, 6),
      ("a letter only looks Latin", "\u{041C}IT", .badCharacter, 0),
      ("it is blank", " \t", .empty, 0),
    ])
  func refusal(when: String, text: String, code: ExpressionError.Code, offset: Int) {
    do {
      _ = try Expression(text)
      Issue.record("accepted although \(when)")
    } catch {
      #expect(error.code == code, "\(when)")
      #expect(error.offset == offset, "\(when)")
    }
  }

  @Test("does not exhaust the stack, however many parentheses are open")
  func depth() {
    let text = String(repeating: "(", count: 5000) + "MIT"
    #expect(throws: ExpressionError.self) { try Expression(text) }
  }

  @Test("is equivalent to another exactly if their truth tables agree")
  func equivalence() throws {
    let texts = [
      "MIT", "ISC", "MIT OR ISC", "MIT AND ISC", "MIT AND (ISC OR Zlib)",
      "(MIT AND ISC) OR (MIT AND Zlib)", "(MIT OR ISC) AND (MIT OR Zlib)", "MIT OR (ISC AND Zlib)",
      "(MIT OR ISC) AND (ISC OR Zlib) AND (MIT OR Zlib)",
      "MIT AND ISC OR ISC AND Zlib OR MIT AND Zlib",
    ]
    for a in texts {
      for b in texts {
        let left = try Expression(a)
        let right = try Expression(b)
        let wanted = (0..<8).allSatisfy { truth(left, $0) == truth(right, $0) }
        #expect(left.isEquivalent(to: right) == wanted, "\(a) / \(b)")
      }
    }
  }

  private func truth(_ expression: Expression, _ row: Int) -> Bool {
    switch expression {
    case .term(let term):
      let bit = ["MIT", "ISC", "Zlib"].firstIndex(of: term.licence) ?? 0
      return row >> bit & 1 == 1
    case .all(let parts): return parts.allSatisfy { truth($0, row) }
    case .any(let parts): return parts.contains { truth($0, row) }
    }
  }

  @Test(
    "is satisfied by a list",
    arguments: [
      ("MIT OR GPL-3.0-only", ["MIT"], true),
      ("MIT AND GPL-3.0-only", ["MIT"], false),
      ("LGPL-2.1-or-later", ["LGPL-3.0-only"], true),
      ("LGPL-3.0-or-later", ["LGPL-2.1-only"], false),
      ("LGPL-2.1-or-later", ["GPL-3.0-only"], false),
      ("Apache-2.0 WITH LLVM-exception", ["Apache-2.0"], true),
      ("Apache-2.0 WITH AdditionRef-more", ["Apache-2.0"], false),
      ("Apache-2.0 WITH Nobody-knows-exception", ["Apache-2.0"], false),
      ("Apache-2.0", ["Apache-2.0 WITH LLVM-exception"], false),
      ("GPL-2.0", ["GPL-2.0-only"], true),
    ])
  func allowed(text: String, list: [String], wanted: Bool) throws {
    let terms = try list.flatMap { try Expression($0).terms }
    #expect(try Expression(text).isSatisfied(by: terms) == wanted)
  }
}
