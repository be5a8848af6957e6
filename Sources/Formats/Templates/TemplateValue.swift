// A value of a template, as far as it can be told without a conversation.

indirect enum TemplateValue: Equatable, Sendable {
  case undefined
  case none
  case flag(Bool)
  case number(Int)
  /// A number or a truth value that is not known.
  case quantity
  case text(TemplateText)
  case list([TemplateValue], Kind)
  case map([Entry])
  /// A list whose length is not known; what its elements may be.
  case sequence(TemplateValue)
  /// Anything, with letters of these traits in it.
  case unknown(TemplateTraits)
  /// An object of `namespace(…)`, by its number.
  case namespace(Int)
  /// A macro, by its number.
  case macro(Int)
  /// A function that Jinja or the library brings.
  case function(String)
  case method(TemplateValue, String)
  /// The variable `loop`: its facts, and the number of the loop.
  case loop([Entry], number: Int)
  /// One of these, none of them of this case itself.
  case oneOf([TemplateValue])

  enum Kind: Equatable, Sendable { case list, tuple, generator }

  struct Entry: Equatable, Sendable {
    let key: TemplateValue
    var value: TemplateValue
  }

  static let alternativesMax = 24
  static let data = TemplateValue.unknown(.data)
  static let opaque = TemplateValue.unknown(.opaque)

  static func string(_ text: String) -> TemplateValue { .text(TemplateText(text)) }
  static func string(_ text: [Unicode.Scalar]) -> TemplateValue { .text(TemplateText(text)) }

  /// The characters, if the value is a text that is known whole.
  var literal: [Unicode.Scalar]? {
    if case .text(let text) = self { text.literal } else { nil }
  }

  /// The same as a string.
  var word: String? { literal.map { JinjaLexer.text($0) } }

  var alternatives: [TemplateValue] {
    if case .oneOf(let values) = self { values } else { [self] }
  }

  /// What letters may be in it, or in what is in it.
  var traits: TemplateTraits {
    switch self {
    case .undefined, .none, .flag, .number, .quantity: []
    case .text(let text): text.traits
    case .list(let values, let kind):
      values.reduce(kind == .generator ? .opaque : []) { $0.union($1.traits) }
    case .map(let entries), .loop(let entries, _):
      entries.reduce([]) { $0.union($1.key.traits).union($1.value.traits) }
    case .sequence(let value): value.traits
    case .unknown(let traits): traits
    case .namespace, .macro, .function: .opaque
    case .method(let value, _): value.traits.union(.opaque)
    case .oneOf(let values): values.reduce([]) { $0.union($1.traits) }
    }
  }

  /// Whether it holds letters of the template, or what cannot be followed.
  var isMade: Bool { !traits.isDisjoint(with: [.literal, .opaque]) }

  // MARK: Joining what two ways may give

  /// Any of the values.
  static func any(of values: [TemplateValue]) -> TemplateValue {
    var known: [TemplateValue] = []
    for value in values.flatMap(\.alternatives) where !known.contains(value) {
      known.append(value)
      if known.count > alternativesMax { return widened(values) }
    }
    return known.count == 1 ? known[0] : known.isEmpty ? .undefined : .oneOf(known)
  }

  func or(_ other: TemplateValue) -> TemplateValue {
    self == other ? self : .any(of: [self, other])
  }

  /// Values of which there are too many to keep each: a number stays a number, else the traits
  /// are what is left.
  static func widened(_ values: [TemplateValue]) -> TemplateValue {
    let all = values.flatMap(\.alternatives)
    let isNumeric = all.allSatisfy {
      switch $0 {
      case .number, .quantity, .flag, .none, .undefined: true
      default: false
      }
    }
    if isNumeric { return .quantity }
    let traits = all.reduce(TemplateTraits()) { $0.union($1.traits) }
    // A list that grows from turn to turn is still a list.
    if let elements = elements(all) { return .sequence(.unknown(elements.union(traits).shuffled)) }
    return .unknown(traits.isEmpty ? .data : traits.shuffled)
  }

  /// Lists of changing lengths as one list of what their elements may be; other values widened.
  static func gathered(_ values: [TemplateValue]) -> TemplateValue {
    var items: [TemplateValue] = []
    for value in values.flatMap(\.alternatives) {
      switch value {
      case .list(let elements, let kind) where kind != .generator: items += elements
      case .sequence(let item): items.append(item)
      default: return .widened(values)
      }
    }
    return items.isEmpty ? .list([], .list) : .sequence(.any(of: items))
  }

  private static func elements(_ values: [TemplateValue]) -> TemplateTraits? {
    var traits = TemplateTraits()
    for value in values {
      switch value {
      case .list(let items, _): traits = items.reduce(traits) { $0.union($1.traits) }
      case .sequence(let item): traits.formUnion(item.traits)
      default: return nil
      }
    }
    return traits.isEmpty ? .data : traits
  }

  // MARK: What it holds

  /// The values in it, but for the keys of dictionaries.
  var parts: [TemplateValue] {
    switch self {
    case .list(let items, _): items
    case .map(let entries), .loop(let entries, _): entries.map(\.value)
    case .sequence(let value), .method(let value, _): [value]
    case .oneOf(let values): values
    default: []
    }
  }

  /// Counts the values in it, keys too, against what is left; false where that is used up.
  func fits(_ left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch self {
    case .list(let items, _), .oneOf(let items): return items.allSatisfy { $0.fits(&left) }
    case .map(let entries), .loop(let entries, _):
      return entries.allSatisfy { $0.key.fits(&left) && $0.value.fits(&left) }
    case .sequence(let value), .method(let value, _): return value.fits(&left)
    default: return true
    }
  }

  // MARK: Reading

  /// The value of an entry by a name that is known.
  static func entry(_ name: [Unicode.Scalar], _ entries: [Entry]) -> TemplateValue? {
    entries.last { $0.key.literal == name }?.value
  }

  /// As a condition; nil if that depends on what is not known.
  var truth: Bool? {
    switch self {
    case .undefined, .none: false
    case .flag(let flag): flag
    case .number(let number): number != 0
    case .text(let text): text.literal.map { !$0.isEmpty } ?? (text.literals.isEmpty ? nil : true)
    case .list(let values, let kind): kind == .generator ? true : !values.isEmpty
    case .map(let entries): !entries.isEmpty
    case .namespace, .macro, .function, .method, .loop: true
    case .quantity, .sequence, .unknown: nil
    case .oneOf(let values):
      values.dropFirst().allSatisfy { $0.truth == values[0].truth } ? values[0].truth : nil
    }
  }

  /// The elements one by one, if they are known.
  var knownElements: [TemplateValue]? {
    switch self {
    case .list(let values, _): values
    case .map(let entries): entries.map(\.key)
    case .text(let text): text.literal.map { $0.map { .string([$0]) } }
    case .undefined, .none: []
    default: nil
    }
  }

  /// What any of its elements may be.
  var element: TemplateValue {
    switch self {
    case .sequence(let value): value
    case .text, .unknown: .unknown(traits.shuffled)
    case .oneOf(let values): .any(of: values.map(\.element))
    case .namespace, .macro, .function, .method, .loop: .opaque
    case .flag, .number, .quantity: .undefined
    case .list, .map, .undefined, .none: .any(of: knownElements ?? [])
    }
  }
}
