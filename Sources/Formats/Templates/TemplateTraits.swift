// What is known of a text whose characters are not known: whose it is, and what literal pieces of
// the template may be in it.

struct TemplateTraits: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  /// From the conversation, the tools, or whatever else a caller passes.
  static let data = TemplateTraits(rawValue: 1)
  /// Letters of the template itself.
  static let literal = TemplateTraits(rawValue: 2)
  /// A literal piece holds an underscore.
  static let underscore = TemplateTraits(rawValue: 4)
  /// A literal piece begins or ends with an underscore.
  static let edge = TemplateTraits(rawValue: 8)
  /// A literal piece holds a name of Python's internals, or two underscores side by side.
  static let forbidden = TemplateTraits(rawValue: 16)
  /// Pieces may be there any number of times, in any order, cut anywhere.
  static let repeated = TemplateTraits(rawValue: 32)
  /// Made by the template in a way that was not followed: what Python prints of an object, the
  /// words of the model's own special tokens.
  static let opaque = TemplateTraits(rawValue: 64)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The traits of a literal text.
  init(literal text: [Unicode.Scalar]) {
    guard !text.isEmpty else {
      self = []
      return
    }
    var traits: TemplateTraits = .literal
    if text.contains("_") { traits.insert(.underscore) }
    if text.first == "_" || text.last == "_" { traits.insert(.edge) }
    if PythonInternals.isForbidden(text) || PythonInternals.hasDoubleUnderscore(text) {
      traits.insert(.forbidden)
    }
    self = traits
  }

  /// The same after being cut, repeated or put in another order.
  var shuffled: TemplateTraits { contains(.literal) ? union(.repeated) : self }
}
