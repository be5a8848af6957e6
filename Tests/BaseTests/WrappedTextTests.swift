// Lines for people are broken at blanks alone: nothing of what they say is lost or moved.

import Base
import Testing

@Suite("Text broken to a width")
struct WrappedTextTests {
  /// Words of 1 to 30 letters, with runs of 1 to 3 blanks, behind 0 to 9 blanks.
  private func text(_ random: inout CounterRandom) -> String {
    let letters = Array("abc/.:é日\u{301}")
    var text = String(repeating: " ", count: random.below(10))
    for index in 0..<random.below(40) {
      if index > 0 { text += String(repeating: " ", count: 1 + random.below(3)) }
      for _ in 0..<(1 + random.below(random.below(8) == 0 ? 90 : 9)) {
        text.append(letters[random.below(letters.count)])
      }
    }
    return text
  }

  @Test("no line is over the width unless it is one word, and nothing changes but blanks")
  func width() {
    var random = CounterRandom(seed: 11)
    for _ in 0..<2000 {
      let text = text(&random)
      let columns = 40 + random.below(61)
      let hanging = random.below(8)
      let lines = WrappedText.lines(text, columns: columns, hanging: hanging)
      for line in lines where WrappedText.width(of: line) > columns {
        #expect(line.split(separator: " ").count == 1, "\(line)")
      }
      #expect(
        lines.flatMap { $0.split(separator: " ") } == text.split(separator: " "), "\(text)")
      let begin = text.prefix { $0 == " " }.count
      #expect(lines.count == 1 || lines[0].prefix { $0 == " " }.count == begin)
      for line in lines.dropFirst() {
        #expect(line.prefix { $0 == " " }.count == min(begin + hanging, columns / 2))
      }
    }
  }

  @Test("a line is as full as it can be, and one that fits stays as it is")
  func full() {
    var random = CounterRandom(seed: 12)
    for _ in 0..<500 {
      let text = text(&random)
      let lines = WrappedText.lines(text, columns: 60)
      for (line, next) in zip(lines, lines.dropFirst()) {
        let word = next.split(separator: " ")[0]
        // At most three blanks stood between the two.
        #expect(WrappedText.width(of: line) + 3 + WrappedText.width(of: word) > 60)
      }
      #expect(WrappedText.lines(text, columns: WrappedText.width(of: text) + 1) == [text])
    }
    #expect(WrappedText.lines("a  b", columns: 4) == ["a  b"])
    #expect(WrappedText.lines("", columns: 40) == [""])
  }

  @Test("a digest, a path or an address that is longer than a line stays whole")
  func longWords() {
    let digest = String(repeating: "0123456789abcdef", count: 4)
    let lines = WrappedText.lines("  model \(digest) is here", columns: 40)
    #expect(lines == ["  model", "    \(digest)", "    is here"])
  }

  @Test("wide letters take two columns, marks that combine take none")
  func columns() {
    #expect(WrappedText.width(of: "ab") == 2)
    #expect(WrappedText.width(of: "日本") == 4)
    #expect(WrappedText.width(of: "e\u{301}") == 1)
    #expect(WrappedText.lines("日本日本 日本日本", columns: 16).count == 2)
    #expect(WrappedText.lines("日本日本 日本日本", columns: 17).count == 1)
  }

  @Test("a foreign text that would act stays one line, so that no part of it begins one")
  func hidden() {
    let name = "org/model\nALLOW and a tail that is longer than every terminal would like to show"
    #expect(WrappedText.lines("  " + name, columns: 40) == ["  " + VisibleText.line(name)])
  }
}
