// Pages as a newcomer sees them: in the width of the terminal, the verdict first, few reasons.

import Base
import Foundation
import Testing

@testable import CLI

@Suite("Pages for people")
struct PageWidthTests {
  private static let profile = "Tests/Models/profile.json"

  /// A model's folder, made of one of the repository's with another card and more files.
  private func withModel(
    card: String?, files: [String: [UInt8]] = [:], _ body: (String) throws -> Void
  ) throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-page")
    defer { try? FileSystem.remove(folder) }
    let model = FileSystem.join(folder, "box")
    try FileSystem.makeDirectories(model)
    for name in ["config.json", "model.safetensors"] {
      let path = FileSystem.join(Program.repository, "Tests/Models/tuned/\(name)")
      try DurableFile.replace(
        FileSystem.join(model, name), with: try FileSystem.read(path, limitBytes: 1 << 24))
    }
    if let card {
      let text = "---\n\(card)\n---\n"
      try DurableFile.replace(FileSystem.join(model, "README.md"), with: Array(text.utf8))
    }
    for (name, bytes) in files {
      try DurableFile.replace(FileSystem.join(model, name), with: bytes)
    }
    try body(model)
  }

  private func lines(_ words: [String], columns: String? = nil) throws -> [String] {
    let environment = columns.map { ["COLUMNS": $0] } ?? [:]
    let run = try Program.run(words, environment: environment)
    #expect([0, 1, 3].contains(run.code), "\(run.notes)")
    return run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines below `Why`, without those below `What to do`.
  private func why(_ page: [String]) -> [String] {
    Array(page.dropFirst(2).prefix { $0.hasPrefix("  ") })
  }

  private static let call: [UInt8] =
    [0x80, 2] + Array("cposix\nsystem\n".utf8) + [0x58, 4, 0, 0, 0] + Array("true".utf8)
    + [0x85, 0x52, 0x2E]

  @Test(
    "keep to the width, by COLUMNS from 40 to 100, else 80", arguments: [nil, "40", "20", "300"])
  func width(columns: String?) throws {
    let most = columns.flatMap { ["40": 40, "20": 40, "300": 100][$0] } ?? 80
    let cards: [String?] = [
      "license: mit", nil, "license: cc-by-nc-4.0", "license: llama3.1",
      "license: mit\nbase_model: meta-llama/Llama-3.1-8B",
    ]
    var wide = 0
    for card in cards {
      try withModel(card: card) { model in
        for words in [
          ["check", model, "--profile", Self.profile], ["check", model, "--details"],
          ["licence", "check", model],
        ] {
          let page = try lines(words, columns: columns)
          for line in page where line.count > most {
            #expect(line.split(separator: " ").count == 1, "\(line)")
          }
          wide = max(wide, page.map(\.count).max() ?? 0)
        }
      }
    }
    #expect(wide > most - 8)
  }

  @Test("say the same in every width, but for reasons that do not fit")
  func sameWords() throws {
    try withModel(card: "license: mit\nbase_model: meta-llama/Llama-3.1-8B") { model in
      func words(_ columns: String) throws -> [Substring] {
        let page = try lines(["check", model, "--profile", Self.profile], columns: columns)
        return page[(page.firstIndex(of: "Details") ?? 0)...].flatMap { $0.split(separator: " ") }
      }
      let wide = try words("100")
      #expect(try words("40") == wide && words("80") == wide && wide.count > 50)
    }
  }

  @Test("begin with the verdict, then at most five lines of why", arguments: ["40", "80"])
  func reasons(columns: String) throws {
    let cards: [(String?, String)] = [
      ("license: mit", "REVIEW"), (nil, "REVIEW"), ("license: cc-by-nc-4.0", "DENY"),
      ("license: llama3.1\nbase_model: meta-llama/Llama-3.1-8B", "REVIEW"),
    ]
    for (card, verdict) in cards {
      try withModel(card: card) { model in
        var words = ["check", model]
        if verdict == "DENY" { words += ["--profile", Self.profile] }
        let page = try lines(words, columns: columns)
        #expect(page[0].hasPrefix(verdict) && page[0].hasSuffix("  box") && page[1] == "Why")
        #expect((1...5).contains(why(page).count), "\(page.prefix(9))")
        #expect(page[2 + why(page).count] == "What to do")
      }
    }
  }

  @Test("have no whole digest, which JSON has")
  func digests() throws {
    let page = try lines(["check", "Tests/Models/tuned", "--profile", Self.profile, "--details"])
    let isDigit = { (letter: Character) in letter.isHexDigit }
    let long = page.flatMap { $0.split(whereSeparator: { !isDigit($0) }) }.filter { $0.count >= 40 }
    #expect(long.isEmpty)
    let run = try Program.run(["check", "Tests/Models/tuned", "--profile", Self.profile, "--json"])
    let model = try #require(run.json?["model"]?.string?.dropFirst(7))
    #expect(model.count == 64 && page.contains("  model \(model.prefix(12))"))
  }

  @Test("name in `Why` the files that the findings are about, and no others")
  func files() throws {
    let names = ["a.pkl", "b.pkl", "c.pkl", "d.pkl", "e.pkl", "f.pkl"]
    let files = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.call) })
    try withModel(card: "license: mit", files: files) { model in
      let words = ["check", model, "--profile", Self.profile]
      let page = try lines(words)
      #expect(page[0].hasPrefix("DENY"))
      let text = why(page).joined(separator: " ")
      let json = try #require(try Program.run(words + ["--json"]).json)
      let places = (json["findings"]?.array ?? []).filter { $0["severity"] == "error" }
        .compactMap { $0["place"]?.string }
      let told = places.filter { text.contains($0) }
      #expect(!told.isEmpty && told.count < places.count)
      let mentioned = names.filter { text.contains($0) }
      #expect(mentioned.allSatisfy { name in places.contains { $0.contains(name) } })
      #expect(!text.contains("model.safetensors"))
    }
  }

  @Test("do not call a duty a reason where the use does not ask for it")
  func duties() throws {
    // Under review for its name, whatever the use.
    try withModel(card: "license: llama3.1\nbase_model: meta-llama/Llama-3.1-8B") { model in
      let page = try lines(["check", model, "--profile", Self.profile])
      let text = why(page).joined(separator: " ")
      #expect(page[0].hasPrefix("REVIEW") && text.contains("wants a name"), "\(text)")
      #expect(!text.contains("a copy of its text") && !text.contains("more, below"), "\(text)")
      #expect(page.contains { $0.contains("licence.copy_missing") })
    }
    try withModel(card: "license: gemma\nbase_model: google/gemma-2-2b") { model in
      let words = ["check", model, "--profile", Self.profile]
      #expect(try lines(words)[0].hasPrefix("ALLOW"))
      let published = try lines(words + ["--form", "weights-published"])
      #expect(why(published).joined(separator: " ").contains("a copy of its"))
      #expect(published.joined(separator: " ").contains("Put into the folder what its licences"))
    }
  }

  @Test("take the width that a terminal says before COLUMNS, and 80 where neither does")
  func terminal() {
    #expect(TerminalWidth.columns(terminal: 90, variable: "70") == 90)
    #expect(TerminalWidth.columns(terminal: 0, variable: "70") == 70)
    #expect(TerminalWidth.columns(terminal: nil, variable: "70") == 70)
    #expect(TerminalWidth.columns(terminal: nil, variable: "wide") == 80)
    #expect(TerminalWidth.columns(terminal: nil, variable: "-5") == 80)
    #expect(TerminalWidth.columns(terminal: nil, variable: nil) == 80)
    #expect(TerminalWidth.columns(terminal: 12, variable: nil) == 40)
    #expect(TerminalWidth.columns(terminal: 300, variable: nil) == 100)
  }
}
