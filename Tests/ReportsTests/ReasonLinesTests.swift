// Reasons in the room that a page has for them.

import Base
import Testing

@testable import Reports

@Suite("The lines of Why")
struct ReasonLinesTests {
  typealias Reason = CheckReasons.Reason

  private func printed(_ reasons: [Reason], columns: Int) -> (texts: [String], lines: [String]) {
    let room = ReasonLines(columns: columns, remainder: "the whole is below")
    let texts = room.fitted(reasons)
    let lines = texts.flatMap {
      WrappedText.lines(ReasonLines.indent + $0, columns: columns)
    }
    return (texts, lines)
  }

  @Test("at least one and at most five lines, whatever was found", arguments: [40, 60, 80, 100])
  func room(columns: Int) {
    var random = CounterRandom(seed: UInt64(columns))
    for _ in 0..<500 {
      let reasons = (0..<(1 + random.below(9))).map { index in
        let words = (0..<(1 + random.below(70))).map { _ in
          String(repeating: "w", count: 1 + random.below(12))
        }
        return Reason(
          "\(index) " + words.joined(separator: " ") + ".",
          place: random.below(3) == 0 ? nil : "file\(random.below(5)).bin")
      }
      let (texts, lines) = printed(reasons, columns: columns)
      #expect((1...5).contains(lines.count), "\(lines)")
      // What is told and what is counted are all that was found.
      let counted = texts.compactMap { text -> Int? in
        text.hasPrefix("And ") ? Int(text.split(separator: " ")[1]) : nil
      }
      let told = texts.count - counted.count
      #expect(told >= 1 && told + (counted.first ?? 0) == reasons.count, "\(texts)")
      for (text, reason) in zip(texts, reasons.prefix(told)) where text != reason.text {
        #expect(told == 1 && text.hasSuffix(" … (the whole is below)"))
        #expect(reason.text.hasPrefix(text.prefix(4)))
      }
    }
  }

  @Test("files of what is only counted are named, those of what is told are not named again")
  func files() {
    let reasons = ["a", "b", "b", "c", "a", "d", "e", "f"].enumerated().map { index, file in
      Reason("Finding \(index).", place: "\(file).bin")
    }
    let (texts, _) = printed(reasons, columns: 80)
    #expect(texts.prefix(3) == ["Finding 0.", "Finding 1.", "Finding 2."])
    #expect(texts.last == "And 5 more, below: c.bin, d.bin, e.bin and 1 other place.")
    let fewer = printed(Array(reasons.prefix(5)), columns: 80).texts
    #expect(fewer.last == "And 2 more, below: c.bin.")
  }

  @Test("the same sentence is told once")
  func once() {
    let (texts, _) = printed([Reason("A."), Reason("A.", place: "x"), Reason("B.")], columns: 80)
    #expect(texts == ["A.", "B."])
  }
}
