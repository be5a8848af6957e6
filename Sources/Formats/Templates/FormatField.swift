// The places of a pattern that are filled in: `%s` and `%-5d` of one form, `{}` and `{name:>5}` of
// the other.
//
// Source: https://docs.python.org/3/library/stdtypes.html#old-string-formatting and
// https://docs.python.org/3/library/string.html#formatstrings. Forms beyond texts and plain whole
// numbers are told apart, not computed.

/// The values that a pattern takes, one after the other or by name.
struct TemplateFields {
  var values: [TemplateValue]
  var entries: [TemplateValue.Entry] = []
  /// Whether there are more that are not known.
  var hasMore = false
  private var next = 0

  init(values: [TemplateValue]) { self.values = values }

  mutating func take(_ field: FormatField) -> TemplateValue {
    var value: TemplateValue?
    switch field.source {
    case .next:
      value = next < values.count ? values[next] : nil
      next += 1
    case .position(let index): value = index < values.count ? values[index] : nil
    case .name(let name): value = TemplateValue.entry(name, entries)
    }
    return value ?? (hasMore || isOpen ? .opaque : .undefined)
  }

  /// Whether the values are one value that may be a tuple or a dictionary.
  private var isOpen: Bool { values.contains { $0.isMade } }
}

enum FormatPiece {
  case literal([Unicode.Scalar])
  case field(FormatField)
  case unclear
}

/// One place of a pattern to be filled.
struct FormatField {
  enum Source { case next, position(Int), name([Unicode.Scalar]) }

  var source = Source.next
  /// Attributes and subscripts that are looked up in the value.
  var path: [[Unicode.Scalar]] = []
  var fill: Unicode.Scalar = " "
  var isLeftAligned = false
  var width = 0
  /// How much of the text is kept.
  var precision: Int?
  var kind: Unicode.Scalar = "s"

  init() {}

  /// The same form without the path to the value.
  init(as field: FormatField) {
    self = field
    path = []
  }

  var isPlain: Bool { width == 0 && precision == nil && (kind == "s" || kind == "d") }

  func padded(_ text: [Unicode.Scalar]) -> [Unicode.Scalar]? {
    guard width <= 4096, kind == "s" || (kind == "d" && precision == nil) else { return nil }
    let kept = Array(text.prefix(precision ?? text.count))
    let padding = Array(repeating: fill, count: max(0, width - kept.count))
    return isLeftAligned ? kept + padding : padding + kept
  }
}

/// `%s`, `%-5d`, `%(name)s`.
struct PercentPattern {
  private(set) var pieces: [FormatPiece] = []
  private let text: [Unicode.Scalar]
  private var index = 0

  init(_ text: [Unicode.Scalar]) {
    self.text = text
    while index < text.count {
      let literal = text[index...].prefix { $0 != "%" }
      if !literal.isEmpty { pieces.append(.literal(Array(literal))) }
      index += literal.count
      if index < text.count { pieces.append(field()) }
    }
  }

  private func scalar() -> Unicode.Scalar { index < text.count ? text[index] : "\0" }

  private mutating func field() -> FormatPiece {
    index += 1
    var field = FormatField()
    if scalar() == "(" {
      let name = text[(index + 1)...].prefix { $0 != ")" }
      field.source = .name(Array(name))
      index += name.count + 2
    }
    while index < text.count, "-+ #0".unicodeScalars.contains(scalar()) {
      if scalar() == "-" { field.isLeftAligned = true }
      if scalar() == "0" { field.fill = "0" }
      index += 1
    }
    field.width = number() ?? 0
    if scalar() == "." {
      index += 1
      field.precision = number() ?? 0
    }
    let kind = scalar()
    index += 1
    switch kind {
    case "%": return .literal(["%"])
    case "s", "c": field.kind = kind
    case "d", "i", "u": field.kind = "d"
    default: return .unclear
    }
    return .field(field)
  }

  private mutating func number() -> Int? {
    let digits = text[min(index, text.count)...].prefix { ("0"..."9").contains($0) }
    index += digits.count
    return digits.isEmpty ? nil : Int(JinjaLexer.text(digits)) ?? .max
  }
}

/// `{}`, `{0}`, `{name.attribute[key]:>5}`.
struct BracePattern {
  private(set) var pieces: [FormatPiece] = []

  init(_ text: [Unicode.Scalar]) {
    var index = 0
    var literal: [Unicode.Scalar] = []
    while index < text.count {
      let scalar = text[index]
      index += 1
      let isDoubled = index < text.count && text[index] == scalar
      if (scalar == "{" || scalar == "}") && isDoubled {
        literal.append(scalar)
        index += 1
      } else if scalar == "{" {
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        literal = []
        var depth = 1
        let start = index
        while index < text.count, depth > 0 {
          if text[index] == "{" { depth += 1 }
          if text[index] == "}" { depth -= 1 }
          index += 1
        }
        append(Array(text[start..<max(start, index - (depth == 0 ? 1 : 0))]))
      } else {
        literal.append(scalar)
      }
    }
    if !literal.isEmpty { pieces.append(.literal(literal)) }
  }

  private mutating func append(_ body: [Unicode.Scalar]) {
    var field = FormatField()
    let end = body.firstIndex { $0 == "!" || $0 == ":" } ?? body.count
    let parts = body[..<end].split(omittingEmptySubsequences: false) { $0 == "." || $0 == "[" }
    let names = parts.map { part in part.filter { $0 != "]" } }
    if let first = names.first, !first.isEmpty {
      field.source = Int(JinjaLexer.text(first)).map { .position($0) } ?? .name(Array(first))
    }
    field.path = names.dropFirst().map { Array($0) }
    var rest = body[end...]
    if rest.first == "!" { rest = rest.dropFirst(2) }
    let isClear = rest.isEmpty || field.read(specification: Array(rest.dropFirst()))
    pieces.append(.field(field))
    // The field stays, so that the names in it are judged.
    if !isClear { pieces.append(.unclear) }
  }
}

extension FormatField {
  /// Reads what stands behind the colon; false for a form that is not computed.
  fileprivate mutating func read(specification: [Unicode.Scalar]) -> Bool {
    var rest = specification[...]
    func isAlignment(_ scalar: Unicode.Scalar?) -> Bool {
      scalar.map { "<>^=".unicodeScalars.contains($0) } ?? false
    }
    var alignment: Unicode.Scalar?
    if isAlignment(rest.dropFirst().first), let first = rest.first {
      fill = first
      alignment = rest.dropFirst().first
      rest = rest.dropFirst(2)
    } else if isAlignment(rest.first) {
      alignment = rest.first
      rest = rest.dropFirst()
    }
    // Texts stand to the left unless they are told otherwise.
    isLeftAligned = alignment != ">"
    let digits = rest.prefix { ("0"..."9").contains($0) }
    if !digits.isEmpty { width = Int(JinjaLexer.text(digits)) ?? .max }
    rest = rest.dropFirst(digits.count)
    if rest.first == "." {
      let digits = rest.dropFirst().prefix { ("0"..."9").contains($0) }
      precision = Int(JinjaLexer.text(digits)) ?? .max
      rest = rest.dropFirst(1 + digits.count)
    }
    if let last = rest.first, "sdc".unicodeScalars.contains(last) {
      kind = last
      rest = rest.dropFirst()
    }
    let isNumberPadded = kind == "d" && width > 0
    return rest.isEmpty && alignment != "^" && alignment != "=" && !isNumberPadded
  }
}
