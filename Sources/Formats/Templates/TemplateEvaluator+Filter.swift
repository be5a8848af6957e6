// The filters of Jinja: those that change one value. Those of lists are in
// TemplateEvaluator+Sequence.

extension TemplateEvaluator {
  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) -> TemplateValue {
    spend()
    if let result = sequenceFilter(name, value, arguments, line: line) { return result }
    switch name {
    case "default", "d": return standard(value, arguments)
    case "attr": return attributeFilter(value, arguments[0] ?? .undefined, line)
    case "string", "safe", "escape", "e", "forceescape": return asText(name, value)
    case "int":
      if let word = value.word, let number = Int(word) { return .number(number) }
      if case .number = value { return value }
      return .quantity
    case "length", "count":
      return value.knownElements.map { .number($0.count) } ?? .quantity
    case "float", "abs", "round", "wordcount": return .quantity
    case "filesizeformat": return .data
    case "format": return eachText(value) { percentFilter($0, arguments) }
    case "replace": return eachText(value) { replace($0, arguments) }
    case "lower": return eachText(value) { mapped($0, TemplateMethod.lower) }
    case "upper": return eachText(value) { mapped($0, TemplateMethod.upper) }
    case "capitalize": return eachText(value) { mappedWhole($0, TemplateMethod.capitalized) }
    case "title":
      return eachText(value) {
        mappedWhole($0) { text in
          TemplateMethod.title(text) { "-([{<".contains($0) || $0.isWhitespace }
        }
      }
    case "trim":
      return eachText(value) {
        call(method: "strip", of: $0, arguments)
      }
    default: return unfollowed(value, arguments)
    }
  }

  /// A filter that is not computed.
  private func unfollowed(_ value: TemplateValue, _ arguments: TemplateArguments) -> TemplateValue {
    let traits = value.traits.union(arguments.traits).union(.data).shuffled
    return .unknown(value.isMade ? traits.union(.opaque) : traits)
  }

  /// Each alternative, as the text that it gives.
  private func eachText(
    _ value: TemplateValue, _ change: (TemplateValue) -> TemplateValue
  ) -> TemplateValue {
    if case .unknown = value { return change(value) }
    return .any(of: texts(of: value).map { change(.text($0)) })
  }

  private func mapped(_ value: TemplateValue, _ change: (String) -> String) -> TemplateValue {
    guard case .text(let text) = value else { return value }
    return .text(text.mapLiterals(change))
  }

  private func mappedWhole(_ value: TemplateValue, _ change: (String) -> String) -> TemplateValue {
    guard case .text(let text) = value else { return value }
    return text.literal == nil ? .unknown(text.traits.shuffled) : .text(text.mapLiterals(change))
  }

  private func asText(_ name: String, _ value: TemplateValue) -> TemplateValue {
    let isEscaped = name != "string" && name != "safe"
    return .any(
      of: texts(of: value).map { text in
        .text(isEscaped ? text.mapLiterals(Self.escaped) : text)
      })
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "'": result += "&#39;"
      case "\"": result += "&#34;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private func standard(_ value: TemplateValue, _ arguments: TemplateArguments) -> TemplateValue {
    let standard = arguments[0] ?? arguments["default_value"] ?? .string("")
    let isForFalse =
      (arguments[1] ?? arguments["boolean"])?.truth != false
      && arguments.all.count > 1
    return .any(
      of: value.alternatives.flatMap { value -> [TemplateValue] in
        switch value {
        case .undefined: return [standard]
        case .unknown, .quantity: return [value, standard]
        default:
          guard isForFalse else { return [value] }
          return value.truth.map { $0 ? [value] : [standard] } ?? [value, standard]
        }
      })
  }

  private func percentFilter(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) -> TemplateValue {
    if !arguments.named.isEmpty, arguments.positional.isEmpty {
      return percent(
        value, .map(arguments.named.map { .init(key: .string($0.name), value: $0.value) }))
    }
    guard arguments.unknown == nil else { return unfollowed(value, arguments) }
    return percent(value, .list(arguments.positional, .tuple))
  }

  func replace(_ value: TemplateValue, _ arguments: TemplateArguments) -> TemplateValue {
    let old = arguments[0] ?? arguments["old"] ?? .undefined
    let new = arguments[1] ?? arguments["new"] ?? .undefined
    return combine(old, new) { old, new in
      var count = -1
      if let given = arguments[2] ?? arguments["count"], given != .none {
        guard case .number(let number) = given else { return unfollowed(value, arguments) }
        count = number
      }
      guard let text = value.literal, let old = texts(of: old).first?.literal,
        let new = texts(of: new).first?.literal
      else {
        // In a text of the conversation the new piece may be there, the template's own letters
        // may be cut.
        return .unknown(value.traits.shuffled.union(new.traits))
      }
      spend(text.count / 16)
      return TemplateMethod.replaced(text, old, new, count: count).map { .string($0) } ?? .opaque
    }
  }

  /// `|attr(name)`: what the point does, under a name that is computed.
  private func attributeFilter(
    _ value: TemplateValue, _ name: TemplateValue, _ line: Int
  ) -> TemplateValue {
    judge(name: name, line: line, isAttribute: true)
    guard let word = name.word else { return .opaque }
    return attribute(word, of: value)
  }
}
