import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: of a text of any length nothing stays unread in silence. Method: texts beyond every limit
/// of what is held in memory, with what matters far from both ends.
@Suite("A text that is larger than what is held")
struct LargeTextTests {
  /// Lines of nothing around `middle`, which stands behind the limit and a MiB before the end.
  private static func text(_ start: String, _ middle: String) -> [UInt8] {
    func lines(_ count: Int) -> [UInt8] {
      var lines = [UInt8](repeating: UInt8(ascii: "x"), count: count)
      for place in stride(from: 0, to: count, by: 4096) { lines[place] = UInt8(ascii: "\n") }
      return lines
    }
    return Array(start.utf8) + lines(ContentLimits.textBytesMax) + Array("\n\(middle)\n".utf8)
      + lines(2 << 20)
  }

  private static func findings(_ name: String, _ bytes: [UInt8]) -> [Finding] {
    var look = ContentLook(fileByteCount: bytes.count)
    look.look(bytes.span.bytes, at: ContentPlace(file: name))
    return look.findings
  }

  @Test(
    "is looked at as a whole, or named",
    arguments: [
      ("a.html", "<html>", "<script>x()</script>", ["code.present"]),
      ("a.html", "<html>", "<p>text</p>", []),
      ("settings", "a: 1", "b: !!python/object/apply:os.system [x]", ["file.unread"]),
      ("words", "one", "two", []),
      ("words", "one", "\u{1}", ["file.unread"]),
      ("notes.md", "# Notes", "---", []),
    ])
  func large(name: String, start: String, middle: String, ids: [String]) {
    let findings = Self.findings(name, Self.text(start, middle))
    #expect(findings.map(\.id) == ids)
    #expect(findings.allSatisfy { $0.severity == .warning })
  }

  @Test("that begins with front matter without end is named")
  func frontMatter() {
    let findings = Self.findings("README.md", Self.text("---\na: 1\n", "b: 2"))
    #expect(findings.map(\.id) == ["file.unread"])
  }

  @Test("that imports like a pickle and goes on beyond what is followed is named")
  func pickle() {
    let start = Array("cos\nsystem\n(S'".utf8)
    let filler = [UInt8](repeating: UInt8(ascii: "x"), count: PickleMachine.bytesMax)
    let end = Array("'\ntR.".utf8)
    #expect(Self.findings("x.joblib", start + filler + end).map(\.id) == ["file.unread"])
    #expect(Self.findings("x.txt", Array("cos".utf8) + filler).isEmpty)
    // More values than are kept, which an unpickler takes from the stack again.
    let values = (0...PickleMachine.valuesMax).flatMap { _ in Array("N0".utf8) }
    let many = Array("cos\nsystem\n".utf8) + values + [UInt8(ascii: ".")]
    #expect(Self.findings("x.joblib", many).map(\.id) == ["file.unread"])
  }

  @Test("of code that is longer than what is searched is named")
  func source() {
    let line = Array("x = 1\n".utf8)
    let long = (0..<(PythonSource.bytesMax / line.count + 1)).flatMap { _ in line }
    #expect(Self.findings("a.py", long).map(\.id) == ["file.unread", "code.present"])
    #expect(Self.findings("a.py", line).map(\.id) == ["code.present"])
  }

  @Test("is told from other bytes only as long as somebody wants to know")
  func cancelled() {
    let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 20 << 20)
    #expect(PlainText(bytes.span.bytes) == .utf8)
    #expect(PlainText(bytes.span.bytes, run: Run(isCancelled: { true })) == nil)
  }

  @Test("or is in UTF-16 is looked at as what it says", arguments: [true, false])
  func wide(isLittle: Bool) {
    func wide(_ text: String) -> [UInt8] {
      Array("\u{FEFF}\(text)".utf16).flatMap { unit in
        let (low, high) = (UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8))
        return isLittle ? [low, high] : [high, low]
      }
    }
    let tag = Self.findings("a.yaml", wide("a: é\nb: !!python/object/apply:os.system [x]\n"))
    #expect(tag.map(\.id) == ["yaml.tag"] && tag.first?.place == "a.yaml, line 2")
    let page = Self.findings("a.html", wide("<html><script>x()</script></html>"))
    #expect(page.map(\.id) == ["code.present"])
    #expect(Self.findings("notes.txt", wide("only text, 文\n")).isEmpty)
  }
}
