// The names that lead from a value to Python's internals, and so out of a template.
//
// Source: the attributes that Jinja's sandbox refuses (functions, generators, coroutines, frames,
// types), and all names with two leading underscores.

enum PythonInternals {
  /// Attributes without two leading underscores.
  static let names: Set<String> = [
    "func_closure", "func_code", "func_dict", "func_defaults", "func_globals", "gi_frame",
    "gi_code", "gi_yieldfrom", "cr_frame", "cr_code", "cr_await", "cr_origin", "ag_frame",
    "ag_code", "ag_await", "f_globals", "f_locals", "f_builtins", "f_back", "f_code", "tb_frame",
    "tb_next", "mro", "im_class", "im_func", "im_self", "co_code", "co_consts",
  ]

  /// Names with two leading underscores that no text of another meaning has.
  private static let known: Set<String> = [
    "class", "base", "bases", "mro", "subclasses", "globals", "builtins", "builtin", "import",
    "init", "dict", "code", "closure", "func", "self", "module", "getattribute", "getattr",
    "getitem", "setattr", "delattr", "call", "new", "reduce", "reduce_ex", "subclasshook",
    "init_subclass", "class_getitem", "loader", "spec", "defaults", "kwdefaults", "wrapped",
    "enter", "exit", "format", "doc", "name", "qualname", "slots", "weakref", "annotations",
  ]

  /// Words that are of use to somebody who builds one of the names from parts.
  static let fragments: Set<String> = [
    "class", "base", "bases", "mro", "subclasses", "globals", "builtins", "import", "init",
    "getattribute", "getattr", "getitem", "closure", "reduce", "loader", "frame", "code", "dict",
  ]

  /// Whether an attribute of this name is one of the internals.
  static func isForbidden(_ name: [Unicode.Scalar]) -> Bool {
    if name.starts(with: ["_", "_"]) { return true }
    let text = JinjaLexer.text(name)
    return names.contains(text) || text.hasPrefix("_TemplateReference")
  }

  static func hasDoubleUnderscore(_ text: [Unicode.Scalar]) -> Bool {
    zip(text, text.dropFirst()).contains { $0 == "_" && $1 == "_" }
  }

  /// Whether a text without blanks spells one of the well-known names, `__class__` or
  /// `0.__class__`; prose that speaks of one does not.
  static func spellsName(_ text: [Unicode.Scalar]) -> Bool {
    guard text.count <= 200, !text.contains(where: JinjaLexer.isBlank) else { return false }
    var start = 0
    while start + 4 < text.count {
      guard text[start] == "_", text[start + 1] == "_" else {
        start += 1
        continue
      }
      let word = text[(start + 2)...].prefix { JinjaLexer.isNameScalar($0) }
      let name = JinjaLexer.text(word)
      if name.hasSuffix("__"), known.contains(String(name.dropLast(2)).lowercased()) { return true }
      start += 2 + word.count
    }
    return false
  }
}
