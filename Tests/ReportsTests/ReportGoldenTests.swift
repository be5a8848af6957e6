// The page of a report that lists trials, against a file that was read by people. ASSAY_GOLDEN=1
// writes it anew; the change is then for a reviewer to read.

import Base
import Foundation
import Testing

@testable import Reports

@Suite("The page of a report")
struct ReportGoldenTests {
  private func report() throws -> JSON {
    try JSON.parse(Array(Data(contentsOf: goldenFolder.appending(path: "report.json"))))
  }

  @Test("is its golden file, byte for byte")
  func golden() throws {
    let file = goldenFolder.appending(path: "report.html")
    let bytes = HTMLReport.page(try report())
    if ProcessInfo.processInfo.environment["ASSAY_GOLDEN"] == "1" {
      try Data(bytes).write(to: file)
    }
    #expect(try bytes == Array(Data(contentsOf: file)))
  }

  @Test("tells every test of a trial with verdict, sentence, p, its logarithm and the comparisons")
  func tests() throws {
    let page = String(decoding: HTMLReport.page(try report()), as: UTF8.self)
    for words in [
      "trained-on-served", "with probability at most 3.1e-12", "p 3.1e-12, log10 p -11.5",
      "decided by sign flips; adjusted for 2 comparisons: 6.2e-12",
      "decided by e-process; adjusted for 1 comparison: 0.61", "a &lt;b&gt; &amp; &quot;c&quot;",
    ] {
      #expect(page.contains(words), "\(words)")
    }
    var other = try #require(try report().object)
    other["trials"] = []
    #expect(
      String(decoding: HTMLReport.page(.object(other)), as: UTF8.self)
        .contains("No trial was recorded in this time."))
  }
}
