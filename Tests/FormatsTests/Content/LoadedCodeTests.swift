import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: code that a model's own files make a loader run is named, and other code is not accused.
@Suite("Code that is loaded")
struct LoadedCodeTests {
  static func loaded(_ files: [String: String]) throws -> [Finding] {
    try ContentSamples.findings(files).filter { $0.id == "code.loaded" }
  }

  @Test(
    "is found where a configuration or a convention names it",
    arguments: [
      (
        ["config.json": #"{"auto_map":{"A":"modeling_x.M"}}"#, "modeling_x.py": "x = 1\n"],
        "modeling_x.py"
      ),
      (["config.json": #"{"auto_map":{"A":"gone.M"}}"#], "gone.M"),
      (
        ["a/tokenizer_config.json": #"{"auto_map":{"T":["tok.T",null]}}"#, "a/tok.py": "\n"],
        "a/tok.py"
      ),
      (["config.json": #"{"auto_map":{"A":"evil/repo--m.X"}}"#], "evil/repo"),
      (
        ["config.json": #"{"custom_pipelines":{"p":{"impl":"pipe.P"}}}"#, "pipe.py": "\n"],
        "pipe.py"
      ),
      (["custom_generate/generate.py": "def generate(): pass\n"], "generate.py"),
      (["handler.py": "class EndpointHandler:\n  pass\n"], "handler.py"),
      (["code/inference.py": "\n"], "inference.py"),
      (["model_index.json": #"{"unet":["my","U"]}"#, "unet/my.py": "\n"], "unet/my.py"),
      (["modules.json": #"[{"type":"custom.Pool"}]"#], "custom.Pool"),
      (["t/config.pbtxt": "backend: \"python\"\n", "t/1/model.py": "\n"], "t/1/model.py"),
      (
        [
          "MLmodel": "flavors:\n  python_function:\n    loader_module: mine\n    code: code\n",
          "code/mine.py": "\n",
        ], "code/mine.py"
      ),
    ])
  func found(files: [String: String], name: String) throws {
    let findings = try Self.loaded(files)
    let finding = try #require(findings.first)
    #expect(finding.severity == .warning)
    #expect("\(finding.place ?? "") \(finding.message)".contains(name))
    #expect(try !ContentSamples.findings(files).contains { $0.id == "code.present" })
  }

  @Test(
    "may hide in a configuration that is not read, which is named",
    arguments: [
      ("model_index.json", #"{"unet":["mine","U"],"x":NaN}"#),
      ("config.json", #"{"custom_pipelines":{},"custom_pipelines":{}}"#),
      (
        "config.json",
        #"{"auto_map":{"A":"mine.M"}}"#
          + String(repeating: " ", count: FileSafety.configurationBytesMax)
      ),
    ])
  func unread(name: String, text: String) throws {
    let findings = try ContentSamples.findings([name: text])
    let named = findings.filter { $0.id == "file.unread" && $0.place == name }
    #expect(named.contains { $0.severity == .warning })
  }

  @Test("is found in a configuration of twenty million bytes")
  func large() throws {
    let padding = String(repeating: " ", count: 20_000_000)
    let files = ["config.json": #"{"auto_map":{"A":"mine.M"}}"# + padding]
    #expect(try Self.loaded(files).contains { $0.message.contains("mine.M") })
  }

  @Test(
    "is not claimed of what nothing names",
    arguments: [
      ["config.json": #"{"auto_map":null}"#, "modeling_x.py": "x = 1\n"],
      ["handler.py": "class Other:\n  pass\n"],
      ["model_index.json": #"{"_class_name":"P","unet":["diffusers","U"],"safety":[null,null]}"#],
      ["modules.json": #"[{"type":"sentence_transformers.models.Pooling"}]"#],
      ["config.pbtxt": "backend: \"onnxruntime\"\n", "1/model.py": "\n"],
      ["README.md": "auto_map: custom code\n"],
    ])
  func notFound(files: [String: String]) throws {
    #expect(try Self.loaded(files).isEmpty)
  }

  @Test("brings in what it imports, and a shared object that it names is an error")
  func brought() throws {
    let files = [
      "config.json": #"{"auto_map":{"A":"m.M"}}"#,
      "m.py": "from .part import x\nimport torch\n",
      "part.py": "torch.ops.load_library(\"./libops.so\")\n",
      "libops.so": "\u{7F}ELF\u{2}\u{1}\u{1}\0", "other.so": "\u{7F}ELF\u{2}\u{1}\u{1}\0",
    ]
    let findings = try Self.loaded(files)
    #expect(findings.map(\.place) == ["config.json: auto_map A", "libops.so", "part.py"])
    #expect(findings.map(\.severity) == [.warning, .error, .warning])
  }

  @Test("is an error where it is compiled")
  func compiled() throws {
    let findings = try Self.loaded([
      "config.json": #"{"auto_map":{"A":"m.M"}}"#,
      "m.cpython-312-x86_64-linux-gnu.so": "\u{7F}ELF\u{2}\0",
    ])
    #expect(findings.map(\.severity) == [.error])
  }

  @Test("is found in an archive, as if it were a folder")
  func archive() throws {
    let manifest = #"{"model":{"handler":"h.py"}}"#
    let members: [ContentSamples.Member] = [
      ("MAR-INF/MANIFEST.json", Array(manifest.utf8)), ("h.py", Array("x = 1\n".utf8)),
    ]
    let findings = try ContentSamples.findings(["s.mar": ContentSamples.zip(members)])
    #expect(findings.map(\.id) == ["code.loaded"])
    #expect(findings.first?.message.contains("s.mar: member \"h.py\"") == true)
  }
}
