// Texts that are filled in: `'%s' % x` and `'{}'.format(x)`, as Python does it.
//
// What a pattern asks for is computed where texts and whole numbers go in plainly or padded; any
// other form gives a text that is not known.

extension TemplateEvaluator {
  /// `pattern % values`, which is also the filter `format`.
  func percent(_ pattern: TemplateValue, _ values: TemplateValue) -> TemplateValue {
    guard case .text(let text) = pattern, let literal = text.literal else {
      return .unknown(pattern.traits.union(values.traits).shuffled)
    }
    var fields = TemplateFields(values: [values])
    if case .list(let items, .tuple) = values { fields.values = items }
    if case .map(let entries) = values { fields.entries = entries }
    return filled(PercentPattern(literal).pieces, &fields)
  }

  /// `pattern.format(…)`.
  func format(_ pattern: TemplateValue, _ arguments: TemplateArguments) -> TemplateValue {
    guard case .text(let text) = pattern, let literal = text.literal else {
      judge(pattern: pattern)
      return .unknown(pattern.traits.union(arguments.traits).shuffled)
    }
    let pieces = BracePattern(literal).pieces
    for case .field(let field) in pieces {
      for name in field.path {
        judge(name: .string(name), line: line)
      }
    }
    var fields = TemplateFields(values: arguments.positional)
    fields.entries = arguments.named.map { .init(key: .string($0.name), value: $0.value) }
    fields.hasMore = arguments.unknown != nil
    return filled(pieces, &fields)
  }

  /// A pattern of which only parts are known may read attributes.
  func judge(pattern: TemplateValue) {
    for value in pattern.alternatives {
      guard case .text(let text) = value else {
        judge(name: value, line: line)
        continue
      }
      let doubtful = text.traits.intersection([.opaque, .forbidden])
      let isOpen = text.literals.contains("{")
      if isOpen, text.literals.contains(".") || text.literals.contains("[") || !doubtful.isEmpty {
        judge(name: .opaque, line: line)
      }
    }
  }

  private func filled(_ pieces: [FormatPiece], _ fields: inout TemplateFields) -> TemplateValue {
    var parts: [TemplateValue] = []
    for piece in pieces {
      switch piece {
      case .literal(let text): parts.append(.string(text))
      case .field(let field): parts.append(value(field, fields.take(field)))
      case .unclear: parts.append(.opaque)
      }
    }
    return joined(parts)
  }

  private func value(_ field: FormatField, _ value: TemplateValue) -> TemplateValue {
    var value = value
    for name in field.path { value = element(key(name), of: value) }
    if case .oneOf(let values) = value {
      return .any(of: values.map { self.value(FormatField(as: field), $0) })
    }
    if field.kind == "c" {
      guard case .number(let number) = value, let code = UInt32(exactly: number),
        let scalar = Unicode.Scalar(code)
      else { return value.literal?.count == 1 ? value : .opaque }
      return .string([scalar])
    }
    guard field.isPlain else {
      guard let text = texts(of: value).first?.literal, let padded = field.padded(text) else {
        return value.isMade ? .opaque : .data
      }
      return .string(padded)
    }
    return value
  }

  private func key(_ name: [Unicode.Scalar]) -> TemplateValue {
    Int(JinjaLexer.text(name)).map { .number($0) } ?? .string(name)
  }
}
