import Base
import Foundation
import TestSupport
import Testing

@testable import Inference

/// The folder of the generated files.
private let tableFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Sources/Inference/Unicode")

@Suite("Unicode tables")
struct UnicodeTests {
  @Test("are what the generator writes (ASSAY_WRITE_TABLES=1 rewrites them)")
  func generatedFiles() throws {
    for table in UnicodeTableGenerator.tables() {
      let url = tableFolder.appending(path: table.fileName)
      if ProcessInfo.processInfo.environment["ASSAY_WRITE_TABLES"] == "1" {
        try table.text.write(to: url, atomically: true, encoding: .utf8)
      }
      #expect(try String(contentsOf: url, encoding: .utf8) == table.text, "\(table.fileName)")
    }
  }

  @Test("give every code point the category, class and case of the standard library")
  func properties() {
    for codePoint in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(codePoint),
        let age = scalar.properties.age, (age.major, age.minor) <= (16, 0)
      else { continue }
      let isSpace = scalar.properties.isWhitespace
      let mark = scalar.properties.canonicalCombiningClass.rawValue
      let lower = scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
      guard UnicodeData.isWhiteSpace(codePoint) == isSpace,
        UnicodeData.combiningClass(of: codePoint) == mark,
        UnicodeData.isAlphabetic(codePoint) == scalar.properties.isAlphabetic,
        Array(UnicodeData.lowercase[codePoint] ?? [codePoint]) == lower
      else {
        Issue.record("U+\(String(codePoint, radix: 16)) differs")
        return
      }
    }
    #expect(UnicodeData.category(of: 0x41) == .uppercaseLetter)
    #expect(UnicodeData.category(of: 0x10FFFF) == .unassigned)
    #expect(UnicodeData.category(of: 0x110000) == .unassigned)
    #expect(UnicodeData.category(of: 0xD800) == .surrogate)
  }

  @Test(
    "bring text into the four normal forms",
    arguments: [
      "", "plain", "e\u{301}", "\u{1E9B}\u{323}", "q\u{307}\u{323}",
      "\u{1112}\u{1161}\u{11AB}", "\u{212B}\u{FB01}\u{FDFA}", "\u{0344}\u{0958}", "a\u{315}\u{300}",
      "\u{1D15E}", "\u{F900}\u{2F800}", "x\u{0301}\u{0302}\u{0327}", "\u{0301}a",
      "\u{1100}\u{1161}",
      "\u{1F82}", "o\u{302}\u{301}", "\u{0DDC}\u{0DCA}",
    ])
  func normalForms(text: String) {
    let scalars = text.unicodeScalars.map(\.value)
    func form(_ form: NormalizationForm) -> [UInt32] { Normalization.normalize(scalars, form) }
    func wanted(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }
    #expect(form(.nfc) == wanted(text.precomposedStringWithCanonicalMapping))
    #expect(form(.nfd) == wanted(text.decomposedStringWithCanonicalMapping))
    #expect(form(.nfkc) == wanted(text.precomposedStringWithCompatibilityMapping))
    #expect(form(.nfkd) == wanted(text.decomposedStringWithCompatibilityMapping))
  }

  @Test("compose Hangul by arithmetic, from jamo and from a syllable without a final")
  func hangul() {
    // Foundation leaves the second one as it is, which UAX 15 does not.
    #expect(Normalization.normalize([0x1112, 0x1161, 0x11AB], .nfc) == [0xD55C])
    #expect(Normalization.normalize([0xAC00, 0x11A8], .nfc) == [0xAC01])
    #expect(Normalization.normalize([0xD7A3], .nfd) == [0x1112, 0x1175, 0x11C2])
    #expect(Normalization.normalize([0xAC01, 0x11A8], .nfc) == [0xAC01, 0x11A8])
  }

  @Test("normalize random text as Foundation does")
  func randomNormalForms() {
    // Letters with marks, jamo and compatibility characters: everything that interacts.
    let alphabet: [UInt32] =
      [0x61, 0x65, 0x4F, 0x915, 0x93C, 0x1100, 0x1161, 0xFB01, 0x3C9, 0x1F60]
      + Array(0x300...0x345) + [0x5B0, 0x64B, 0xE38, 0xF71, 0xF72, 0x3099, 0x302A]
    var random = CounterRandom(seed: 16, stream: 0)
    for _ in 0..<2_000 {
      let scalars = (0..<8).compactMap { _ in alphabet.randomElement(using: &random) }
      let text = String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
      let nfc = text.precomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
      let nfkd = text.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
      #expect(Normalization.normalize(scalars, .nfc) == nfc, "\(scalars)")
      #expect(Normalization.normalize(scalars, .nfkd) == nfkd, "\(scalars)")
    }
  }
}
