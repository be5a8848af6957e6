import Base
import Formats
import TestSupport
import Testing

/// Goal: the known ways out of a template are found, and what templates honestly do is not.
@Suite("File safety")
struct FileSafetyTests {
  func ids(_ template: String) -> [String] {
    ChatTemplateScan.findings(in: Array(template.utf8), place: "t").map(\.id)
  }

  @Test(
    "finds a way out of a chat template",
    arguments: [
      "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ x['__class__'] }}",
      "{{ x|attr('mro') }}", "{{ x | attr(y) }}", "{{ cycler.x }}", "{%- set a = lipsum -%}",
      "{{ joiner }}", "{% include 'other' %}", "{%- import 'a' as b %}", "{% from 'a' import b %}",
      "{% extends 'a' %}", "{{ self._TemplateReference__context }}", #"{{ x['\x5f\x5fclass'] }}"#,
      #"{{ x['\u005f\u005fclass'] }}"#, #"{{ x["\137\137class"] }}"#, "{{ f.gi_frame }}",
      "{{ {'a': {'b': 1}}.__class__ }}", "{# a #}{{ x.__init__ }}",
      "{% raw %}{% endraw %}{{ x.__init__ }}", "text }} {{ x.__init__ }}",
    ])
  func finds(template: String) {
    #expect(ids(template).first == "template-unsafe")
  }

  @Test(
    "lets a plain chat template be",
    arguments: [
      "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m.content | trim }}{% endfor %}",
      "{{ bos_token }}{{- raise_exception('from __ import') if included else '' }}",
      "{% set ns = namespace(found=false) %}{{ x | tojson(indent=4) }} {# __class__ #}",
      "__class__ outside of code, {% raw %}{{ x.__class__ }}{% endraw %}",
      #"{{ '\n\t\\' ~ "it's" ~ '\u3010' }}{{ m.attr }}{{ a % b }}{{ m.from }}"#,
      "{{ '<|tool_calls__begin|>' }}{{ message.cycler }}", "", "{", "{ {", "{% raw %}",
    ])
  func letsBe(template: String) {
    #expect(ids(template).isEmpty)
  }

  @Test("looks in every place where a template may stand")
  func places() throws {
    let folder = try TemporaryFolder()
    let evil = "{{ x.__class__ }}"
    try folder.write("chat_template.jinja", Array(evil.utf8))
    let named: JSON = [
      "chat_template": [["name": "default", "template": .string(evil)]], "auto_map": ["A": "b.C"],
    ]
    try folder.write("tokenizer_config.json", named.canonicalBytes)
    try folder.write(
      "m.gguf",
      TinyModels.gguf(
        [TinyTensor("w", [1], f32: [1])],
        metadata: [("tokenizer.chat_template", TinyModels.ggufText("a\n" + evil))]))
    try folder.write("config.json", Array("{,}".utf8))
    let findings = try FileSafety.findings(of: folder.path)
    #expect(findings.filter { $0.id == "template-unsafe" }.count == 3)
    #expect(
      findings.contains { $0.place == "m.gguf: metadata key \"tokenizer.chat_template\", line 2" })
    #expect(findings.contains { $0.id == "code.loaded" })
    #expect(findings.contains { $0.id == "malformed-configuration" })
  }
}
