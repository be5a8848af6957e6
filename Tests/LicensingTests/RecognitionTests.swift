import Licensing
import Testing

/// Goal: layout never hides a licence, and one operative word always shows.
/// Method: licences written for the test, learned, changed in one way each, and recognised.
@Suite("A licence text")
struct RecognitionTests {
  @Test("is recognised as it was learned, and its sibling as the sibling")
  func itself() throws {
    for (id, text) in [
      ("LicenseRef-orchard-1.2", Example.orchard),
      ("LicenseRef-orchard-1.3", Example.orchardYounger), ("LicenseRef-meadow", Example.meadow),
    ] {
      let verdict = try Example.verdict(text)
      #expect(verdict.verdict == .match, "\(id): \(verdict.differences)")
      #expect(verdict.textIDs == [id])
    }
  }

  enum Layout: String, CaseIterable {
    case upperCase, oneLine, comment, rem, windowsLineEnds, curlyQuotes, html, american, noTitle
    case holder, lettersForNumbers, slipOfThePen, invisibleCharacters, hyphen, linesAround

    func apply(_ text: String) -> String {
      switch self {
      case .upperCase: text.uppercased()
      case .oneLine: text.replacing("\n", " ")
      case .comment: "// " + text.replacing("\n", "\n// ")
      case .rem: "rem " + text.replacing("\n", "\nrem ")
      case .windowsLineEnds: text.replacing("\n", "\r\n")
      case .curlyQuotes: text.replacing("\"Grown with Orchard\"", "“Grown with Orchard”")
      case .html: "<html><body><p>" + text.replacing("\n\n", "</p>\n<p>") + "</p></body></html>"
      case .american: text.replacing("licence", "license")
      case .noTitle: text.replacing("ORCHARD COMMUNITY LICENCE AGREEMENT\n", "")
      case .holder: "Copyright (c) 2026 Somebody Ltd. All rights reserved.\n\n" + text
      case .lettersForNumbers: text.replacing("2. Cond", "b) Cond").replacing("3. Thre", "c) Thre")
      case .slipOfThePen: text.replacing("delivered", "delievered")
      case .invisibleCharacters: text.replacing("worldwide", "world\u{AD}wide\u{200B}")
      case .hyphen: text.replacing("royalty-free", "royalty free")
      case .linesAround: "# Licence\n\n" + text + "\n\nSee the NOTICE file.\n"
      }
    }
  }

  @Test("is recognised whatever its layout", arguments: Layout.allCases)
  func layout(layout: Layout) throws {
    let verdict = try Example.verdict(layout.apply(Example.orchard))
    #expect(verdict.verdict == .match, "\(verdict.differences)")
    #expect(verdict.textIDs == ["LicenseRef-orchard-1.2"])
  }

  @Test(
    "is a variant, with the place named, as soon as",
    arguments: [
      ("a number changes", "250 million", "25 million"),
      ("a not goes", "shall not use", "shall use"),
      ("a not comes", "may pass", "may not pass"),
      ("a modal changes", "you must ask", "you may ask"),
      ("the court changes", "courts of Bergen", "courts of Narvik"),
      ("the law changes", "laws of Norway", "laws of Sweden"),
      ("a grant turns", "irrevocable licence", "revocable licence"),
      ("a purpose goes", ", including for commercial purposes", ""),
      ("a quantifier changes", "any other large", "some other large"),
      ("a display line changes", "Grown with Orchard", "Made with Orchard"),
      ("a product changes", "adapt the Orchard Model", "adapt the Garden Model"),
      ("a date changes", "3 March 2025", "4 March 2025"),
    ])
  func clauses(when: String, old: String, new: String) throws {
    let verdict = try Example.verdict(Example.orchard.replacing(old, new))
    #expect(verdict.verdict == .variant, "\(when)")
    #expect(verdict.variantOf == ["LicenseRef-orchard-1.2"], "\(when)")
    #expect(!verdict.differences.isEmpty, "\(when)")
    #expect(verdict.licences.isEmpty, "\(when)")
  }

  @Test("is a variant when any one of its words goes")
  func everyWord() throws {
    let words = Example.meadow.split(separator: " ")
    // The first paragraph is the title, which may be absent.
    for index in words.indices where index > 3 {
      var fewer = words
      fewer.remove(at: index)
      let verdict = try Example.verdict(fewer.joined(separator: " "))
      #expect(verdict.verdict != .match, "without \(words[index])")
    }
  }

  @Test(
    "is a variant when a clause is put before, behind or inside:",
    arguments: [
      "The weights may not be used in medical devices.",
      "Commercial use requires a fee.", "Only members of the club are granted these rights.",
      "未经许可不得用于商业用途。",
    ])
  func additions(clause: String) throws {
    let inside = Example.orchard.replacing("4. Law.", clause + "\n\n4. Law.")
    for text in [clause + "\n\n" + Example.orchard, Example.orchard + "\n\n" + clause, inside] {
      let verdict = try Example.verdict(text)
      #expect(verdict.verdict == .variant, "\(clause)")
      #expect(verdict.variantOf == ["LicenseRef-orchard-1.2"])
    }
  }

  @Test("is found beside another one in the same file")
  func several() throws {
    let verdict = try Example.verdict(Example.orchard + "\n\n=====\n\n" + Example.meadow)
    #expect(verdict.verdict == .match)
    #expect(verdict.textIDs == ["LicenseRef-orchard-1.2", "LicenseRef-meadow"])
    let lines = verdict.licences.map { $0.startLine...$0.endLine }
    #expect(lines[0].upperBound < lines[1].lowerBound)
  }

  @Test(
    "is not seen in",
    arguments: [
      ("", TextVerdict.Verdict.none), ("../LICENSE", .none),
      ("https://example.org/models/readme", .none),
      ("Meadows are green and the weather is fine today, so we go out.", .none),
      ("You agree to the terms of a licence nobody has ever seen before today.", .unknown),
    ])
  func nothing(text: String, wanted: TextVerdict.Verdict) throws {
    #expect(try Example.verdict(text).verdict == wanted)
  }

  /// A first sentence that was wrapped before a capital was once taken for a title, and so could
  /// be left out; "©" for the list mark "(c)" once hid a whole line.
  @Test("keeps its first sentence, and its third item, whatever they look like")
  func notTitles() throws {
    let text = """
      Notice: This Birch software is lent to you by the keepers of
      Birch Hill for as long as the hill stands and the keepers agree.
      The borrower
      (a) returns it,
      (b) pays for what broke, and
      (c) tells nobody the way to the hill.
      """
    let templates = try Licensing.learn([Example.source("LicenseRef-birch", text)], into: nil)
    func verdict(_ text: String) throws -> TextVerdict.Verdict {
      try Licensing.identify(Array(text.utf8), templates: templates).verdict
    }
    #expect(try verdict(text) == .match)
    #expect(try verdict(text.replacing("(c)", "©")) == .match)
    #expect(try verdict(text.replacing("Notice: This Birch software is lent to you", "")) != .match)
    #expect(try verdict(text.replacing("(c) tells nobody the way to the hill.", "")) != .match)
  }

  @Test("is never recognised in random bytes, and they never stop the program")
  func noise() throws {
    var generator = SystemRandomNumberGenerator()
    let templates = try Example.templates()
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 0..<400, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      let verdict = try Licensing.identify(bytes, templates: templates).verdict
      #expect(verdict != .match, "\(bytes)")
    }
  }

  @Test("that is learned twice gives the same bytes in any order, and damage is an error")
  func templateFile() throws {
    let forward = try Example.templates()
    let backward = try Licensing.learn(
      [
        Example.source("LicenseRef-meadow", Example.meadow),
        Example.source("LicenseRef-orchard-1.3", Example.orchardYounger),
        Example.source("LicenseRef-orchard-1.2", Example.orchard),
      ], into: nil)
    #expect(forward == backward)
    for count in stride(from: 0, to: forward.count, by: 7) {
      #expect(throws: (any Error).self) {
        try Licensing.identify([], templates: Array(forward.prefix(count)))
      }
    }
    #expect(throws: (any Error).self) {
      try Licensing.learn([Example.source("X", "Too short.")], into: nil)
    }
  }
}
