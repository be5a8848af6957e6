import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: every file of a model is known harmless, read, or named; nothing depends on its name.
@Suite("The look at every file")
struct ContentLookTests {
  static let names = [
    "model.joblib", "weights", "figures/loss.png", "vocab.txt", ".hidden", "a/b/c/d.json",
    ".git/objects/pack/tmp", ".cache/x", "OLD/MODEL.PKL", "x.npy",
  ]

  @Test("finds a pickle under any name", arguments: names)
  func pickle(name: String) throws {
    let findings = try ContentSamples.findings([name: ContentSamples.evilPickle])
    let call = try #require(findings.first { $0.id == "pickle-global" })
    #expect(call.severity == .error)
    #expect(call.message.contains("os.system"))
    #expect(call.place?.contains(name) == true)
  }

  @Test("finds a pickle in text only where it runs to its end and imports something")
  func textPickle() throws {
    #expect(
      try ContentSamples.findings(["readme.txt": ContentSamples.evilText]).first?.severity == .error
    )
    for text in ["cos\nsin\ntan\n", "(hello)\n.\n", "N.\n", "I42\n.", "cos\nsystem\nis bad.\n"] {
      #expect(try ContentSamples.findings(["a.txt": text]).isEmpty, "\(text)")
    }
  }

  @Test("finds a pickle of protocol 1, which nothing announces, also where it breaks after a call")
  func barePickle() throws {
    let bare = ContentSamples.evilPickle.dropFirst(2)
    for bytes in [Array(bare), Array(bare.dropLast()) + [0xFF]] {
      #expect(try ContentSamples.findings(["x": bytes]).contains { $0.severity == .error })
    }
  }

  @Test(
    "lets files be that are known harmless",
    arguments: [
      ("empty", ""), ("a.md", "# Title\n```python\nimport os\n```\n"), ("t.csv", "a,b\n1,2\n"),
      ("x.yaml", "a: 1\n"), ("log", "\u{1B}[32mdone\u{1B}[0m\n"), ("bom.json", "\u{FEFF}{}\n"),
      ("p.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"9\"/></svg>"),
      ("page.html", "<!doctype html><p>on = off</p>"),
      ("voc.xml", "<?xml version=\"1.0\"?><a only='1'><object/><embedding once = \"x\"/></a>"),
      ("s.svg", "<?xml-stylesheet type=\"text/css\" href=\"a.css\"?><svg><!-- onload --></svg>"),
      ("paper.pdf", "%PDF-1.4\n<< /S /GoTo /XFA 1 0 R >>\nstream\n/JS \u{1}\nendstream"),
      (".git/HEAD", "ref: refs/heads/main\n"),
    ])
  func harmless(name: String, text: String) throws {
    #expect(try ContentSamples.findings([name: text]).isEmpty)
  }

  @Test("names what nobody can read")
  func unread() throws {
    let noise = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    for (name, bytes, id) in [
      ("blob.xyz", [0xC1] + noise, "file.unread"),
      ("w.7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C] + noise, "file.unread"),
      ("m.tflite", [28, 0, 0, 0] + Array("TFL3".utf8) + noise, "weights.unread"),
      ("ggml.bin", Array("lmgg".utf8) + noise, "weights.unread"),
      ("m.h5", [0x89] + Array("HDF\r\n\u{1A}\n".utf8) + noise, "weights.unread"),
    ] {
      let findings = try ContentSamples.findings([name: bytes])
      #expect(findings.map(\.id) == [id], "\(name)")
      #expect(findings.first?.severity == .warning)
      #expect(findings.first?.place == name)
    }
  }

  @Test(
    "weighs code: source is a note, what runs when it is opened and compiled code a warning",
    arguments: [
      ("train.py", "import os\n", Severity.note), ("run", "#!/bin/sh\ntrue\n", .note),
      ("x.js", "a()\n", .note), ("n.ipynb", "{\"cells\":[],\"nbformat\":4}", .note),
      ("w.html", "<html><script>x()</script></html>", .warning),
      ("p.svg", "<?xml version=\"1.0\"?><svg onload=\"x()\"/>", .warning),
      ("logo.png", "\u{7F}ELF\u{2}\u{1}\u{1}\0\0\0", .warning),
      ("k.wasm", "\0asm\u{1}\0\0\0", .warning),
      ("p.pdf", "%PDF-1.4\n<< /S /J#61vaScript /JS (x) >>", .warning),
    ])
  func code(name: String, text: String, severity: Severity) throws {
    let findings = try ContentSamples.findings([name: text])
    #expect(findings.map(\.id) == ["code.present"])
    #expect(findings.first?.severity == severity)
  }

  @Test("tells text of any encoding from other bytes")
  func text() {
    func kind(_ bytes: [UInt8]) -> PlainText? { PlainText(bytes.span.bytes) }
    #expect(kind(Array("héllo 🙂\r\n".utf8)) == .utf8)
    #expect(kind([0xFF, 0xFE, 0x47, 0, 0x72, 0, 0x11, 0x30]) == .utf16)
    #expect(kind([0x47, 0x72, 0xF6, 0xDF, 0x65]) == .eightBit)
    #expect(kind([0x47, 0xF6, 0xDF, 0xC4]) == nil)
    #expect(kind([0x41, 0, 0x42]) == nil)
    #expect(kind([0xED, 0xA0, 0x80] + Array("text".utf8)) == .eightBit)
    #expect(kind([0xC0, 0x80, 0xC0, 0x80]) == nil)
  }

  @Test("lists what a person reads and counts the rest")
  func many() throws {
    let files = (0..<250).map { ("f\($0)", [UInt8]([0xC1, 0, 1])) }
    let findings = try ContentSamples.findings(Dictionary(uniqueKeysWithValues: files))
    #expect(findings.count == ContentLimits.listedMax(.warning) + 1)
    #expect(findings.contains { $0.message == "and 50 more of this kind elsewhere" })
  }

  @Test("finds an archive behind a picture, and what is in it")
  func polyglot() throws {
    let picture: [UInt8] =
      [0x89] + Array("PNG\r\n\u{1A}\n".utf8) + [0, 0, 0, 0]
      + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
    let zip = ContentSamples.zip([("w.pkl", ContentSamples.evilPickle)])
    #expect(try ContentSamples.findings(["a.png": picture]).isEmpty)
    let findings = try ContentSamples.findings(["a.png": picture + zip])
    #expect(findings.contains { $0.id == "polyglot" })
    #expect(findings.contains { $0.severity == .error && $0.place?.contains("\"w.pkl\"") == true })
    let behind = try ContentSamples.findings(["a.png": picture + ContentSamples.evilPickle])
    #expect(behind.contains { $0.severity == .error })
  }
}
