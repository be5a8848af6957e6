// Lists and dictionaries that are changed in place.
//
// Chat templates mostly run where that is refused; where it is not, whoever holds the object sees
// the change. Values here have no identity, so each one that equals the changed one may be it,
// wherever it lies: in a variable, in a list of lists, in the scopes around a macro that was
// called, among the elements that a loop has yet to come to.

extension TemplateEvaluator {
  func change(
    _ base: TemplateValue, _ name: String, _ arguments: TemplateArguments, isVariable: Bool
  ) {
    pollution.formUnion(arguments.traits.intersection(.forbidden))
    guard let changed = changed(base, name, arguments).map(bounded) else { return }
    // Certain only of a variable whose value nobody else may hold.
    let isCertain = uncertainty == 0 && isVariable && holders(of: base) == 1
    everywhere { bounded(replacing($0, base, by: changed, isCertain: isCertain)) }
  }

  /// In how many places a value that equals `base` is held.
  private func holders(of base: TemplateValue) -> Int {
    var holders = 0
    everywhere { value in
      holders += count(value, of: base)
      return value
    }
    return holders
  }

  /// Changes every value that is held somewhere.
  private func everywhere(_ change: (TemplateValue) -> TemplateValue) {
    func changed(_ scopes: [TemplateState.Scope]) -> [TemplateState.Scope] {
      scopes.map { $0.mapValues(change) }
    }
    func changeElements(of loops: inout [TemplateLoopFrame]) {
      for index in loops.indices { loops[index].elements = loops[index].elements.map(change) }
    }
    state.scopes = changed(state.scopes)
    state.namespaces = state.namespaces.mapValues { $0.mapValues(change) }
    changeElements(of: &loops)
    for index in suspended.indices {
      suspended[index].scopes = changed(suspended[index].scopes)
      changeElements(of: &suspended[index].loops)
    }
    for index in macros.indices {
      macros[index].captured = macros[index].captured.map(changed)
    }
  }

  /// Nil if there is nothing to change.
  private func changed(
    _ base: TemplateValue, _ name: String, _ arguments: TemplateArguments
  ) -> TemplateValue? {
    switch (base, name) {
    case (.list(let items, let kind), "append"):
      return .list(items + [arguments[0] ?? .undefined], kind)
    case (.list(let items, let kind), "extend"):
      guard let more = arguments[0]?.knownElements else { break }
      return .list(items + more, kind)
    case (.list(let items, let kind), "reverse"): return .list(items.reversed(), kind)
    case (.map(let entries), "update"):
      guard case .map(let more) = arguments[0] ?? .map([]) else { break }
      return .map(
        entries + more + arguments.named.map { .init(key: .string($0.name), value: $0.value) })
    default: break
    }
    switch base {
    case .list, .sequence:
      let added: [TemplateValue] =
        switch name {
        case "append", "add": [arguments[0] ?? .undefined]
        case "insert": [arguments[1] ?? .undefined]
        case "extend": [arguments[0]?.element ?? .undefined]
        default: []
        }
      return .sequence(.any(of: [base.element] + added))
    case .map: return .unknown(base.traits.union(arguments.traits).union(.data).shuffled)
    default: return nil
    }
  }
}

// MARK: Whatever equals the changed one

extension TemplateEvaluator {
  /// In how many places a value holds one that equals `base`. Values share their parts, so that
  /// walking them may take far longer than making them did: each step counts.
  private func count(_ value: TemplateValue, of base: TemplateValue) -> Int {
    guard !isExhausted else { return 0 }
    spend()
    if value == base { return 1 }
    return value.parts.reduce(0) { $0 + count($1, of: base) }
  }

  /// The value with each in it that equals `base` changed; also left as it is, if it is not certain
  /// that it is the changed one.
  private func replacing(
    _ value: TemplateValue, _ base: TemplateValue, by changed: TemplateValue, isCertain: Bool
  ) -> TemplateValue {
    guard !isExhausted else { return .opaque }
    spend()
    if value == base { return isCertain ? changed : value.or(changed) }
    func replaced(_ value: TemplateValue) -> TemplateValue {
      replacing(value, base, by: changed, isCertain: isCertain)
    }
    func replaced(_ entries: [TemplateValue.Entry]) -> [TemplateValue.Entry] {
      entries.map { .init(key: $0.key, value: replaced($0.value)) }
    }
    switch value {
    case .list(let items, let kind): return .list(items.map { replaced($0) }, kind)
    case .map(let entries): return .map(replaced(entries))
    case .loop(let entries, let number): return .loop(replaced(entries), number: number)
    case .sequence(let item): return .sequence(replaced(item))
    case .method(let value, let name): return .method(replaced(value), name)
    case .oneOf(let values): return .any(of: values.map { replaced($0) })
    default: return value
    }
  }
}
