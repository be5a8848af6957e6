import Licensing
import Testing

/// Goal: a line that stands around a licence never goes by unread, and what is known to be harmless
/// never accuses anybody.
/// Method: a text written for the test, with one line before it, behind it or inside it; and MIT's
/// and GPL's standard copies from the catalogue's own knowledge of them.
@Suite("What stands around a licence")
struct SurroundingsTests {
  /// Where a line is put.
  enum Place: CaseIterable { case before, behind, belowTitle }

  private func text(_ line: String, _ place: Place) -> String {
    switch place {
    case .before: line + "\n\n" + Example.orchard
    case .behind: Example.orchard + "\n\n" + line + "\n"
    case .belowTitle: Example.orchard.replacing("3 March 2025\n", "3 March 2025\n\n" + line + "\n")
    }
  }

  static let riders = [
    "Personal use", "Ask first.", "Students only", "Free until 2027.", "See also TERMS.pdf",
    "For hobby projects.", "Enterprises: talk to us.", "Weights: CC-BY-NC-4.0",
    "The code is Orchard. The weights are not.", "Subject to our terms of service.",
    "Terms: https://acme.example/terms", "https://acme.example/non-commercial-terms",
    "Orchard Licence (non-production)", "Enterprise Pricing sales@acme.example",
    "Contact: Academic Sales", "Research Preview Copyright 2025 Acme",
    "Orchard Community Licence, Academic Edition",
    "Copyright (c) 2025 Acme Inc. For personal research.",
    "Copyright (c) 2025 Acme Inc.\nFree for students", "Copyright 2025 Acme (students)",
    "Copyright (c) 2025 Acme, weights excluded", "Copyright 2025 Acme Personal Use",
    "© 2025 Acme, valid until 2027", "SPDX-License-Identifier: CC-BY-NC-4.0",
    "This file is part of acme-7b, which is for evaluation.",
    "This software is licensed under the Apache License 2.0.",
    "Last updated 2025-01-01; outputs belong to the provider",
    "<!-- Personal use -->", "<img src=\"a.png\" alt=\"Personal use\">",
    "<p title=\"Personal use\"></p>", "<style>/* personal use */</style>",
    "<meta name=\"restriction\" content=\"hobby\">", "| Companies | pay |",
    "~~use~~", "<del>adapt</del>", "```\nHobby licence\n```",
    "Nur für Forschung.", "Réservé à la recherche.", "Solo para uso personal.",
    "Только для исследований.", "仅供研究。", "研究目的に限り", "연구용", "للبحث فقط", "Μόνο για έρευνα",
  ]

  @Test("is shown unless it is known to be harmless", arguments: riders)
  func rider(line: String) throws {
    for place in Place.allCases {
      let verdict = try Example.verdict(text(line, place))
      #expect(verdict.verdict == .variant, "\(place): \(line)")
      #expect(verdict.variantOf.first == "LicenseRef-orchard-1.2", "\(place): \(line)")
      #expect(!verdict.differences.isEmpty, "\(place): \(line)")
    }
  }

  static let harmless = [
    "Copyright (c) 2025 Acme Robotics GmbH and its contributors",
    "Copyright © 2019, 2021-2024 The Foo Authors <foo@example.org>. All rights reserved.",
    "Copyright (c) 2008-2019 The pip developers (see AUTHORS.txt file)",
    "Copyright (c) 2015 Hynek Example and the attrs contributors",
    "Copyright (c) 2013 Example.com, Inc. or its affiliates.", "Copyright 2014 acme",
    "Copyright (c) 2024 The small model makers", "Copyright (c) 2025 GGUF people",
    "Copyright (c) GraphQL Contributors (GraphQL.js)", "Copyright 2019 Grant Example",
    "Copyright (c) 2020 Institut für Beispiele, Zhang & Sons Ltd.",
    "Copyright (c) 2010-202x The platformdirs developers",
    "Copyright 2024 北京示例科技有限公司. All rights reserved.", "Portions Copyright 1998 Acme",
    "SPDX-FileCopyrightText: 2024 Jane Example", "python-dotenv Copyright (c) 2014 Jane Example",
    "All rights reserved.", "https://acme.example/model", "Last updated: 2025-03-01",
    "This file is part of the model acme-7b.", "(The text of the licence follows.)",
    "SPDX-License-Identifier: see below", "SPDX-License-Identifier: LicenseRef-orchard-1.2",
    "Licence", "# License", "## Copyright and licence", "Table of Contents", "Page 1 of 3",
    "Version 1.2", "-----BEGIN LICENSE-----", "Contact: jane@example.org",
    "Homepage: https://acme.example", "See the LICENSE file for details.",
    "This project is licensed under the Orchard Licence - see below", "Released under Orchard 1.2",
    "<!-- Copyright 2024 Acme -->", "***", "LICENSE.md", "Jane Example <jane@example.org>",
  ]

  @Test("is passed over where it only names, dates or points", arguments: harmless)
  func passedOver(line: String) throws {
    for place in [Place.before, .behind] {
      let verdict = try Example.verdict(text(line, place))
      #expect(verdict.verdict == .match, "\(place): \(line): \(verdict.differences)")
    }
  }

  @Test("is shown with the line it stands on, one sentence at a time")
  func places() throws {
    let lines = Example.orchard.split(separator: "\n", omittingEmptySubsequences: false).count
    let verdict = try Example.verdict(
      "Acme says hello.\n\n" + Example.orchard + "\n\nAsk first. Then ask again.\n")
    #expect(verdict.differences.map(\.line) == [1, lines + 4, lines + 4])
    #expect(
      verdict.differences.map(\.clause) == ["Acme says hello.", "Ask first.", "Then ask again."])
  }

  @Test("is never cut off silently, however much it is")
  func endless() throws {
    for more in [
      String(repeating: "Ask. ", count: 2_000), String(repeating: "Ask.\n\n", count: 2_000),
      String(repeating: "Copyright 2020 Acme\n\n", count: 8_000) + "Ask first.",
      String(repeating: "# Usage\n\n", count: 8_000) + "Ask first.",
      // One line without end: of numbers, of marks, and as a heading.
      String(repeating: "2020. ", count: 30_000) + "Ask first.",
      String(repeating: "© 2020 Acme. ", count: 8_000) + "Ask first.",
      "# " + String(repeating: "usage ", count: 30_000) + "\n\nLoad it.",
    ] {
      let verdict = try Example.verdict(Example.orchard + "\n\n" + more)
      #expect(verdict.verdict == .variant)
      #expect((1...201).contains(verdict.differences.count))
    }
  }

  @Test("may be a document with usual headings, and nothing about terms in them")
  func document() throws {
    func card(_ usage: String) -> String {
      """
      # orchard-7b

      Some weights and a few scripts.

      ## Usage

      \(usage)

      ## Licence

      \(Example.orchard)

      ## Acknowledgements

      We thank our cats.
      """
    }
    #expect(try Example.verdict(card("Load it, then ask it something.")).verdict == .match)
    for rider in [
      "Load it for research.", "Students may load it.", "It is free for a year.", "仅供研究。",
    ] {
      #expect(try Example.verdict(card(rider)).verdict == .variant, "\(rider)")
    }
    let other = card("Load it.").replacing("## Usage", "## Additional remarks")
    #expect(try Example.verdict(other).verdict == .variant)
    let bare = card("Load it.").replacing("## Licence\n", "## Text\n")
    #expect(try Example.verdict(bare).verdict == .variant)
  }

  @Test("inside a licence: struck out, or in a comment, is a change")
  func struck() throws {
    for (old, new) in [
      ("use, copy and adapt", "use, ~~copy~~ and adapt"),
      ("use, copy and adapt", "use, <s>copy</s> and adapt"),
      ("use, copy and adapt", "use, <!-- copy --> and adapt"),
      ("use, copy and adapt", "use, c\u{336}o\u{336}p\u{336}y\u{336} and adapt"),
    ] {
      #expect(
        try Example.verdict(Example.orchard.replacing(old, new)).verdict == .variant, "\(new)")
    }
  }
}

/// Goal: a file whose text cannot be reached says what it is; a text in UTF-16 is read.
@Suite("A licence that is no plain text")
struct TextFormTests {
  @Test(
    "is named as what it is",
    arguments: [
      (Array("%PDF-1.7\n".utf8), "PDF"), (Array("{\\rtf1 MIT License}".utf8), "RTF"),
      ([0x50, 0x4B, 0x03, 0x04, 0], "archive"), (Array("MIT License".utf8) + [0, 1], "binary"),
    ] as [([UInt8], String)])
  func named(bytes: [UInt8], name: String) throws {
    let verdict = try Licensing.identify(bytes, templates: try Example.templates())
    #expect(verdict.verdict == .unknown)
    #expect(verdict.note?.contains(name) == true)
  }

  @Test("is read in UTF-16, either way round", arguments: [true, false])
  func utf16(isLittleEndian: Bool) throws {
    var bytes: [UInt8] = isLittleEndian ? [0xFF, 0xFE] : [0xFE, 0xFF]
    for unit in Example.orchard.utf16 {
      let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      bytes += isLittleEndian ? pair : pair.reversed()
    }
    #expect(try Licensing.identify(bytes, templates: try Example.templates()).verdict == .match)
  }

  @Test("says that a translation was not read")
  func translation() throws {
    let verdict = try Example.verdict(Example.orchard + "\n\n果园社区许可协议\n\n本协议仅供参考。\n")
    #expect(verdict.verdict == .variant)
    #expect(verdict.note != nil)
    #expect(try Example.verdict(Example.orchard + "\n\nAsk first.\n").note == nil)
  }
}
