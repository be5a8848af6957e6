// Calls of methods.

extension TemplateEvaluator {
  /// - Parameter isVariable: whether the value is what a variable holds, so that a change in place
  ///   is one of the variable.
  func call(
    method name: String, of base: TemplateValue, _ arguments: TemplateArguments,
    isVariable: Bool = false
  ) -> TemplateValue {
    if TemplateMethod.changing.contains(name) {
      change(base, name, arguments, isVariable: isVariable)
    }
    switch base {
    case .text(let text): return call(name, text, arguments)
    case .unknown(let traits): return call(name, traits, arguments)
    case .map(let entries): return call(name, entries, arguments)
    case .list, .sequence: return call(list: name, base, arguments)
    case .loop(let facts, _): return call(loop: name, facts, arguments)
    case .oneOf(let values):
      return .any(
        of: values.map { call(method: name, of: $0, arguments, isVariable: isVariable) })
    case .undefined, .none, .flag, .number, .quantity: return .opaque
    case .function, .macro, .method, .namespace: return call(attribute(name, of: base), arguments)
    }
  }

  // MARK: Texts

  private func call(
    _ name: String, _ text: TemplateText, _ arguments: TemplateArguments
  ) -> TemplateValue {
    let base = TemplateValue.text(text)
    switch name {
    case "lower", "casefold": return .text(text.mapLiterals(TemplateMethod.lower))
    case "upper": return .text(text.mapLiterals(TemplateMethod.upper))
    case "swapcase": return .text(text.mapLiterals(TemplateMethod.swapped))
    case "format": return format(base, arguments)
    case "format_map":
      var named = TemplateArguments()
      if case .map(let entries) = arguments[0] {
        named.named = entries.map { ($0.key.word ?? "", $0.value) }
      } else {
        named.unknown = arguments.traits
      }
      return format(base, named)
    case "join": return join(arguments[0] ?? .undefined, base)
    case _ where TemplateMethod.counting.contains(name): return .quantity
    default: break
    }
    guard let literal = text.literal else {
      return call(name, text.traits.shuffled, arguments)
    }
    spend(literal.count / 16)
    switch name {
    case "title":
      return .string(TemplateMethod.title(JinjaLexer.text(literal)) { !$0.isLetter })
    case "capitalize": return .string(TemplateMethod.capitalized(JinjaLexer.text(literal)))
    case "strip", "lstrip", "rstrip":
      let characters = arguments[0]?.literal
      if characters == nil, let given = arguments[0], given != .none { break }
      return .string(
        TemplateMethod.stripped(
          literal, of: characters, start: name != "rstrip", end: name != "lstrip"))
    case "replace": return replace(base, arguments)
    case "removeprefix", "removesuffix":
      guard let affix = arguments[0]?.literal else { break }
      let isThere =
        name == "removeprefix"
        ? literal.starts(with: affix) : literal.reversed().starts(with: affix.reversed())
      guard isThere else { return base }
      return .string(
        Array(
          name == "removeprefix" ? literal.dropFirst(affix.count) : literal.dropLast(affix.count)))
    case "split", "rsplit": return split(literal, name, arguments)
    case "splitlines":
      return .list(literal.split { $0 == "\n" }.map { .string(Array($0)) }, .list)
    default: break
    }
    return .opaque
  }

  private func split(
    _ text: [Unicode.Scalar], _ name: String, _ arguments: TemplateArguments
  ) -> TemplateValue {
    var most = -1
    if let given = arguments[1] ?? arguments["maxsplit"] {
      guard case .number(let number) = given else { return .sequence(.opaque) }
      most = number
    }
    let separator = arguments[0] ?? arguments["sep"]
    if let separator, separator.literal == nil, separator != .none {
      return .sequence(.unknown(TemplateTraits(literal: text).shuffled))
    }
    let pieces = TemplateMethod.split(
      text, separator?.literal, most: most, fromEnd: name == "rsplit")
    return .list(pieces.map { .string($0) }, .list)
  }

  // MARK: What is not known

  private func call(
    _ name: String, _ traits: TemplateTraits, _ arguments: TemplateArguments
  ) -> TemplateValue {
    let base = TemplateValue.unknown(traits)
    switch name {
    case "get", "pop", "setdefault": return base.or(arguments[1] ?? arguments["default"] ?? .none)
    case "items": return .sequence(.list([base, base], .tuple))
    case "keys", "values", "split", "rsplit", "splitlines": return .sequence(base)
    case "format", "format_map":
      judge(pattern: base)
      return .unknown(traits.union(arguments.traits))
    case "replace": return .unknown(traits.union(arguments[1]?.traits ?? []))
    case _ where TemplateMethod.parting.contains(name): return base
    case _ where TemplateMethod.counting.contains(name): return base.isMade ? .quantity : .data
    default: return .unknown(traits.union(arguments.traits))
    }
  }

  // MARK: Lists and dictionaries

  private func call(
    list name: String, _ base: TemplateValue, _ arguments: TemplateArguments
  ) -> TemplateValue {
    switch name {
    case "copy": return base
    case "pop": return base.element
    case "index", "count": return .quantity
    case _ where TemplateMethod.changing.contains(name): return .none
    default: return .opaque
    }
  }

  private func call(
    _ name: String, _ entries: [TemplateValue.Entry], _ arguments: TemplateArguments
  ) -> TemplateValue {
    switch name {
    case "get", "pop", "setdefault":
      let standard = arguments[1] ?? arguments["default"] ?? .none
      guard let key = arguments[0]?.literal else {
        return .any(of: entries.map(\.value) + [standard])
      }
      return TemplateValue.entry(key, entries) ?? standard
    case "items": return .list(entries.map { .list([$0.key, $0.value], .tuple) }, .list)
    case "keys": return .list(entries.map(\.key), .list)
    case "values": return .list(entries.map(\.value), .list)
    case "copy": return .map(entries)
    case _ where TemplateMethod.changing.contains(name): return .none
    default:
      return TemplateValue.entry(Array(name.unicodeScalars), entries).map { call($0, arguments) }
        ?? .opaque
    }
  }

  private func call(
    loop name: String, _ facts: [TemplateValue.Entry], _ arguments: TemplateArguments
  ) -> TemplateValue {
    switch name {
    case "cycle":
      guard case .number(let index) = TemplateValue.entry(Array("index0".unicodeScalars), facts),
        arguments.unknown == nil, !arguments.positional.isEmpty
      else { return .any(of: arguments.all) }
      return arguments.positional[index % arguments.positional.count]
    case "changed": return .quantity
    default: return .opaque
    }
  }
}
