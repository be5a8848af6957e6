// Searches a Jinja chat template for what an innocent one never needs.
//
// Source: https://jinja.palletsprojects.com/templates/ and the known ways out of its sandbox:
// dunder attributes lead from any value to Python's classes; `attr` reads attributes by a computed
// name; `cycler`, `joiner`, `lipsum` are objects of Python; `import`, `include`, `from`, `extends`
// load other templates; escapes in strings hide underscores.
//
// Only code counts: text between tags, comments and raw blocks are data.

import Base

public enum ChatTemplateScan {
  /// More findings of one template than anybody reads.
  static let findingsMax = 16

  private static let objects: Set<String> = ["cycler", "joiner", "lipsum"]
  private static let loaders: Set<String> = ["import", "include", "from", "extends"]
  private static let internals: Set<String> = [
    "func_globals", "func_code", "gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame",
    "f_globals", "f_locals", "f_builtins", "f_back", "tb_frame", "mro", "im_func", "im_self",
  ]

  /// Unsafe constructs, each with its line. `place` names the template.
  public static func findings(in template: [UInt8], place: String) -> [Finding] {
    var lexer = JinjaLexer(bytes: template)
    var findings: [Finding] = []
    var previous: JinjaToken?
    while findings.count < findingsMax, let token = lexer.next() {
      if let reason = reason(for: token, after: previous) {
        findings.append(
          Finding(
            id: "template-unsafe", severity: .error, message: reason,
            place: "\(place), line \(token.line)"))
      }
      previous = token
    }
    return findings
  }

  private static func reason(for token: JinjaToken, after previous: JinjaToken?) -> String? {
    switch token.kind {
    case .name(let name):
      if name.hasPrefix("__") || name.hasPrefix("_TemplateReference") {
        return "the name `\(name)` leads from a value to Python's internals"
      }
      let isAttribute = previous?.isSymbol(".") == true
      if isAttribute, internals.contains(name) {
        return "the attribute `\(name)` leads from a value to Python's internals"
      }
      if !isAttribute, objects.contains(name) {
        return "`\(name)` is an object of Python with a way to its internals"
      }
      if name == "attr", previous?.isSymbol("|") == true {
        return "the filter `attr` reads attributes by a computed name"
      }
      if loaders.contains(name), previous?.kind == .statementStart {
        return "`\(name)` loads another template"
      }
      return nil
    case .text(let body, let hasHexEscape):
      if hasHexEscape { return "a string hides characters behind numeric escapes" }
      return holdsDunder(body) ? "a string names Python's internals (`__…__`)" : nil
    default: return nil
    }
  }

  /// Two underscores, letters, two underscores.
  private static func holdsDunder(_ body: [UInt8]) -> Bool {
    var index = 0
    while index + 1 < body.count {
      guard body[index] == 0x5F, body[index + 1] == 0x5F else {
        index += 1
        continue
      }
      let rest = body[(index + 2)...]
      let word = rest.prefix { ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x5F }
      if word.count > 2, word.suffix(2).elementsEqual([0x5F, 0x5F]),
        word.contains(where: { $0 != 0x5F })
      {
        return true
      }
      index += 2 + word.count
    }
    return false
  }
}
