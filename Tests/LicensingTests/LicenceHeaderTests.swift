import Base
import Formats
import Licensing
import TestSupport
import Testing

/// Goal: the header of a GGUF file speaks as a card does, what lies beside it is heard, and what is
/// named but not at hand is owed by whoever passes the model on.
@Suite("The licence check of a GGUF file")
struct LicenceHeaderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ keys: [(String, String)]) throws -> String {
    try folder.write(
      name,
      TinyModels.gguf(
        [TinyTensor("w", [1], f32: [1])],
        metadata: keys.map { ("general." + $0.0, TinyModels.ggufText($0.1)) }))
  }

  private func write(_ name: String, text: String) throws {
    try folder.write(name, Array(text.utf8))
  }

  /// Stands for recognition, which has tests of its own: a file names its licence.
  private func check(_ path: String) throws -> LicenceReport {
    try licenceCheck(model: ModelAddress(path: path)) { bytes in
      let word = String(decoding: bytes, as: UTF8.self)
      guard word.hasPrefix("TEXT ") else { return TextVerdict(verdict: .none) }
      let found = TextVerdict.Found(
        id: String(word.dropFirst(5)), kind: .text, confidence: 1, startLine: 1, endLine: 1)
      return TextVerdict(verdict: .match, licences: [found])
    }
  }

  private func ids(_ report: LicenceReport, from severity: Severity = .warning) -> [String] {
    report.findings.filter { $0.severity >= severity }.map { String($0.id.dropFirst(8)) }.sorted()
  }

  @Test("declares what the header says, and owes the text")
  func headerAlone() throws {
    let path = try write("a.gguf", [("license", "apache-2.0")])
    for place in [path, folder.path] {
      let report = try check(place)
      #expect(report.declared.ids == ["Apache-2.0"])
      #expect(ids(report) == ["text_absent"])
      #expect(report.findings.allSatisfy { $0.isOwedWhenPassedOn } && report.isCleanForUse)
      #expect(report.exitCode == .undecided)
      #expect(
        report.sources
          == [LicenceReport.Source(file: "a.gguf", kind: .ggufHeader, says: "apache-2.0")])
    }
  }

  @Test("hears the text beside it, alone or with the header")
  func textBeside() throws {
    try write("LICENSE.txt", text: "TEXT MIT")
    for keys in [[], [("license", "mit")]] {
      let report = try check(try write("a.gguf", keys))
      #expect(ids(report).isEmpty)
      #expect(report.sources.contains { $0.file == "LICENSE.txt" && $0.kind == .licenceText })
    }
  }

  @Test("says that nothing names a licence only if nothing does")
  func missing() throws {
    let path = try write("a.gguf", [("name", "A")])
    #expect(ids(try check(path)) == ["missing"])
    try write("README.upstream.md", text: "---\nlicense: mit\n---\n")
    let report = try check(path)
    #expect(report.declared.ids == ["MIT"] && ids(report) == ["text_absent"])
  }

  @Test("finds the header in contradiction to card and to text")
  func mismatch() throws {
    let path = try write("a.gguf", [("license", "mit")])
    try write("README.md", text: "---\nlicense: apache-2.0\n---\n")
    #expect(ids(try check(path), from: .error) == ["gguf_mismatch"])
    #expect(ids(try check(folder.path), from: .error) == ["gguf_mismatch"])
    try FileSystem.remove(folder.path + "/README.md")
    try write("LICENSE", text: "TEXT ISC")
    #expect(ids(try check(path), from: .error) == ["gguf_mismatch"])
  }

  @Test("finds two cards beside a bare file in contradiction")
  func twoCards() throws {
    let path = try write("a.gguf", [])
    try write("README.md", text: "# no front matter\n")
    try write("README.first.md", text: "---\nlicense: mit\n---\n")
    #expect(try check(path).declared.ids == ["MIT"])
    try write("README.second.md", text: "---\nlicense: apache-2.0\n---\n")
    #expect(ids(try check(path), from: .error) == ["declared_detected_mismatch"])
  }

  @Test("takes bases from addresses of the Hub, and duties of theirs as owed when passed on")
  func bases() throws {
    let path = try write(
      "Llama-x.gguf",
      [
        ("license", "llama3.1"), ("base_model.0.repo_url", "https://huggingface.co/org/base"),
        ("base_model.0.name", "Base"), ("base_model.0.organization", "Org"),
      ])
    let models: JSON = ["models": ["org/base": ["licence": "LicenseRef-llama-3.1"]]]
    let report = try licenceCheck(model: ModelAddress(path: path), models: models)
    #expect(report.ancestors.map(\.model) == ["org/base"])
    let owed = report.findings.filter(\.isOwedWhenPassedOn).map(\.id)
    #expect(
      Set(owed).isSuperset(of: [
        "licence.copy_missing", "licence.display_line_missing", "licence.notice_missing",
      ]))
    #expect(report.findings.allSatisfy { $0.severity < .error })
    try write("README.md", text: "---\nlicense: llama3.1\nbase_model: org/base\n---\n")
    let folderReport = try licenceCheck(model: ModelAddress(path: folder.path), models: models)
    #expect(ids(folderReport, from: .error).contains("copy_missing"))
    #expect(
      folderReport.findings.filter(\.isOwedWhenPassedOn).map(\.id).contains(
        "licence.copy_missing"))
  }

  @Test(
    "reads addresses of the Hub and of nothing else",
    arguments: [
      ("https://huggingface.co/a/b", "a/b"), ("https://huggingface.co/a/b/tree/main", "a/b"),
      ("https://huggingface.co/a/b?x=1", "a/b"), ("https://evil.example/a/b", "Org/Base"),
      ("https://huggingface.co.evil.example/a/b", "Org/Base"), ("", "Org/Base"),
    ])
  func addresses(address: String, id: String) throws {
    let bytes = TinyModels.gguf(
      [],
      metadata: [
        ("general.base_model.0.repo_url", TinyModels.ggufText(address)),
        ("general.base_model.0.name", TinyModels.ggufText("Base")),
        ("general.base_model.0.organization", TinyModels.ggufText("Org")),
      ])
    let file = try folder.write("x.gguf", bytes)
    #expect(try ModelCard.gguf(try MappedFile(path: file)).baseModels == [id])
  }

  @Test("reads back the sources that it writes")
  func roundTrip() throws {
    try write("LICENSE", text: "TEXT MIT")
    try write("NOTICE", text: "x")
    let report = try check(try write("a.gguf", [("license", "mit")]))
    #expect(report.sources.count == 3)
    #expect(
      try LicenceReport(
        ObjectReader(report.json, code: "bad", what: "report", remedy: nil)) == report)
  }
}
