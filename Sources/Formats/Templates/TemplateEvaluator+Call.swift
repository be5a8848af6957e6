// Calls: macros, the functions of Jinja and of the libraries, and `caller`.

/// A macro that was defined, and the scopes it sees.
struct TemplateMacro {
  let definition: JinjaMacro
  /// How many scopes were there when it was defined.
  let scopeCount: Int
  /// The scopes themselves, of the body of a `call` block.
  var captured: [TemplateState.Scope]?
  let defaults: [TemplateValue?]
}

/// Where a macro was called.
struct TemplateSuspension {
  var scopes: [TemplateState.Scope]
  var loops: [TemplateLoopFrame]
}

/// The arguments of a call.
struct TemplateArguments {
  var site = 0
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []
  /// Whether there may be more, from a list or dictionary that is not known.
  var unknown: TemplateTraits?

  subscript(_ index: Int) -> TemplateValue? {
    index < positional.count ? positional[index] : unknown.map { .unknown($0) }
  }

  subscript(_ name: String) -> TemplateValue? {
    named.last { $0.name == name }?.value ?? unknown.map { .unknown($0) }
  }

  var all: [TemplateValue] {
    positional + named.map(\.value) + (unknown.map { [.unknown($0)] } ?? [])
  }

  var traits: TemplateTraits { all.reduce([]) { $0.union($1.traits) } }
}

extension TemplateEvaluator {
  func arguments(_ list: JinjaArguments) -> TemplateArguments {
    var arguments = TemplateArguments(site: list.site)
    arguments.positional = list.positional.map { evaluate($0) }
    arguments.named = list.named.map { ($0.name, evaluate($0.value)) }
    for value in list.spread.map({ evaluate($0) }) {
      if let elements = value.knownElements {
        arguments.positional += elements
      } else {
        arguments.unknown = (arguments.unknown ?? []).union(value.element.traits)
      }
    }
    for value in list.spreadNamed.map({ evaluate($0) }) {
      if case .map(let entries) = value, entries.allSatisfy({ $0.key.word != nil }) {
        arguments.named += entries.map { ($0.key.word ?? "", $0.value) }
      } else {
        arguments.unknown = (arguments.unknown ?? []).union(value.traits)
      }
    }
    return arguments
  }

  func call(_ value: TemplateValue, _ arguments: TemplateArguments) -> TemplateValue {
    switch value {
    case .function(let name): return call(function: name, arguments)
    case .macro(let index): return call(macro: index, arguments)
    case .method(let base, let name): return call(method: name, of: base, arguments)
    case .loop(_, let number): return call(loop: number, arguments[0] ?? .undefined)
    case .unknown(let traits): return .unknown(traits.union(arguments.traits))
    case .oneOf(let values): return .any(of: values.map { call($0, arguments) })
    case .undefined, .none: return .undefined
    default: return .opaque
    }
  }

  // MARK: Functions

  private func call(function name: String, _ arguments: TemplateArguments) -> TemplateValue {
    switch name {
    case "raise_exception": return .undefined
    case "range": return range(arguments.positional)
    case "dict": return dictionary(arguments)
    case "namespace":
      let number = arguments.site << 16 | callDepths.values.reduce(0) { $0 + $1.count }
      state.namespaces[number] = [:]
      for value in arguments.positional {
        guard case .map(let entries) = value else { continue }
        for entry in entries { state.namespaces[number]?[entry.key.word ?? ""] = entry.value }
      }
      for (name, value) in arguments.named { state.namespaces[number]?[name] = value }
      return .namespace(number)
    case "strftime_now":
      guard let text = arguments[0]?.literal else { return .unknown(arguments.traits.shuffled) }
      return .text(Self.date(text))
    default: return .opaque
    }
  }

  /// What `strftime` makes of a pattern: the date is not known, other letters are.
  private static func date(_ pattern: [Unicode.Scalar]) -> TemplateText {
    var text = TemplateText()
    var index = 0
    while index < pattern.count {
      if pattern[index] == "%", index + 1 < pattern.count {
        text.append(pattern[index + 1] == "%" ? .literal(["%"]) : .unknown(.data))
        index += 2
      } else {
        text.append(.literal([pattern[index]]))
        index += 1
      }
    }
    return text
  }

  private func range(_ values: [TemplateValue]) -> TemplateValue {
    let numbers = values.compactMap { value -> Int? in
      if case .number(let number) = value { number } else { nil }
    }
    guard numbers.count == values.count, !numbers.isEmpty else { return .sequence(.quantity) }
    let start = numbers.count > 1 ? numbers[0] : 0
    let stop = numbers.count > 1 ? numbers[1] : numbers[0]
    let step = numbers.count > 2 ? numbers[2] : 1
    guard step != 0,
      abs(Double(stop) - Double(start)) / abs(Double(step)) <= Double(Self.elementsMax)
    else { return .sequence(.quantity) }
    spend(Self.elementsMax / 16)
    return .list(stride(from: start, to: stop, by: step).map { .number($0) }, .list)
  }

  private func dictionary(_ arguments: TemplateArguments) -> TemplateValue {
    guard arguments.unknown == nil else { return .unknown(arguments.traits.shuffled.union(.data)) }
    var entries: [TemplateValue.Entry] = []
    for value in arguments.positional {
      if case .map(let more) = value {
        entries += more
      } else if let pairs = value.knownElements {
        for pair in pairs {
          let parts = pair.knownElements ?? [pair.element, pair.element]
          guard parts.count == 2 else { return .opaque }
          entries.append(.init(key: parts[0], value: parts[1]))
        }
      } else {
        return .unknown(arguments.traits.shuffled.union(.data))
      }
    }
    return .map(entries + arguments.named.map { .init(key: .string($0.name), value: $0.value) })
  }

  // MARK: Macros

  func define(_ macro: JinjaMacro) {
    macros.append(closure(macro, captured: nil))
    assign(.name(macro.name), .macro(macros.count - 1))
  }

  private func closure(_ macro: JinjaMacro, captured: [TemplateState.Scope]?) -> TemplateMacro {
    TemplateMacro(
      definition: macro, scopeCount: state.scopes.count, captured: captured,
      defaults: macro.parameters.map { parameter in parameter.value.map { evaluate($0) } })
  }

  func run(_ caller: JinjaMacro, calling call: JinjaExpression) -> Bool {
    macros.append(closure(caller, captured: state.scopes))
    let value = TemplateValue.macro(macros.count - 1)
    guard case .suffixed(let base, var suffixes) = call,
      case .call(let list) = suffixes.last?.kind
    else {
      emit(evaluate(call))
      return true
    }
    suffixes.removeLast()
    var arguments = arguments(list)
    arguments.named.append(("caller", value))
    emit(self.call(apply(suffixes, to: evaluate(base)), arguments))
    return true
  }

  private func call(macro index: Int, _ arguments: TemplateArguments) -> TemplateValue {
    let macro = macros[index]
    return called(macro.definition.number) {
      suspended.append(TemplateSuspension(scopes: state.scopes, loops: loops))
      state.scopes = macro.captured ?? Array(state.scopes.prefix(macro.scopeCount))
      state.scopes.append(bound(macro, arguments))
      loops = []
      let (text, _) = capture { run(macro.definition.body) }
      let outer = suspended.removeLast()
      (state.scopes, loops) = (outer.scopes, outer.loops)
      return text
    } ?? cutOff(macro.definition.summary, arguments.traits)
  }

  private func bound(_ macro: TemplateMacro, _ arguments: TemplateArguments) -> TemplateState.Scope
  {
    var scope: TemplateState.Scope = [:]
    var named = arguments.named
    for (index, parameter) in macro.definition.parameters.enumerated() {
      let name = parameter.name
      let given = named.last { $0.name == name }?.value
      named.removeAll { $0.name == name }
      scope[name] = given ?? arguments[index] ?? macro.defaults[index] ?? .undefined
    }
    scope["varargs"] = .list(
      Array(arguments.positional.dropFirst(macro.definition.parameters.count)), .tuple)
    if let caller = named.last(where: { $0.name == "caller" })?.value {
      scope["caller"] = caller
      named.removeAll { $0.name == "caller" }
    }
    scope["kwargs"] = .map(named.map { .init(key: .string($0.name), value: $0.value) })
    return scope
  }

  /// What a call may give, and change, that is not followed because calls are nested in it.
  func cutOff(_ summary: JinjaSummary, _ traits: TemplateTraits) -> TemplateValue {
    let letters = summary.traits.union(traits.shuffled).union(.data)
    for (number, attributes) in state.namespaces {
      for (name, value) in attributes where summary.attributesSet.contains(name) {
        let isNumeric = TemplateValue.widened([value]) == .quantity
        state.namespaces[number]?[name] =
          isNumeric ? .any(of: [.quantity, .none]) : value.or(.unknown(letters))
      }
    }
    return .unknown(letters)
  }
}
