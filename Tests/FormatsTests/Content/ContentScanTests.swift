import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: each search is asked of the files that it is for, wherever they lie, and of no others.
@Suite("What known kinds of files would make a loader run")
struct ContentScanTests {
  func findings(_ name: String, _ bytes: [UInt8]) -> [Finding] {
    var look = ContentLook(fileByteCount: bytes.count, run: Run())
    look.look(bytes.span.bytes, at: ContentPlace(file: name))
    return look.findings.filter { $0.severity == .error }
  }

  func findings(_ name: String, _ text: String) -> [Finding] { findings(name, Array(text.utf8)) }

  @Test(
    "finds it by the name and the content of a text",
    arguments: [
      ("a/b.jinja", "{{ x['__cla' ~ 'ss__'] }}", "template-unsafe"),
      ("tokenizer_config.json", #"{"chat_template": "{{ x.__class__ }}"}"#, "template-unsafe"),
      ("other.json", #"{"chat_template": {"a": "{{ x.__class__ }}"}}"#, "template-unsafe"),
      ("config.json", #"{,"chat_template": "{{ x.__class__ }}"}"#, "template-unsafe"),
      ("m.json", #"{"class_name": "Lambda", "config": {"function": ["4w"]}}"#, "keras.lambda"),
      ("m.json", #"{"class\u005fname": "Lambda", "config": {"function": ["4w"]}}"#, "keras.lambda"),
      ("m.json", #"{"a": NaN, "class_name": "__lambda__", "config": {}}"#, "keras.lambda"),
      ("x.json", #"{"a": [{"_target_": "os.system"}]}"#, "config.target"),
      ("x.json", #"{"a": [{"_target_": "os.system"},]}"#, "config.target"),
      ("c.yaml", "{a: !!python/name:os.system }", "yaml.tag"),
      ("c.yml", "a: !!python/name:os.system", "yaml.tag"),
      ("MLmodel", "a: !!python/name:os.system", "yaml.tag"),
      ("README.md", "---\na: !!python/name:os.system\n---\n", "yaml.tag"),
      ("g.pbtxt", "node { name: 'a' op: 'PyFunc' }", "tf.op"),
    ])
  func finds(name: String, text: String, id: String) {
    let found = findings(name, text)
    #expect(found.map(\.id) == [id], "\(found)")
    #expect(found.first?.place?.hasPrefix(name) == true)
  }

  @Test(
    "asks nothing of texts that are not for a loader",
    arguments: [
      ("notes.txt", "a: !!python/name:os.system\n{{ x.__class__ }}\n_target_: os.system"),
      ("README.md", "a: !!python/name:os.system\n{{ x.__class__ }}"),
      ("data.json", #"{"text": "{{ x.__class__ }} !!python/name:os.system"}"#),
      ("data.json", #"{"class_name": "os", "module": "os"}"#),
      ("data.jsonl", "{\"module\": \"os\"}\n{\"module\": \"os\"}"),
    ])
  func passes(name: String, text: String) {
    #expect(findings(name, text).isEmpty)
  }

  @Test("finds it in bytes, whatever they are called")
  func bytes() {
    let graph = TensorFlowScanTests.graph("PyFunc")
    #expect(findings("saved_model.pb", graph).map(\.id) == ["tf.op"])
    #expect(findings("weights.xyz", graph).map(\.id) == ["tf.op"])
    let keras = KerasScanTests.hdf5(
      "model_config", Array(KerasScanTests.lambda.canonicalText.utf8))
    #expect(findings("tf_model.h5", keras).map(\.id) == ["keras.lambda"])
    #expect(findings("weights", keras).map(\.id) == ["keras.lambda"])
    let operatorModel = TensorFlowScanTests.onnx(TensorFlowScanTests.operatorNode("PyOp"))
    #expect(findings("m.onnx", operatorModel).map(\.id) == ["onnx.pyop"])
  }
}
