// A text that a template makes, as far as it can be told without a conversation: literal stretches
// and stretches of which only the traits are known.

struct TemplateText: Equatable, Sendable {
  enum Part: Equatable, Sendable {
    case literal([Unicode.Scalar])
    case unknown(TemplateTraits)
  }

  /// No two literal parts side by side, none of them empty.
  private(set) var parts: [Part] = []

  /// Longer texts are known by their traits alone.
  static let scalarsMax = 1 << 16
  static let partsMax = 64

  init() {}
  init(_ literal: [Unicode.Scalar]) { append(.literal(literal)) }
  init(_ literal: String) { self.init(Array(literal.unicodeScalars)) }
  init(unknown traits: TemplateTraits) { parts = [.unknown(traits)] }

  /// The whole text if all of it is known.
  var literal: [Unicode.Scalar]? {
    if parts.isEmpty { return [] }
    guard parts.count == 1, case .literal(let text) = parts[0] else { return nil }
    return text
  }

  /// What is literal in it, side by side.
  var literals: [Unicode.Scalar] {
    parts.reduce(into: []) { whole, part in
      if case .literal(let text) = part { whole += text }
    }
  }

  /// All traits together.
  var traits: TemplateTraits {
    parts.reduce([]) { whole, part in
      switch part {
      case .literal(let text): whole.union(TemplateTraits(literal: text))
      case .unknown(let traits): whole.union(traits)
      }
    }
  }

  mutating func append(_ part: Part) {
    switch (parts.last, part) {
    case (_, .literal([])): return
    case (.literal(var before), .literal(let text)):
      guard before.count + text.count <= Self.scalarsMax else { return collapse(adding: part) }
      // Taken out, so that the letters are not copied.
      parts.removeLast()
      before += text
      parts.append(.literal(before))
    case (_, .literal(let text)) where text.count > Self.scalarsMax: collapse(adding: part)
    default: parts.append(part)
    }
    if parts.count > Self.partsMax { collapse() }
  }

  mutating func append(_ text: TemplateText) {
    for part in text.parts { append(part) }
  }

  /// Keeps the traits alone.
  private mutating func collapse(adding part: Part? = nil) {
    var traits = traits
    if case .literal(let text) = part { traits.formUnion(TemplateTraits(literal: text)) }
    parts = [.unknown(traits.shuffled)]
  }

  /// Each literal stretch changed by itself; for changes that see one character at a time.
  func mapLiterals(_ change: (String) -> String) -> TemplateText {
    var text = TemplateText()
    for part in parts {
      switch part {
      case .literal(let scalars):
        text.append(.literal(Array(change(JinjaLexer.text(scalars)).unicodeScalars)))
      case .unknown: text.append(part)
      }
    }
    return text
  }
}
