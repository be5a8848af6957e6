// What follows a value: attributes, subscripts, slices, calls, filters and tests.

extension TemplateEvaluator {
  /// - Parameter isVariable: whether the base is what a variable holds.
  func apply(
    _ suffixes: [JinjaSuffix], to base: TemplateValue, isVariable: Bool = false
  ) -> TemplateValue {
    var value = base
    var index = 0
    while index < suffixes.count, !isExhausted {
      let suffix = suffixes[index]
      line = suffix.line
      index += 1
      switch suffix.kind {
      case .attribute(let name):
        if index < suffixes.count, case .call(let list) = suffixes[index].kind,
          !holdsAttribute(value, name)
        {
          // A call of a method: of values that are not known it matters which.
          index += 1
          value = call(
            method: name, of: value, arguments(list), isVariable: isVariable && index == 2)
        } else {
          value = attribute(name, of: value)
        }
      case .element(let key):
        let key = evaluate(key)
        judge(name: key, line: suffix.line)
        value = combine(value, key) { element($1, of: $0) }
      case .slice(let start, let stop, let step):
        value = slice(value, [start, stop, step].map { $0.map { evaluate($0) } })
      case .call(let list): value = call(value, arguments(list))
      case .filter(let name, let list):
        value = filter(name, value, arguments(list), line: suffix.line)
      case .test(let name, let list, let isNegated):
        let truth = TemplateTest.holds(name, value, arguments(list).positional)
        value = truth.map { .flag($0 != isNegated) } ?? .quantity
      }
    }
    return isExhausted ? .opaque : value
  }

  /// Whether the attribute is a value that the template put there, a macro in a namespace perhaps.
  private func holdsAttribute(_ value: TemplateValue, _ name: String) -> Bool {
    value.alternatives.contains {
      switch $0 {
      case .namespace: true
      case .map(let entries): TemplateValue.entry(Array(name.unicodeScalars), entries) != nil
      default: false
      }
    }
  }

  // MARK: Attributes and elements

  func attribute(_ name: String, of value: TemplateValue) -> TemplateValue {
    let scalars = Array(name.unicodeScalars)
    switch value {
    case .map(let entries):
      if TemplateMethod.ofMaps.contains(name) { return .method(value, name) }
      return TemplateValue.entry(scalars, entries) ?? .undefined
    case .namespace(let number): return state.namespaces[number]?[name] ?? .undefined
    case .loop(let entries, _):
      return TemplateValue.entry(scalars, entries) ?? .method(value, name)
    case .macro(let index):
      let macro = macros[index].definition
      switch name {
      case "name": return .string(macro.name)
      case "arguments": return .list(macro.parameters.map { .string($0.name) }, .tuple)
      default: return .opaque
      }
    case .list(let items, .tuple) where name == "grouper" || name == "list":
      // The pairs that `groupby` makes.
      return items.count == 2 ? items[name == "list" ? 1 : 0] : .undefined
    case .text, .list, .sequence: return .method(value, name)
    case .unknown: return value
    case .function, .method: return .opaque
    case .oneOf(let values): return .any(of: values.map { attribute(name, of: $0) })
    case .undefined, .none, .flag, .number, .quantity: return .undefined
    }
  }

  func element(_ key: TemplateValue, of value: TemplateValue) -> TemplateValue {
    switch (value, key) {
    case (.unknown(let traits), _): return .unknown(traits.shuffled)
    case (.map(let entries), _):
      if let word = key.word {
        return TemplateValue.entry(Array(word.unicodeScalars), entries)
          ?? attribute(word, of: value)
      }
      if let entry = entries.last(where: { TemplateComparison.equal($0.key, key) == true }) {
        return entry.value
      }
      return .any(of: entries.map(\.value) + [.undefined])
    case (.list, .number(let index)), (.text, .number(let index)):
      guard let elements = value.knownElements else { return value.element }
      let place = index < 0 ? elements.count + index : index
      return elements.indices.contains(place) ? elements[place] : .undefined
    case (.oneOf(let values), _): return .any(of: values.map { element(key, of: $0) })
    case (_, .text(let text)):
      return text.literal.map { attribute(JinjaLexer.text($0), of: value) } ?? .opaque
    case (.list, _), (.text, _):
      return value.knownElements.map { .any(of: $0 + [.undefined]) } ?? value.element
    case (.sequence(let item), _): return item.or(.undefined)
    default: return .undefined
    }
  }

  private func slice(_ value: TemplateValue, _ bounds: [TemplateValue?]) -> TemplateValue {
    if case .oneOf(let values) = value { return .any(of: values.map { slice($0, bounds) }) }
    let numbers = bounds.map { bound -> Int?? in
      switch bound {
      case nil, .some(.none): .some(nil)
      case .some(.number(let number)): .some(number)
      default: nil
      }
    }
    guard let elements = value.knownElements,
      let start = numbers[0], let stop = numbers[1], let step = numbers[2], step != 0
    else {
      switch value {
      case .text, .unknown: return .unknown(value.traits.shuffled)
      default: return .sequence(value.element)
      }
    }
    spend(elements.count / 16)
    let places = Self.places(elements.count, start, stop, step ?? 1)
    if let text = value.literal { return .string(places.map { text[$0] }) }
    if case .list(_, let kind) = value { return .list(places.map { elements[$0] }, kind) }
    return .list(places.map { elements[$0] }, .list)
  }

  /// The places that a slice takes, as Python counts them.
  private static func places(_ count: Int, _ start: Int?, _ stop: Int?, _ step: Int) -> [Int] {
    let isBackward = step < 0
    let (least, most) = isBackward ? (-1, count - 1) : (0, count)
    func bound(_ value: Int?, _ standard: Int) -> Int {
      guard let value else { return standard }
      let place = value < 0 ? max(value, -count - 1) + count : value
      return min(max(place, least), most)
    }
    let first = bound(start, isBackward ? most : least)
    let end = bound(stop, isBackward ? least : most)
    let stride = max(min(step, count + 1), -count - 1)
    return Array(Swift.stride(from: first, to: end, by: stride))
  }
}
