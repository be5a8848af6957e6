import Base
import Testing

@testable import Formats

/// Goal: operations that run Python or write files are found in every kind of graph, and named;
/// other protocol buffers are no graphs.
@Suite("Graphs of TensorFlow, code of TorchScript, operators of ONNX")
struct TensorFlowScanTests {
  /// A field that holds bytes.
  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 16_384)
    let length =
      bytes.count < 128
      ? [UInt8(bytes.count)] : [UInt8(bytes.count & 0x7F) | 0x80, UInt8(bytes.count >> 7)]
    return [number << 3 | 2] + length + bytes
  }

  static func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func node(_ name: String, _ operation: String) -> [UInt8] {
    field(1, name) + field(2, operation) + field(3, "x")
  }

  static func graph(_ operation: String) -> [UInt8] {
    field(1, node("a", "Placeholder")) + field(1, node("hook", operation))
  }

  func findings(_ bytes: [UInt8]) -> [Finding] {
    TensorFlowScan.findings(in: bytes.span.bytes, place: "p")
  }

  func root(_ bytes: [UInt8]) -> TensorFlowScan.Root? { TensorFlowScan.root(of: bytes.span.bytes) }

  @Test("finds an operation in every message", arguments: TensorFlowScan.operations.sorted())
  func operations(operation: String) throws {
    let graph = Self.graph(operation)
    let metaGraph = Self.field(1, Self.field(4, "serve")) + Self.field(2, graph)
    let saved = [0x08, 0x01] + Self.field(2, metaGraph)
    let function =
      Self.field(1, Self.field(1, "inner")) + Self.field(3, Self.node("hook", operation))
    let library = Self.field(1, Self.node("a", "Const")) + Self.field(2, Self.field(1, function))
    for bytes in [graph, metaGraph, saved, library] {
      let finding = try #require(findings(bytes).first)
      #expect(finding.id == "tf.op" && finding.severity == .error)
      #expect(finding.message.contains("\"hook\"") && finding.message.contains(operation))
    }
    #expect(findings(library).first?.message.contains("\"inner\"") == true)
  }

  @Test("finds an operation behind what is not known, and where the structure is not followed")
  func unknownFields() {
    let unknown = Self.field(15, "x") + [0x78, 0x01]
    #expect(findings(Self.graph("PyFunc") + unknown).map(\.id) == ["tf.op"])
    #expect(findings(Self.field(1, Self.node("a", "PyFunc") + unknown)).map(\.id) == ["tf.op"])
    // A group, which the reader refuses.
    let group: [UInt8] = [0x7B, 0x7C]
    #expect(findings(Self.graph("PyFunc") + group).first?.place?.hasPrefix("p: byte") == true)
    #expect(findings(Self.graph("MatMul") + group).isEmpty)
  }

  @Test("lets other operations and other messages be")
  func clean() {
    #expect(root(Self.graph("MatMul")) == .graph)
    #expect(findings(Self.graph("MatMul")).isEmpty)
    #expect(root(Array("node { op: 'PyFunc' }".utf8)) == nil)
    #expect(root([0x0A, 0x02, 0x0A, 0x00]) == nil)
    #expect(root([]) == nil)
  }

  @Test(
    "finds an operation in a graph's text",
    arguments: [
      "node {\n name: \"hook\"\n op: \"PyFunc\"\n}", "node{op:'PyFunc' name:'hook'}",
      "node < name: 'hook' op : \"Py\" \"Func\" >", #"node { name: "hook" op: "\x50y\106unc" }"#,
      "meta_graphs { graph_def { node { name: 'hook' attr { key: 'k' } op: 'PyFunc' } } }",
      "library { function { node_def { name: 'hook' # op: 'x'\n op: 'PyFunc'",
    ])
  func text(graph: String) throws {
    #expect(TensorFlowTextScan.isLikely(Array(graph.utf8)))
    let finding = try #require(TensorFlowTextScan.findings(in: Array(graph.utf8), place: "p").first)
    #expect(finding.message.contains("\"hook\"") && finding.message.contains("PyFunc"))
  }

  @Test(
    "lets a clean graph's text be",
    arguments: [
      "node { name: \"PyFunc\" op: \"MatMul\" }", "node { name: 'a' op: 'Const' } # op: 'PyFunc'",
      "node { name: 'a' attr { value { s: \"op: 'PyFunc'\" } } op: 'Const' }", "op: 'x'", "}}}{{{",
    ])
  func cleanText(graph: String) {
    #expect(TensorFlowTextScan.findings(in: Array(graph.utf8), place: "p").isEmpty)
  }

  // MARK: TorchScript

  @Test(
    "finds a built-in function that reaches beyond the model",
    arguments: [
      "    x = torch.from_file(\"/dev/null\", False)", "torch . save (x, 'y')", "torch.load('x')",
      "_0 = ops.aten.from_file(\"x\")", "ops.my.load_library('x.so')",
      "ops.image.write_file('x', y)",
      "torch.ops.load_library('a')", "y = torch.\\\n  save(x, 'a')",
    ])
  func builtins(code: String) {
    let found = TorchScriptScan.findings(in: Array(("a = 1\n" + code).utf8), place: "p")
    #expect(found.map(\.id) == ["torchscript.builtin"])
    #expect(found.first?.place?.hasPrefix("p, line 2") == true)
  }

  @Test("lets other code be, and words in strings and comments")
  func script() {
    let code = """
      _0 = torch.add(x, torch.conv2d(y)) # torch.save(x)
      _1 = "torch.load(" + 'torch.save('
      _2 = self.save(x); load(y); torch.save_flag = 1
      """
    #expect(TorchScriptScan.findings(in: Array(code.utf8), place: "p").isEmpty)
  }

  // MARK: ONNX

  static func onnx(_ node: [UInt8]) -> [UInt8] { [0x08, 0x08] + field(7, field(1, node)) }
  static func operatorNode(_ operation: String) -> [UInt8] {
    field(1, "x") + field(2, "y") + field(3, "po") + field(4, operation)
  }

  @Test("finds operators that call Python", arguments: ["PyOp", "PythonOp", "PyCustomOp"])
  func operators(operation: String) throws {
    let node = Self.operatorNode(operation)
    // In a branch of a condition, in a function, in training information.
    let branch = Self.operatorNode("If") + Self.field(5, Self.field(6, Self.field(1, node)))
    let function = [0x08, 0x08, 0xCA, 0x01] + Self.field(1, Self.field(7, node)).dropFirst()
    let training =
      [0x08, 0x08, 0xA2, 0x01] + Self.field(1, Self.field(2, Self.field(1, node))).dropFirst()
    for bytes in [Self.onnx(node), Self.onnx(branch), function, training] {
      let found = ONNXOperatorScan.findings(in: bytes.span.bytes, place: "p")
      #expect(found.map(\.id) == ["onnx.pyop"])
      #expect(found.first?.message.contains("\"po\"") == true)
    }
    let clean = Self.onnx(Self.operatorNode("PixelShuffle"))
    let none = ONNXOperatorScan.findings(in: clean.span.bytes, place: "p")
    #expect(none.isEmpty)
  }
}
