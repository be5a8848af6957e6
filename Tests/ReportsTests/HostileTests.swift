// Names, paths and messages come from model cards and file names. None of them may become markup,
// a link, a line, a cell or a reference of its own.

import Base
import Crypto
import Evidence
import Testing

@testable import Audit
@testable import Comparison
@testable import Reports

@Suite("Hostile words in documents")
struct HostileTests {
  static let words = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' & \" < >", "a\n# b\n- c",
    "`code` | cell | [l](https://e.example) ![i](x) *b* _c_ ~d~ $e$", "www.e.example",
    "\u{202E}gnp.exe\u{0}\u{1B}[31m\u{FFFF}", "../../etc/passwd", "sha256:" + "Z", "é\u{301} 模型",
    "model", "",
  ]

  /// The golden answer with `word` in every place that a stranger can fill. What has a vocabulary
  /// takes no other word: see `CheckAnswerTests`.
  private func hostile(_ word: String) throws -> CheckSummary {
    let text: JSON = .string(word)
    let digest: JSON = .string("sha256:" + String(repeating: "1f", count: 32))
    return try report([
      "name": text, "policy": text,
      "identity": [
        "files": [["path": text, "sha256": digest, "size": 1]], "format": text,
        "files_root": digest,
      ],
      "licence": [
        "model": text, "declared": ["expression": text, "ids": [text], "typed": [text]],
        "detected": [
          [
            "file": text, "ids": [text], "verdict": "match",
            "licences": [
              ["id": text, "kind": "text", "confidence": 1, "start_line": 1, "end_line": 2]
            ],
          ]
        ],
      ],
      "lineage": [
        [
          "ancestor": text, "child": "model", "relation": "finetuned", "grade": "declared",
          "licence": text, "by": text, "developer": text, "origin": text,
        ]
      ],
      "findings": [
        [
          "id": text, "severity": "error", "message": text, "place": text, "title": text,
          "citation": text, "path": [["ancestor": text, "child": text, "grade": "declared"]],
        ]
      ],
      "decision": [
        "horizon": "in_force", "obligations": [["id": text, "text": text, "state": text]],
        "missing": ["attributes": [text]], "policies": [["name": text, "sha256": digest]],
      ],
    ])
  }

  @Test("A page has the same tags whatever the words are", arguments: words)
  func page(_ word: String) throws {
    let tags = { (report: CheckSummary) in
      CheckPage.page(report).filter { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "\"") }
    }
    #expect(try tags(hostile(word)) == tags(hostile("plain")))
  }

  @Test("Markdown has the same lines, cells and no tag, whatever the words are", arguments: words)
  func markdown(_ word: String) throws {
    let text = { (report: CheckSummary) in
      String(decoding: CheckMarkdown.text(report), as: UTF8.self)
    }
    let lines = try text(hostile(word)).split(separator: "\n", omittingEmptySubsequences: false)
    let plain = try text(hostile("plain")).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == plain.count)
    // What is left when every escaped character is taken out.
    let bare = { (line: Substring) in line.replacing(/\\./, with: "") }
    for (line, expected) in zip(lines, plain) {
      #expect(bare(line).filter { $0 == "|" }.count == expected.filter { $0 == "|" }.count)
      let marks = ["<", "](", "://", "www.", "~d~", "$e$", "*b*"]
      #expect(marks.allSatisfy { !bare(line).contains($0) })
    }
  }

  @Test("JSON documents read back and keep words as they are", arguments: words)
  func json(_ word: String) throws {
    let report = try hostile(word)
    for document in Documents.json {
      _ = try JSON.parse(document.bytes(report))
    }
    let bill = CheckBOM.document(report, .v17)
    #expect(bill["metadata"]?["component"]?["name"]?.string.map { ByteName($0) } == ByteName(word))
    let nodes = (bill["dependencies"]?.array ?? []).compactMap { $0["ref"]?.string }
    #expect(nodes.count == 2 && Set(nodes.map { ByteName($0) }).count == 2)
  }

  @Test("A comparison's page and Markdown hold no foreign tag", arguments: words)
  func comparison(_ word: String) throws {
    let result = { (word: String) -> SuspectReport in
      let model = ComparedModel(id: word, path: word, fingerprint: SHA256.hash([1]))
      return SuspectReport(
        suspect: model,
        comparisons: [
          PairAnswer(
            reference: model, weightLineage: WeightLineage(verdict: .related, sentence: word),
            outputDescent: OutputDescentAnswer(
              verdict: .inconclusive, sentence: word,
              gates: [Gate(word, passed: false, detail: word)]))
        ])
    }
    let tags = { (bytes: [UInt8]) in bytes.filter { $0 == UInt8(ascii: "<") }.count }
    let page = { (word: String) in tags(ComparisonDocuments.page([result(word)], time: word)) }
    #expect(page(word) == page("plain"))
    let several = ComparisonDocuments.page([result("first"), result("second")], time: nil)
    let text = String(decoding: several, as: UTF8.self)
    #expect(["first", "second", "2 models"].allSatisfy(text.contains))
    #expect(text.components(separatedBy: "<main>").count == 2)
    #expect(tags(ComparisonDocuments.markdown([result(word), result(word)], time: word)) == 0)
  }

  @Test("An answer in a report that cannot be read is told of", arguments: words)
  func unreadable(_ word: String) throws {
    let text: JSON = .string(word)
    for comparisons: JSON in [[text], text, [["reference": text]]] {
      let model: JSON = ["id": text, "fingerprint": .string(SHA256.hash([1]).tagged)]
      let entry = AuditReport.Comparison(
        ReportEntry(
          index: 1, subject: nil, subjectName: nil,
          members: ["suspect": model, "comparisons": comparisons]), answer: nil)
      let page = ComparisonTable.table(recorded: entry).text
      #expect(page.contains("This answer cannot be read: /comparisons"))
      #expect(page.filter { $0 == "<" }.count == 2)
      let lines = ComparisonDocuments.table(recorded: entry)
      #expect(lines.count == 1 && lines[0].contains("cannot be read"))
    }
  }
}
