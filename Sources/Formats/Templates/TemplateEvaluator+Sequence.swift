// The filters of lists. Those that take the name of an attribute, of a filter or of a test look
// something up under it, as a subscript does.

extension TemplateEvaluator {
  /// Nil if the filter is none of these.
  func sequenceFilter(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments, line: Int
  ) -> TemplateValue? {
    switch name {
    case "join":
      let items = picked(value, arguments[1] ?? arguments["attribute"], line)
      return join(items, arguments[0] ?? arguments["d"] ?? .string(""))
    case "map": return map(value, arguments, line)
    case "select", "reject":
      return select(value, arguments, isRejecting: name == "reject", byAttribute: false, line)
    case "selectattr", "rejectattr":
      return select(value, arguments, isRejecting: name == "rejectattr", byAttribute: true, line)
    case "groupby": return group(value, arguments, line)
    case "sort", "unique", "min", "max", "sum":
      return ordered(name, value, arguments, line)
    case "first", "last", "random", "reverse", "list", "items", "dictsort", "batch", "slice":
      return .any(of: value.alternatives.map { rearranged(name, $0) })
    default: return nil
    }
  }

  // MARK: Joining

  func join(_ items: TemplateValue, _ separator: TemplateValue) -> TemplateValue {
    combine(items, separator) { items, separator in
      guard let elements = items.knownElements else {
        return .text(
          TemplateText(unknown: items.element.traits.union(separator.traits).union(.data).shuffled))
      }
      let parts = elements.enumerated().flatMap {
        $0.offset == 0 ? [$0.element] : [separator, $0.element]
      }
      return joined(parts)
    }
  }

  // MARK: Attributes by name

  /// The elements, or of each what lies under a name.
  private func picked(
    _ value: TemplateValue, _ name: TemplateValue?, _ line: Int
  ) -> TemplateValue {
    guard let name, name != .none, name != .undefined else { return value }
    judge(name: name, line: line, isPath: true, isAttribute: true)
    return each(value) { look($0, under: name) }
  }

  private func look(_ value: TemplateValue, under name: TemplateValue) -> TemplateValue {
    guard let word = name.word else {
      if case .number = name { return element(name, of: value) }
      return .opaque
    }
    return word.split(separator: ".").reduce(value) { value, part in
      let part = String(part)
      return element(Int(part).map { .number($0) } ?? .string(part), of: value)
    }
  }

  /// Changes every element.
  private func each(
    _ value: TemplateValue, _ change: (TemplateValue) -> TemplateValue
  ) -> TemplateValue {
    if case .oneOf(let values) = value { return .any(of: values.map { each($0, change) }) }
    guard let elements = value.knownElements, elements.count <= Self.elementsMax else {
      let changed = change(value.element)
      if case .unknown = value, changed == .data { return .data }
      return .sequence(changed)
    }
    return .list(elements.map(change), .generator)
  }

  private func map(
    _ value: TemplateValue, _ arguments: TemplateArguments, _ line: Int
  ) -> TemplateValue {
    if let name = arguments["attribute"] {
      let items = picked(value, name, line)
      guard let standard = arguments["default"] else { return items }
      return each(items) { $0 == .undefined ? standard : $0.or(standard) }
    }
    guard let name = arguments[0]?.word else {
      judge(name: arguments[0] ?? .undefined, line: line, isAttribute: true)
      return .opaque
    }
    var rest = arguments
    rest.positional.removeFirst()
    return each(value) { filter(name, $0, rest, line: line) }
  }

  private func select(
    _ value: TemplateValue, _ arguments: TemplateArguments, isRejecting: Bool, byAttribute: Bool,
    _ line: Int
  ) -> TemplateValue {
    var positional = arguments.positional[...]
    let attribute = byAttribute ? positional.popFirst() ?? arguments["attribute"] : nil
    if let attribute { judge(name: attribute, line: line, isPath: true, isAttribute: true) }
    let test = positional.popFirst()
    func isKept(_ item: TemplateValue) -> Bool? {
      let item = attribute.map { look(item, under: $0) } ?? item
      let holds: Bool? =
        if let test { test.word.flatMap { TemplateTest.holds($0, item, Array(positional)) } } else {
          item.truth
        }
      return holds.map { $0 != isRejecting }
    }
    if case .unknown(let traits) = value { return .unknown(traits.shuffled) }
    guard let elements = value.knownElements, elements.count <= Self.elementsMax else {
      return .sequence(value.element)
    }
    let kept = elements.map(isKept)
    guard !kept.contains(nil) else { return .sequence(.any(of: elements)) }
    return .list(zip(elements, kept).filter { $0.1 == true }.map(\.0), .generator)
  }

  private func group(
    _ value: TemplateValue, _ arguments: TemplateArguments, _ line: Int
  ) -> TemplateValue {
    let keys = picked(value, arguments[0] ?? arguments["attribute"] ?? .undefined, line)
    guard let elements = value.knownElements, let known = keys.knownElements,
      let order = Self.order(known)
    else {
      let key = keys.element.or(arguments["default"] ?? keys.element)
      return .sequence(.list([key, .sequence(value.element)], .tuple))
    }
    var groups: [(key: TemplateValue, items: [TemplateValue])] = []
    for place in order {
      if groups.last?.key == known[place] {
        groups[groups.count - 1].items.append(elements[place])
      } else {
        groups.append((known[place], [elements[place]]))
      }
    }
    return .list(groups.map { .list([$0.key, .list($0.items, .list)], .tuple) }, .list)
  }

  private func ordered(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments, _ line: Int
  ) -> TemplateValue {
    let attribute =
      arguments["attribute"]
      ?? (name == "sort" ? arguments[2] : name == "sum" ? arguments[0] : arguments[1])
    let items = picked(value, attribute, line)
    if case .unknown(let traits) = value, name != "sum" { return .unknown(traits.shuffled) }
    switch name {
    case "min", "max": return value.element.or(.undefined)
    case "sum":
      let start = arguments["start"] ?? arguments[1]
      guard case .list = start else { return start.map { $0.or(.quantity) } ?? .quantity }
      return .sequence(items.element.element)
    default: break
    }
    guard let elements = value.knownElements, let keys = items.knownElements else {
      return .sequence(value.element)
    }
    let order = Self.order(keys)
    guard let order else { return .sequence(.any(of: elements)) }
    if name == "unique" {
      let kept = keys.indices.filter { keys.firstIndex(of: keys[$0]) == $0 }
      return .list(kept.map { elements[$0] }, .generator)
    }
    let sorted = order.map { elements[$0] }
    let isReversed = (arguments["reverse"] ?? arguments[0])?.truth == true
    return .list(isReversed ? sorted.reversed() : sorted, .list)
  }

  /// The places of keys in rising order, which is by number or by small letters; nil if it depends
  /// on what is not known.
  private static func order(_ keys: [TemplateValue]) -> [Int]? {
    let words = keys.compactMap { $0.word?.lowercased() }
    if words.count == keys.count {
      return words.indices.sorted { (words[$0], $0) < (words[$1], $1) }
    }
    let numbers = keys.compactMap { key -> Int? in
      if case .number(let number) = key { number } else { nil }
    }
    guard numbers.count == keys.count else { return nil }
    return numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
  }

  // MARK: Order

  private func rearranged(_ name: String, _ value: TemplateValue) -> TemplateValue {
    if case .unknown(let traits) = value {
      switch name {
      case "items", "dictsort": return .sequence(.list([value, value], .tuple))
      case "batch", "slice": return .sequence(.sequence(.unknown(traits.shuffled)))
      default: return .unknown(traits.shuffled)
      }
    }
    let elements = value.knownElements
    switch name {
    case "first": return elements.map { $0.first ?? .undefined } ?? value.element.or(.undefined)
    case "last": return elements.map { $0.last ?? .undefined } ?? value.element.or(.undefined)
    case "random": return value.element.or(.undefined)
    case "reverse":
      if let text = value.literal { return .string(text.reversed()) }
      if case .text(let text) = value { return .unknown(text.traits.shuffled) }
      return elements.map { .list($0.reversed(), .generator) } ?? .sequence(value.element)
    case "list": return elements.map { .list($0, .list) } ?? .sequence(value.element)
    case "items", "dictsort":
      guard case .map(let entries) = value else { return .sequence(value.element) }
      return .list(entries.map { .list([$0.key, $0.value], .tuple) }, .list)
    default: return .sequence(.sequence(value.element))
    }
  }
}
