// Expressions: operators, conditions, and the texts that values give.

extension TemplateEvaluator {
  func evaluate(_ expression: JinjaExpression) -> TemplateValue {
    bounded(nested(otherwise: .opaque) { compute(expression) })
  }

  private func compute(_ expression: JinjaExpression) -> TemplateValue {
    switch expression {
    case .constant(let value): return value
    case .name(let name, let line): return variable(name, line)
    case .list(let items, let isTuple):
      return .list(items.map { evaluate($0) }, isTuple ? .tuple : .list)
    case .map(let entries):
      return .map(entries.map { .init(key: evaluate($0.key), value: evaluate($0.value)) })
    case .arithmetic(let first, let rest):
      return rest.reduce(evaluate(first)) { value, term in
        combine(value, evaluate(term.operand)) { arithmetic(term.operation, $0, $1) }
      }
    case .joined(let terms): return joined(terms.map { evaluate($0) })
    case .either(let terms): return choose(terms, decidedBy: true)
    case .both(let terms): return choose(terms, decidedBy: false)
    case .not(let inner): return evaluate(inner).truth.map { .flag(!$0) } ?? .quantity
    case .negative(let inner):
      if case .number(let number) = evaluate(inner), number != .min { return .number(-number) }
      return .quantity
    case .comparison(let first, let rest): return comparison(first, rest)
    case .condition(let value, let test, let otherwise):
      return condition(value, evaluate(test).truth, otherwise)
    case .suffixed(let base, let suffixes):
      let isVariable = if case .name = base { true } else { false }
      return apply(suffixes, to: evaluate(base), isVariable: isVariable)
    }
  }

  private func variable(_ name: String, _ line: Int) -> TemplateValue {
    self.line = line
    if let value = state.value(name) { return value }
    if TemplateGlobals.objects.contains(name) {
      remark("`\(name)` is an object of Python with a way to its internals", line: line)
    }
    return TemplateGlobals.value(name)
  }

  private func condition(
    _ value: JinjaExpression, _ truth: Bool?, _ otherwise: JinjaExpression?
  ) -> TemplateValue {
    if truth == nil { uncertainty += 1 }
    defer { if truth == nil { uncertainty -= 1 } }
    let taken = evaluate(value)
    let other = otherwise.map { evaluate($0) } ?? .undefined
    return truth.map { $0 ? taken : other } ?? taken.or(other)
  }

  /// `or` gives the first value that is true, `and` the first that is false.
  private func choose(_ terms: [JinjaExpression], decidedBy decision: Bool) -> TemplateValue {
    var possible: [TemplateValue] = []
    var isDecided = false
    let before = uncertainty
    for (index, term) in terms.enumerated() {
      let value = evaluate(term)
      let isKnown = value.truth == !decision
      if !isKnown { uncertainty = before + 1 }
      guard !isDecided else { continue }
      if !isKnown || index == terms.count - 1 { possible.append(value) }
      isDecided = value.truth == decision
    }
    uncertainty = before
    return .any(of: possible)
  }

  // MARK: Pairs

  /// Every alternative of one with every one of the other.
  func combine(
    _ a: TemplateValue, _ b: TemplateValue,
    _ operation: (TemplateValue, TemplateValue) -> TemplateValue
  ) -> TemplateValue {
    let (first, second) = (a.alternatives, b.alternatives)
    guard first.count * second.count <= 4 * TemplateValue.alternativesMax else {
      return .widened([a, b])
    }
    spend(first.count * second.count)
    return .any(of: first.flatMap { left in second.map { operation(left, $0) } })
  }

  private func comparison(
    _ first: JinjaExpression, _ rest: [(operation: String, operand: JinjaExpression)]
  ) -> TemplateValue {
    var left = evaluate(first)
    var truth: Bool? = true
    for (operation, operand) in rest {
      let right = evaluate(operand)
      let holds = TemplateComparison.holds(left, operation, right)
      truth = truth == false || holds == false ? false : truth == nil || holds == nil ? nil : true
      left = right
    }
    return truth.map { .flag($0) } ?? .quantity
  }

  private func arithmetic(
    _ operation: String, _ a: TemplateValue, _ b: TemplateValue
  ) -> TemplateValue {
    switch (operation, a, b) {
    case ("%", .text, _), ("%", .unknown, _): return percent(a, b)
    case (_, .undefined, _), (_, _, .undefined), ("+", .none, _), ("+", _, .none):
      // An error where the template is rendered.
      return .undefined
    case (_, .number(let x), .number(let y)): return TemplateComparison.number(operation, x, y)
    case ("+", .text, .text), ("+", .text, .unknown), ("+", .unknown, .text): return joined([a, b])
    case ("+", .list(let x, let kind), .list(let y, _)) where x.count + y.count <= 4096:
      return .list(x + y, kind)
    case ("+", .list, _), ("+", .sequence, _), ("+", _, .list), ("+", _, .sequence):
      return .sequence(a.element.or(b.element))
    case ("+", .unknown(let x), .unknown(let y)):
      // Two texts side by side, or two lists; of the conversation alone it may be two numbers.
      return x.union(y) == .data ? .data : joined([a, b])
    case ("+", .unknown, _): return a
    case ("+", _, .unknown): return b
    case ("*", .text(let text), .number(let count)), ("*", .number(let count), .text(let text)):
      return repeated(text, count)
    case ("*", .list(let items, let kind), .number(let count))
    where items.count * min(max(count, 0), 4096) <= 4096:
      return .list(Array(repeatElement(items, count: max(0, count)).joined()), kind)
    case ("*", .text, _), ("*", _, .text), ("*", .unknown, _), ("*", _, .unknown):
      return .unknown(a.traits.union(b.traits).shuffled)
    case ("*", .list, _), ("*", _, .list), ("*", .sequence, _):
      return .sequence(a.element.or(b.element))
    default: return .quantity
    }
  }

  private func repeated(_ text: TemplateText, _ count: Int) -> TemplateValue {
    guard count > 0 else { return .string("") }
    guard let literal = text.literal, literal.count <= TemplateText.scalarsMax / count else {
      return .unknown(text.traits.shuffled)
    }
    spend(literal.count * count / 16)
    return .string(Array(repeatElement(literal, count: count).joined()))
  }

  // MARK: Texts

  /// `a ~ b ~ c`.
  func joined(_ values: [TemplateValue]) -> TemplateValue {
    var texts = [TemplateText()]
    for value in values { append(self.texts(of: value), to: &texts) }
    return .any(of: texts.map { .text($0) })
  }

  /// What a value gives where it is put into a text.
  func texts(of value: TemplateValue) -> [TemplateText] {
    switch value {
    case .text(let text): return [text]
    case .number(let number): return [TemplateText(String(number))]
    case .flag(let flag): return [TemplateText(flag ? "True" : "False")]
    case .none: return [TemplateText("None")]
    case .undefined: return [TemplateText()]
    case .quantity: return [TemplateText(unknown: .data)]
    case .oneOf(let values): return values.flatMap { texts(of: $0) }
    case .unknown(let traits): return [TemplateText(unknown: traits)]
    case .list, .map, .sequence, .namespace, .macro, .function, .method, .loop:
      // Python's own words for an object: not computed here.
      let traits = value.traits
      return [TemplateText(unknown: value.isMade ? traits.union(.opaque) : traits.union(.data))]
    }
  }
}
