import Base
import Synchronization
import Testing

/// Goal: what is stepped over is held to the same grammar as what is read, and stepping over it can
/// be stopped. Method: the parsing suite through both, keys in numbers that need a table.
@Suite("Stepping over JSON")
struct JSONScannerTests {
  /// The error of stepping over a whole document, or nil.
  private func fault(_ text: [UInt8], run: Run = Run()) -> JSONError? {
    let bytes = text.span.bytes
    var scanner = JSONScanner(run: run)
    do {
      scanner.skipSpace(bytes)
      try scanner.skipValue(bytes, depth: 0)
      try scanner.end(bytes)
      return nil
    } catch { return error }
  }

  private func fault(reading text: [UInt8]) -> JSONError? {
    do {
      _ = try JSON.parse(text)
      return nil
    } catch { return error }
  }

  @Test("accepts and refuses what reading does, for the same reason", arguments: JSONTests.cases)
  func suite(_ item: JSONTests.Case) {
    guard !item.bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
    #expect(fault(item.bytes) == fault(reading: item.bytes))
  }

  @Test("finds a key that stands twice, however many there are", arguments: [1, 8, 9, 5000])
  func keys(count: Int) throws {
    let members = (0..<count).map { "\"k\($0)\":\($0)" }
    let last = count - 1
    // The same key, spelled with an escape.
    let again = "\"\\u006b\(last)\":0"
    #expect(fault(Array("{\(members.joined(separator: ","))}".utf8)) == nil)
    let text = "{\(members.joined(separator: ",")),\(again)}"
    let problem = try #require(fault(Array(text.utf8)))
    #expect(problem.reason == "the key \"k\(last)\" stands twice in one object")
    #expect(problem == fault(reading: Array(text.utf8)))
  }

  @Test("does not take a key of another object for the same one")
  func nested() {
    #expect(fault(Array(#"{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":{}}}"#.utf8)) == nil)
  }

  @Test("takes only digits that fit for an unsigned number")
  func unsigned() throws {
    let cases: [(String, Int?)] = [
      ("0", 0), ("7", 7), ("9223372036854775807", .max), ("9223372036854775808", nil),
      ("1.0", nil), ("1e2", nil), ("-1", nil), ("true", nil), ("[1]", nil), ("\"1\"", nil),
    ]
    for (text, wanted) in cases {
      let bytes = Array(text.utf8)
      var scanner = JSONScanner()
      #expect(try scanner.unsigned(bytes.span.bytes, depth: 0) == wanted, "\(text)")
      try scanner.end(bytes.span.bytes)
    }
  }

  @Test("ends soon after nobody wants it any more")
  func cancelled() throws {
    let asked = Atomic<Int>(0)
    let run = Run(isCancelled: { asked.add(1, ordering: .relaxed).oldValue >= 2 })
    let text = Array("[\((0..<200_000).map(String.init).joined(separator: ","))]".utf8)
    let problem = try #require(fault(text, run: run))
    #expect(problem.reason == "stopped on request")
    #expect(asked.load(ordering: .relaxed) == 3 && problem.offset < text.count / 2)
  }
}
