import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: a name of Python's internals is found however a template makes it, and a template that
/// makes other names by the same means is clean.
/// Method: each means once with a hostile name and once with an honest one; then means that cannot
/// be followed, real idioms, and templates that try to wear the reader out.
@Suite("Names that templates make")
struct ChatTemplateScanTests {
  static func findings(_ template: String) -> [Finding] {
    ChatTemplateScan.findings(in: Array(template.utf8), place: "t")
  }

  /// Each means makes the name from the two halves and stands for a subscript's text. `HEAD`,
  /// `TAIL`: the halves; `DAEH`: the whole, backwards; `UPPER`: the whole in capitals; `MARKED`:
  /// the whole with each underscore as `@`.
  static let means = [
    "{{ messages['HEAD' ~ 'TAIL'] }}", "{{ messages['HEAD' + 'TAIL'] }}",
    "{{ messages['HEAD' 'TAIL'] }}", "{{ messages['%s%s' % ('HEAD', 'TAIL')] }}",
    "{{ messages['HEAD%s' % 'TAIL'] }}",
    "{{ messages['%(a)s%(b)s' % {'a': 'HEAD', 'b': 'TAIL'}] }}",
    "{{ messages['%s%s'|format('HEAD', 'TAIL')] }}",
    "{{ messages['{}{}'.format('HEAD', 'TAIL')] }}",
    "{{ messages['{1}{0}'.format('TAIL', 'HEAD')] }}", "{{ messages['{x}TAIL'.format(x='HEAD')] }}",
    "{{ messages['{a[0]}TAIL'.format(a=['HEAD'])] }}", "{{ messages[['HEAD', 'TAIL']|join] }}",
    "{{ messages[''.join(['HEAD', 'TAIL'])] }}", "{{ messages['MARKED'|replace('@', '_')] }}",
    "{{ messages['MARKED'.replace('@', '_')] }}", "{{ messages['DAEH'|reverse] }}",
    "{{ messages['DAEH'[::-1]] }}", "{{ messages['xxHEADTAILyy'[2:-2]] }}",
    "{{ messages['UPPER'|lower] }}", "{{ messages['UPPER'.lower()] }}",
    "{{ messages['UPPER'.swapcase()] }}", "{{ messages[' HEADTAIL '|trim] }}",
    "{{ messages['-HEADTAIL-'.strip('-')] }}", "{{ messages['a,HEADTAIL'.split(',')[1]] }}",
    "{{ messages['HEADTAIL' if true else 'role'] }}", "{{ messages['' or 'HEADTAIL'] }}",
    "{{ messages[['HEADTAIL', 'x']|first] }}", "{{ messages[['x', 'HEAD' ~ 'TAIL'][1]] }}",
    "{{ messages[{'a': 'HEAD' ~ 'TAIL'}.a] }}", "{{ messages[({'HEADTAIL': 1}|list)[0]] }}",
    "{% set a = 'HEAD' %}{% set b = a ~ 'TAIL' %}{{ messages[b] }}",
    "{% set a, b = 'HEAD', 'TAIL' %}{{ messages[a ~ b] }}",
    "{% set k %}HEAD{{ 'TAIL' }}{% endset %}{{ messages[k] }}",
    "{% set k | lower %}UPPER{% endset %}{{ messages[k] }}",
    "{% set k %}{% filter reverse %}DAEH{% endfilter %}{% endset %}{{ messages[k] }}",
    "{% set n = namespace(k='') %}{% for p in ['HEAD', 'TAIL'] %}{% set n.k = n.k ~ p %}{% endfor %}"
      + "{{ messages[n.k] }}",
    "{% for k in ['HEADTAIL'] %}{{ messages[k] }}{% endfor %}",
    "{% for k, v in {'HEAD': 'TAIL'}.items() %}{{ messages[k ~ v] }}{% endfor %}",
    "{% macro k(x, y='TAIL') %}{{ x }}{{ y }}{% endmacro %}{{ messages[k('HEAD')] }}",
    "{% macro k() %}{{ varargs|join }}{% endmacro %}{{ messages[k('HEAD', 'TAIL')] }}",
    "{% macro k(s) %}{% if s %}{{ s[0] }}{{ k(s[1:]) }}{% endif %}{% endmacro %}"
      + "{{ messages[k('HEADTAIL')] }}",
    "{% macro k() %}{{ messages[caller()] }}{% endmacro %}{% call k() %}HEAD{{ 'TAIL' }}{% endcall %}",
    "{% macro k() %}{{ caller('HEAD' ~ 'TAIL') }}{% endmacro %}"
      + "{% call(n) k() %}{{ messages[n] }}{% endcall %}",
    "{% with a = 'HEAD', b = 'TAIL' %}{{ messages[a ~ b] }}{% endwith %}",
    "{{ messages[[{'k': 'HEADTAIL'}]|map(attribute='k')|first] }}",
    "{{ messages[['UPPER']|map('lower')|first] }}",
    "{{ messages[([{'k': 1, 'v': 'HEADTAIL'}]|selectattr('k', 'equalto', 1)|first).v] }}",
    "{{ messages[([{'k': 2, 'v': 'a'}, {'k': 1, 'v': 'HEADTAIL'}]|sort(attribute='k')|first).v] }}",
    "{{ messages[([{'k': 'HEADTAIL'}]|groupby('k')|first).grouper] }}",
    "{{ messages[[1, 'HEADTAIL']|select('string')|first] }}",
    "{{ [messages]|map(attribute='HEAD' ~ 'TAIL')|list }}",
    "{{ [messages]|map(attribute='content.HEAD' ~ 'TAIL')|list }}",
    "{{ [messages]|selectattr('HEAD' ~ 'TAIL')|list }}",
    "{{ [messages]|rejectattr('HEAD' ~ 'TAIL')|list }}",
    "{{ [messages]|sort(attribute='HEAD' ~ 'TAIL') }}", "{{ [messages]|groupby('HEAD' ~ 'TAIL') }}",
    "{{ [messages]|join(',', attribute='HEAD' ~ 'TAIL') }}",
    "{{ [messages]|sum(attribute='HEAD' ~ 'TAIL') }}", "{{ messages|attr('HEAD' ~ 'TAIL') }}",
    "{% if false %}{{ messages['HEAD' ~ 'TAIL'] }}{% endif %}",
    "{% if messages %}{% set k = 'HEAD' ~ 'TAIL' %}{% endif %}{{ messages[k] }}",
    "{% for m in messages %}{% set k = 'HEAD' %}{{ m[k ~ 'TAIL'] }}{% endfor %}",
    "{% set n = namespace(k='a') %}{% for m in messages %}{% if m.b %}{% set n.k = 'HEAD' ~ 'TAIL' %}"
      + "{% break %}{% endif %}{% endfor %}{{ messages[n.k] }}",
    "{% set l = [] %}{% for p in ['HEAD', 'TAIL'] %}{% set _ = l.append(p) %}{% endfor %}"
      + "{{ messages[l|join] }}",
    "{% set d = {'l': []} %}{% set _ = d.l.append('HEAD') %}{% set _ = d.l.append('TAIL') %}"
      + "{{ messages[d.l|join] }}",
    "{% set a = [] %}{% set b = [a] %}{% set _ = a.append('HEAD') %}{{ messages[b[0][0] ~ 'TAIL'] }}",
    "{% set n = namespace(d={'k': {}}) %}{% set _ = n.d.k.update({'v': 'HEAD'}) %}"
      + "{{ messages[n.d.k.v ~ 'TAIL'] }}",
    "{% set d = [[], []] %}{% for x in d %}{% set _ = x.append('HEAD') %}{% endfor %}"
      + "{{ messages[d[1][0] ~ 'TAIL'] }}",
    "{% set a = [] %}{% for x in [a, a] %}{% if loop.first %}{% set _ = x.append('HEAD') %}"
      + "{% else %}{{ messages[x[0] ~ 'TAIL'] }}{% endif %}{% endfor %}",
    "{% macro k(l) %}{% set _ = l.append('HEAD') %}{% endmacro %}{% set d = [] %}{{ k(d) }}"
      + "{{ messages[d[0] ~ 'TAIL'] }}",
    "{% set e = ['HEAD'] %}{{ ['HEAD'].append('x') }}{{ messages[(e|join) ~ 'TAIL'] }}",
    "{% set a = ['HEAD'] %}{% set b = ['HEAD'] %}{% set _ = a.append('x') %}"
      + "{{ messages[(b|join) ~ 'TAIL'] }}",
    "{% set l = [] %}{% for m in messages %}{% set _ = l.append('HEAD') %}{% endfor %}"
      + "{{ messages[l[0] ~ 'TAIL'] }}",
    "{% set n = namespace(l=[]) %}{% for m in messages %}{% set n.l = n.l + ['HEAD'] %}{% endfor %}"
      + "{{ messages[n.l[5] ~ 'TAIL'] }}",
    "{% for c in [['HEAD', 'TAIL']] recursive %}{% if c is string %}{{ messages[c ~ ''] }}"
      + "{% else %}{{ loop(['HEADTAIL']) }}{% endif %}{% endfor %}",
  ]

  static func template(_ means: String, _ head: String, _ tail: String) -> String {
    let whole = head + tail
    return
      means
      .replacing("HEAD", with: head).replacing("TAIL", with: tail)
      .replacing("DAEH", with: String(whole.reversed()))
      .replacing("UPPER", with: whole.uppercased())
      .replacing("MARKED", with: whole.replacing("_", with: "@"))
  }

  @Test("finds an internal however its name is made", arguments: means)
  func finds(means: String) {
    for (head, tail) in [("__cla", "ss__"), ("gi_", "frame")] {
      let template = Self.template(means, head, tail)
      let findings = Self.findings(template)
      #expect(findings.first?.id == "template-unsafe", "\(template)")
      #expect(findings.first?.severity == .error)
      #expect(findings.first?.place == "t, line 1")
    }
  }

  @Test("lets an honest name be that is made by the same means", arguments: means)
  func letsBe(means: String) {
    for (head, tail) in [("tool_", "calls"), ("con", "tent")] {
      let template = Self.template(means, head, tail)
      #expect(Self.findings(template).isEmpty, "\(template)")
    }
  }

  @Test("names what it found, and the line")
  func message() throws {
    let finding = try #require(Self.findings("a\n\n{{ m['__glo' ~\n'bals__'] }}").first)
    #expect(finding.message.contains("`__globals__`"))
    #expect(finding.place == "t, line 3")
  }

  @Test(
    "does not pass over a name that cannot be followed",
    arguments: [
      "{% set u = (()|select|string)[24] %}{{ messages[u ~ u ~ 'class' ~ u ~ u] }}",
      "{{ messages[bos_token] }}", "{{ messages[bos_token[0] ~ 'x'] }}",
      "{% set u = messages[0].content|replace(messages[0].content, '_') %}"
        + "{{ messages[u ~ u ~ 'class' ~ u ~ u] }}",
      "{% set s = messages.sort|string %}{{ messages[s[1] ~ s[1] ~ 'cl' ~ 'ass' ~ s[1]] }}",
      "{{ messages|attr(messages[0].content) }}", "{{ messages|map(attribute=tools[0].name) }}",
      "{{ messages|map(tools[0].name, 'x') }}",
      "{{ messages['X19j'.encode().decode('utf-7')] }}",
      "{{ messages['@@class@@'.translate({64: '_'})] }}",
      "{{ messages['class'|center(9)|replace(' ', '_')] }}",
      "{{ messages[('__cl' ~ 'ass__')|tojson] }}", "{{ messages['__cla<b>ss__'|striptags] }}",
      "{{ messages['xx__class__yy'[:messages|length]] }}",
      "{{ messages['_' * messages|length ~ 'class' ~ '_' * messages|length] }}",
      "{% set n = namespace(k='') %}{% for m in messages %}{% set n.k = n.k ~ '_' %}{% endfor %}"
        + "{{ messages[n.k ~ 'class' ~ n.k] }}",
      "{{ messages['_' ~ nothing.here ~ '_class_' ~ nothing.here ~ '_'] }}",
      "{% macro f(n) %}{% if n %}_{{ f(n[1:]) }}{% endif %}{% endmacro %}"
        + "{{ messages[f(messages) ~ 'class' ~ f(messages)] }}",
      "{{ messages[(namespace(a_=1)|string)[3]] }}", "{{ messages['%c' % messages|length] }}",
    ])
  func unfollowed(template: String) {
    #expect(Self.findings(template).first?.id == "template-unsafe")
  }

  @Test(
    "finds a field of a format that reads an attribute",
    arguments: [
      "{{ '{0.gi_frame}'.format(messages) }}", "{{ ('{0.__cl' ~ 'ass__}').format(messages) }}",
      "{{ '{0.__cl' 'ass__}'['format'](messages) }}",
      "{{ ('{a.__cl' ~ 'ass__}').format_map({'a': messages}) }}",
      "{{ ('{0.' ~ messages[0].content ~ '}').format(messages) }}",
    ])
  func fields(template: String) {
    #expect(Self.findings(template).first?.id == "template-unsafe")
  }

  @Test(
    "lets be what honest templates do with what is not known",
    arguments: [
      "{% for k, v in tools[0].items() %}{{ k ~ '=' ~ tools[0][k] }}{% endfor %}",
      "{{ message[message.type ~ '_url'] }}", "{{ message['tool_' ~ message.kind] }}",
      "{% set n = namespace(i=0) %}{% for m in messages %}{% set n.i = n.i + 1 %}"
        + "{{ messages[n.i - 1] }}{% endfor %}",
      "{{ messages[(messages|length) - 1].content.split('</think>')[-1].lstrip('\\n') }}",
      "{% if tools is none %}{% set tools = [] %}{% endif %}{{ tools[0].name }}",
      "{{ types[schema.type]|default('any') }}{{ {'a': 'b'}[message.role] }}",
      "{{ 'turn_' ~ loop_index }}{{ message['turn_' ~ messages|length] }}",
      "{% set k = 'reasoning' if messages[0].reasoning else 'reasoning_content' %}{{ messages[0][k] }}",
      "{{ message.content|replace('__', '--')|replace('_', ' ') }}{{ '_' ~ message.name }}",
      "{{ '{}: {}'.format(message.role, message.content) }}{{ message.content % () }}",
      "{% macro m(x, depth=0) %}{{ '  ' * depth ~ x.content }}{% for c in x.children %}"
        + "{{ m(c, depth + 1) }}{% endfor %}{% endmacro %}{% for x in messages %}{{ m(x) }}{% endfor %}",
      "{{ 'Define `__init__`, and end with if __name__ == \"__main__\":' }}", "{{ '__END__' }}",
      "{{ '\\u003cthink\\u003e\\u00a0\\x1b[0m' }}", "{% set joiner = ', ' %}{{ joiner }}",
      "{{ loop|attr('index') }}", "{{ messages[bos_token|length] }}",
      "{% set n = namespace(l=[]) %}{% for m in messages %}{% set n.l = n.l + [{'role': 'tool_role', "
        + "'content': m.content}] %}{% endfor %}{% for m in n.l %}{% for k, v in m.items() %}"
        + "{{ m[k] }}{% endfor %}{% endfor %}",
      "{% set n = namespace(l=[]) %}{% for m in messages %}{% set n.l = n.l + ['tool_' ~ m.name] %}"
        + "{% endfor %}{% for k in n.l %}{{ tools[k] }}{% endfor %}",
      "{% set l = ['user_role'] %}{% for m in messages %}{% if m.a %}{% set _ = l.append('tool_role') %}"
        + "{% endif %}{{ names[l|last] }}{{ names[m.role] }}{% endfor %}",
    ])
  func idioms(template: String) {
    #expect(Self.findings(template).isEmpty, "\(Self.findings(template))")
  }

  @Test(
    "says so if a template is not understood",
    arguments: [
      "{{", "{% if a %}", "{{ a b }}", "{% unknown %}", "{{ [1, }}", "{% endfor %}",
      "{{ \(String(repeating: "(", count: 9000)) }}", String(repeating: "{% if a %}", count: 9000),
    ])
  func unread(template: String) {
    let findings = Self.findings(template)
    #expect(findings.map(\.id) == ["file.unread"])
    #expect(findings.first?.severity == .warning)
  }

  @Test("finds words of a template that is not understood")
  func words() {
    #expect(
      Self.findings("{{ a.__class__ }}{% if").map(\.id) == ["template-unsafe", "file.unread"])
    #expect(Self.findings("{{ lipsum }}{% if").map(\.id) == ["template-unsafe", "file.unread"])
  }

  @Test(
    "ends, and says so, where values share their parts and double with each statement",
    .timeLimit(.minutes(2)),
    arguments: [
      "{% set n = namespace(a=['x']) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}"
        + "{{ messages[n.a|join] }}",
      "{% set d = {} %}{% for i in range(60) %}{% set _ = d.update({'k': d, 'j': d}) %}{% endfor %}"
        + "{{ messages[d.k] }}",
      "{% set a = ['x'] %}{% for i in range(60) %}{% set _ = a.append(a) %}{% endfor %}",
      "{% set n = namespace(a=['x']) %}{% for m in messages %}{% for i in range(60) %}"
        + "{% set n.a = {'j': n.a, 'k': n.a} %}{% endfor %}{% endfor %}{{ n.a }}",
    ])
  func doubles(template: String) throws {
    let finding = try #require(Self.findings(template).first)
    #expect(
      finding.id == "template-unsafe" && finding.message.contains("larger than can be followed"))
  }

  @Test(
    "ends, and says so, where a template computes without end",
    arguments: [
      "{% for a in range(500) %}{% for b in range(500) %}{% for c in range(500) %}{{ a * b }}"
        + "{% endfor %}{% endfor %}{% endfor %}",
      (0..<30).map {
        "{% macro m\($0)(x) %}{{ m\($0 + 1)(x) }}{{ m\($0 + 1)(x) }}{{ m\($0 + 1)(x) }}{% endmacro %}"
      }.joined() + "{{ m0('a') }}",
    ])
  func exhausts(template: String) throws {
    let finding = try #require(Self.findings(template).first)
    #expect(
      finding.id == "template-unsafe" && finding.message.contains("more than can be followed"))
  }

  @Test(
    "stays small where texts grow",
    arguments: [
      "{% set n = namespace(a='x') %}{% for i in range(500) %}{% set n.a = n.a ~ n.a %}{% endfor %}",
      "{{ 'x' * 1000000000000 }}", "{{ '%999999999999s' % 'x' }}",
      "{% set n = namespace(a='x') %}{% for i in range(100000000) %}{% set n.a = n.a ~ 'y' %}{% endfor %}",
      "{{ a" + String(repeating: "|lower", count: 5000) + " }}",
      "{{ a" + String(repeating: " ~ 'b'", count: 5000) + " }}",
    ])
  func grows(template: String) {
    #expect(Self.findings(template).isEmpty)
  }

  @Test("takes away the blanks that tags take away")
  func blanks() {
    let texts = { (template: String) in
      JinjaLexer.tokens(of: Array(template.utf8)).compactMap { token -> String? in
        if case .text(let text) = token.kind { JinjaLexer.text(text) } else { nil }
      }
    }
    #expect(
      texts("a {%- if x -%} \n b{% endif %}\nc\n  {% set y = 1 %}\nd") == ["a", "b", "c\n", "d"])
    #expect(texts("a {{- x -}} b {{ y }}\n") == ["a", "b ", "\n"])
    #expect(texts("a{# b #}\nc {%+ if x %} {# -#} d") == ["a", "c ", " ", "d"])
    #expect(texts("{% raw -%} {{ x }} {%- endraw %}e") == ["{{ x }}", "e"])
  }
}
