// The forms of a report, against files that were read by people. ASSAY_GOLDEN=1 writes them anew;
// the change is then for a reviewer to read.

import Base
import Foundation
import Testing

@testable import Reports

@Suite("The forms of a report")
struct ReportGoldenTests {
  private func report() throws -> JSON {
    try JSON.parse(Array(Data(contentsOf: goldenFolder.appending(path: "report.json"))))
  }

  @Test("are their golden files, byte for byte", arguments: ["report.html", "report.md"])
  func golden(_ name: String) throws {
    let file = goldenFolder.appending(path: name)
    let document = try #require(ReportDocuments.of(report()).first { $0.name == name })
    if ProcessInfo.processInfo.environment["ASSAY_GOLDEN"] == "1" {
      try Data(document.bytes).write(to: file)
    }
    #expect(try document.bytes == Array(Data(contentsOf: file)))
  }

  @Test(
    "tell every test of a trial with verdict, sentence, p, its logarithm and the comparisons",
    arguments: ["report.html", "report.md"])
  func tests(_ name: String) throws {
    func text(_ report: JSON) throws -> String {
      let document = try #require(ReportDocuments.of(report).first { $0.name == name })
      return String(decoding: document.bytes, as: UTF8.self)
    }
    let whole = try text(report())
    for words in [
      "trained-on-served", "with probability at most 3.1e-12", "p 3.1e-12, log10 p -11.5",
      "decided by sign flips; adjusted for 2 comparisons: 6.2e-12",
      "decided by e-process; adjusted for 1 comparison: 0.61", "a &lt;b&gt; &amp;",
    ] {
      #expect(whole.contains(words), "\(words)")
    }
    #expect(!whole.contains("<x>"))
    var other = try #require(try report().object)
    other["trials"] = []
    #expect(try text(.object(other)).contains("No trial was recorded in this time."))
  }
}
