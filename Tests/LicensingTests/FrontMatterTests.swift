import Base
import Formats
import Testing

/// Goal: front matter is read as YAML 1.2 has it, or refused with its line; nothing in between.
/// Method: one table of values, one of refusals, and every prefix and every changed byte of a card.
@Suite("Front matter")
struct FrontMatterTests {
  @Test(
    "gives the values of YAML:",
    arguments: [
      ("license: mit", "license", ["mit"]),
      ("license: \"mit\" # comment", "license", ["mit"]),
      ("license: 'it''s'", "license", ["it's"]),
      ("license: [apache-2.0, \"mit\"]", "license", ["apache-2.0", "mit"]),
      ("license: [apache-2.0,\n  mit,\n]", "license", ["apache-2.0", "mit"]),
      ("license:\n- mit\n- isc", "license", ["mit", "isc"]),
      ("license:\n  - mit\n  # a comment\n\n  - isc", "license", ["mit", "isc"]),
      ("x: &a mit\nlicense: *a", "license", ["mit"]),
      ("a: {b: c, d: [e]}\nlicense: mit", "license", ["mit"]),
      ("b: &x {license: mit}\n<<: *x", "license", ["mit"]),
      ("license: a\n  b", "license", ["a b"]),
      ("license: >-\n  a\n  b\nz: 1", "license", ["a b"]),
      ("license: |\n  a: b\n   c\nz: 1", "license", ["a: b\n c\n"]),
      ("license: http://example.org/a#b", "license", ["http://example.org/a#b"]),
      ("list:\n- name: x\n  deep:\n  - y: 1\nlicense: mit", "license", ["mit"]),
      ("license: \"\\u00e9\\n\"", "license", ["é\n"]),
    ])
  func values(yaml: String, key: String, wanted: [String]) throws {
    let (value, _) = try FrontMatter.read(Array("---\n\(yaml)\n---\n".utf8))
    #expect(value?[key]?.texts == wanted)
  }

  @Test(
    "knows null from text", arguments: ["license:", "license: null", "license: ~", "license: # x"])
  func null(yaml: String) throws {
    let (value, _) = try FrontMatter.read(Array("---\n\(yaml)\n---\n".utf8))
    #expect(value?["license"] == .null)
  }

  @Test(
    "is refused, with the line, when",
    arguments: [
      ("a key stands twice", "license: mit\nlicense: isc", 3),
      ("a tag is used", "license: !!str mit", 2),
      ("a bracket stays open", "a: [b, c\nlicense: mit", 2),
      ("a quote stays open", "a: \"b\nc", 2),
      ("a plain value holds a colon", "license: mit: isc", 2),
      ("an alias names nothing", "license: *a", 2),
      ("a tab indents", "a:\n \tb: c", 3),
      ("it is no mapping", "just words", 2),
      ("a key is complex", "? a\n: b", 2),
      ("an unknown escape is used", "a: \"\\q\"", 2),
      ("a key in braces stands twice", "a: {b: 1, b: 2}", 2),
    ])
  func refusals(when: String, yaml: String, line: Int) {
    do {
      _ = try FrontMatter.read(Array("---\n\(yaml)\n---\n".utf8))
      Issue.record("accepted although \(when)")
    } catch {
      #expect(error.kind == .malformed, "\(when)")
      // The reader counts lines from the one after the fence.
      #expect(error.place == "line \(line)", "\(when): \(error)")
    }
  }

  @Test("does not expand a bomb, whether by aliases or by merging")
  func bombs() {
    var bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for (one, next) in zip("abcdefgh", "bcdefghi") {
      bomb +=
        "\(next): &\(next) [" + Array(repeating: "*\(one)", count: 9).joined(separator: ",") + "]\n"
    }
    let nested = String(repeating: "[", count: 100_000)
    for text in [bomb, "a: \(nested)", String(repeating: "- ", count: 50_000)] {
      #expect(throws: Problem.self) { try FrontMatter.read(Array("---\n\(text)\n---\n".utf8)) }
    }
  }

  @Test("is there only between two lines of ---")
  func fences() throws {
    for text in [
      "", "# title", "---\nlicense: mit", " ---\nlicense: mit\n---\n", "----\na: b\n---\n",
    ] {
      #expect(try FrontMatter.read(Array(text.utf8)).value == nil, "\(text)")
    }
    let (value, body) = try FrontMatter.read(
      [0xEF, 0xBB, 0xBF] + Array("---\r\nlicense: mit\r\n---\r\nbody".utf8))
    #expect(value?["license"]?.text == "mit")
    #expect(body == Array("body".utf8))
  }

  @Test("never stops the program, whatever byte is changed")
  func noise() throws {
    let card = Array(
      """
      ---
      license: other
      license_name: "a"
      base_model:
      - x/y
      tags: [a, {b: c}]
      text: >-
        long
        text
      k: &a b
      l: *a
      ---
      """.utf8)
    for place in card.indices {
      for byte in [UInt8](0...127) {
        var changed = card
        changed[place] = byte
        _ = try? ModelCard.read(bytes: changed)
      }
    }
  }

  @Test("becomes a card: one licence, a list, or something unreadable")
  func cards() throws {
    func card(_ yaml: String) throws -> ModelCard {
      try ModelCard.read(bytes: Array("---\n\(yaml)\n---\nBuilt with care.\n".utf8))
    }
    #expect(try card("license: mit").licences == ["mit"])
    #expect(try card("license: [mit]").isLicenceList == false)
    #expect(try card("license: [mit, isc]").isLicenceList)
    #expect(try card("license: {a: b}").hasUnreadableLicence)
    #expect(try card("license: [[mit]]").hasUnreadableLicence)
    #expect(try card("base_model: a/b").baseModels == ["a/b"])
    #expect(try card("base_model: [a/b, c/d]").baseModels == ["a/b", "c/d"])
    #expect(try card("a: b").body == Array("Built with care.\n".utf8))
  }
}
