import Base
import Testing

@testable import Formats

/// Goal: tags and targets that make a loader call something are found wherever YAML lets them
/// stand, and the same words in texts and comments are not.
@Suite("Tags and targets in YAML")
struct YAMLScanTests {
  func findings(_ text: String) -> [Finding] { YAMLScan.findings(in: Array(text.utf8), place: "p") }

  @Test(
    "finds a tag that names a part of Python",
    arguments: [
      "a: 1\nb: !!python/name:os.system\n", "a:\n  - !!python/object/apply:os.system [x]",
      "a: 1\nb: {k: !!python/name:os.system x}", "a: 1\nb: [!!python/name:os.system , 2]",
      "a: 1\n? !!python/name:os.system\n: c", "---\n!!python/object/new:os.system [x]",
      "---\n--- !!python/name:os.system", "a: 1\nb: &x !!python/name:os.system",
      "%TAG !p! tag:yaml.org,2002:python/\n--- !p!name:os.system",
      "%TAG ! tag:yaml.org,2002:python/\n--- !name:os.system",
      "a: 1\nb: !<tag:yaml.org,2002:python/name:os.system>", "a: 1\nb: !!pyth%6Fn/name:os.system",
      "a: |\nb: !!python/name:os.system", "a: 'x'\n\"b\": !!python/name:os.system",
      "- - a\n  - !!python/name:os.system", "- key: |\n    text\n  other: !!python/name:os.system",
    ])
  func tags(text: String) throws {
    let finding = try #require(findings(text).first, "\(text)")
    #expect(finding.id == "yaml.tag" && finding.severity == .error)
    #expect(finding.message.contains("os.system"))
    let line = text.split(separator: "\n").firstIndex { $0.contains("os.system") }
    #expect(finding.place == "p, line \(try #require(line) + 1)")
  }

  @Test(
    "lets words in texts and comments be, and tags of plain values",
    arguments: [
      "a: b !!python/name:os.system", "# !!python/name:os.system", "a: 1 # !!python/name:os.system",
      "a: |\n  !!python/name:os.system\n  b: !!python/name:os.system\nc: d",
      "a: >-\n    !!python/name:os.system\n\n    x\nb: 1", "a: '!!python/name:os.system'",
      "a: \"x\n  !!python/name:os.system\"", "a: !!python/tuple [1, 2]", "a: !!str b\nb: !custom c",
      "- |\n !!python/name:os.system\n- a", "url: http://a/!!python/name:os.system",
    ])
  func texts(text: String) {
    #expect(findings(text).isEmpty, "\(findings(text))")
  }

  @Test(
    "finds a target that runs code",
    arguments: [
      "_target_: os.system", "a:\n  - _target_: os.system", "a: {_target_: os.system, b: 1}",
      "\"_target_\": 'os.system'", "_target_:\n  os.system", "? _target_\n: os.system",
      "_target_: >-\n  os.system", "a: &x os.system\nb: {_target_: *x}",
      "_target_: \"\\x6fs.system\"", "a:\n  f: os.system\n_target_: ${a.f}",
      "_target_: hydra.utils.get_method\npath: os.system", "{\"_target_\": \"os.system\"}",
    ])
  func targets(text: String) throws {
    let finding = try #require(findings(text).first, "\(text)")
    #expect(finding.id == "config.target" && finding.severity == .error)
    #expect(finding.message.contains("`os.system`"))
  }

  @Test(
    "tells callables that run code from those that compute",
    arguments: [
      ("subprocess.check_output", true), ("builtins.exec", true), ("eval", true),
      ("torch.load", true),
      ("runpy.run_path", true), ("importlib.import_module", true), ("pickle.loads", true),
      ("numpy.os.system", true), ("a.__class__.b", true), ("os.popen", true),
      ("builtins.int", false),
      ("os.path.join", false), ("os.getenv", false), ("torch.nn.Linear", false), ("len", false),
      ("nemo.collections.asr.modules.ConvASREncoder", false), ("torch.optim.Adam", false),
      ("omegaconf.DictConfig", false), ("myproject.os_tools.Loader", false), ("", false),
    ])
  func callables(name: String, runsCode: Bool) {
    #expect(ConfigTarget.runsCode(name) == runsCode)
    let document: JSON = ["a": [["_target_": .string(name)]]]
    #expect(ConfigTarget.findings(in: document, place: "p").isEmpty == !runsCode)
  }

  @Test("reads the front matter of Markdown, and nothing below it")
  func markdown() {
    func found(_ text: String) -> [String?] {
      YAMLScan.findings(inMarkdown: Array(text.utf8).span.bytes, place: "p").map(\.place)
    }
    #expect(found("---\na: 1\nb: !!python/name:os.system\n---\n# x") == ["p, line 3"])
    #expect(found("\u{FEFF}---\nb: !!python/name:os.system") == ["p, line 2"])
    #expect(found("---\na: 1\n---\nb: !!python/name:os.system").isEmpty)
    #expect(found("# x\n!!python/name:os.system").isEmpty)
  }

  @Test("resolves scalars as YAML does")
  func scalars() {
    let text = "a: 'it''s'\n\"\\x62\": c # d\ne:\n- f: [g, {h: i}]\nj: >\n  k\n  l\nm: n:o#p\n"
    let kinds = YAMLReader.events(in: Array(text.utf8))?.map(\.kind)
    #expect(
      kinds == [
        .key("a"), .scalar("it's"), .key("b"), .scalar("c"), .key("e"), .key("f"), .scalar("g"),
        .key("h"), .scalar("i"), .key("j"), .scalar("k l"), .key("m"), .scalar("n:o#p"),
      ])
  }
}
