import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: what training leaves behind is a warning, in files of these names alone, and nothing else
/// hides behind it.
@Suite("Pickles of training")
struct AuxiliaryPickleTests {
  static func pickle(_ globals: [String]) -> [UInt8] {
    [0x80, 2] + globals.flatMap { Array("c\($0)\n)R0".utf8) } + Array("N.".utf8)
  }

  @Test("are a warning that names what they import")
  func warning() throws {
    let bytes = Self.pickle(["transformers.training_args\nTrainingArguments", "torch\ndevice"])
    for name in [
      "training_args.bin", "optimizer_1.pt", "scheduler.pt", "rng_state_0.pth", "x/.metadata",
    ] {
      let findings = try ContentSamples.findings([name: bytes])
      #expect(findings.map(\.id) == ["pickle.auxiliary"], "\(name)")
      #expect(findings.first?.severity == .warning)
      #expect(findings.first?.message.contains("TrainingArguments") == true)
    }
    #expect(try ContentSamples.findings(["other.bin": bytes]).contains { $0.severity == .error })
  }

  @Test(
    "are denied when they import anything else",
    arguments: [
      "os\nsystem", "builtins\neval", "builtins\ngetattr", "functools\npartial", "numpy\nload",
      "torch\nload", "transformers.dynamic_module_utils\nget_class_from_dynamic_module",
      "datasets\nload_dataset", "accelerate.commands.launch\nmain", "transformersx\nA",
      "pathlib\nos", "enum\nsys",
    ])
  func denied(global: String) throws {
    let bytes = Self.pickle(["transformers.training_args\nTrainingArguments", global])
    let findings = try ContentSamples.findings(["training_args.bin": bytes])
    let name = global.replacing("\n", with: ".")
    #expect(findings.contains { $0.severity == .error && $0.message.contains(name) })
    #expect(!findings.contains { $0.id == "pickle.auxiliary" })
  }

  @Test("are denied when a name reaches through an attribute, or only running could tell")
  func through() throws {
    let text: (String) -> [UInt8] = { [0x8C, UInt8($0.utf8.count)] + Array($0.utf8) }
    let dotted = [0x80, 4] + text("transformers.training_args") + text("os.system") + [0x93, 0x2E]
    let computed = [0x80, 4] + text("x") + [0x4E, 0x93, 0x2E]
    let opaque = [0x80, 2] + Array("ctransformers\nA\n)R)R.".utf8)
    for bytes in [dotted, computed, opaque] {
      let findings = try ContentSamples.findings(["training_args.bin": bytes])
      #expect(findings.contains { $0.severity == .error })
    }
  }
}
