// Whether a name of which only parts are known may be one of Python's internals.
//
// A name that comes from the conversation as it is, also with an honest prefix or suffix, is no
// doubt: templates walk through tools and arguments that way. Doubt is what puts underscores side
// by side, what spells a word that only an escape needs, and what was made in a way that was not
// followed.

enum TemplateNameDoubt {
  static func exists(about traits: TemplateTraits) -> Bool {
    traits.contains(.opaque) || traits.contains(.forbidden)
      || traits.isSuperset(of: [.repeated, .underscore])
  }

  static func exists(about text: TemplateText, adding more: TemplateTraits) -> Bool {
    if exists(about: text.traits.union(more)) { return true }
    let literals = text.literals.filter { !JinjaLexer.isBlank($0) }
    if PythonInternals.isForbidden(literals) || PythonInternals.hasDoubleUnderscore(literals) {
      return true
    }
    let unknown = text.parts.filter { if case .unknown = $0 { true } else { false } }.count
    if unknown > 3 || hasAdjacentUnderscores(text) { return true }
    if case .literal(let first) = text.parts.first, first.first == "_" { return true }
    guard unknown > 1 else { return false }
    return spellsFragment(literals)
      || text.parts.contains {
        if case .literal(let part) = $0 { spellsFragment(part) } else { false }
      }
  }

  private static func spellsFragment(_ text: [Unicode.Scalar]) -> Bool {
    let word = text.filter { $0 != "_" }
    return PythonInternals.fragments.contains(JinjaLexer.text(word).lowercased())
  }

  /// Two parts side by side that may both have an underscore where they meet.
  private static func hasAdjacentUnderscores(_ text: TemplateText) -> Bool {
    zip(text.parts, text.parts.dropFirst()).contains { a, b in
      hasUnderscore(a) { $0.last } && hasUnderscore(b) { $0.first }
    }
  }

  private static func hasUnderscore(
    _ part: TemplateText.Part, _ end: ([Unicode.Scalar]) -> Unicode.Scalar?
  ) -> Bool {
    switch part {
    case .literal(let text): end(text) == "_"
    case .unknown(let traits): traits.contains(.edge)
    }
  }
}
