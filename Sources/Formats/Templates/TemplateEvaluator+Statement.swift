// The statements of a template.

extension TemplateEvaluator {
  /// Runs a block; false if it always leaves its loop.
  func run(_ statements: [JinjaStatement]) -> Bool {
    nested(otherwise: true) {
      for statement in statements where !isExhausted {
        guard run(statement) else { return false }
      }
      return true
    }
  }

  private func run(_ statement: JinjaStatement) -> Bool {
    spend()
    switch statement {
    case .text(let text): if !sinks.isEmpty { emit(.string(text)) }
    case .output(let expression): emit(evaluate(expression))
    case .evaluate(let expression): _ = evaluate(expression)
    case .assign(let target, let expression, let line):
      self.line = line
      assign(target, evaluate(expression))
    case .capture(let target, let filters, let body, let line):
      self.line = line
      let (text, continues) = capture { run(body) }
      assign(target, apply(filters, to: text))
      return continues
    case .macro(let macro): define(macro)
    case .callBlock(let caller, let call): return run(caller, calling: call)
    case .filterBlock(let filters, let body):
      let (text, continues) = capture { run(body) }
      emit(apply(filters, to: text))
      return continues
    case .with(let values, let body):
      return scoped {
        for (target, value) in values { assign(target, evaluate(value)) }
        return run(body)
      }
    case .scope(let body): return scoped { run(body) }
    case .branch(let branches, let otherwise): return branch(branches, otherwise)
    case .loop(let loop):
      run(loop, over: evaluate(loop.iterable))
    case .leave, .proceed:
      guard let depth = loops.last?.scopeCount else { return true }
      var state = state
      state.scopes = Array(state.scopes.prefix(depth))
      if case .leave = statement {
        loops[loops.count - 1].left.append(state)
      } else {
        loops[loops.count - 1].proceeded.append(state)
      }
      return false
    }
    return true
  }

  func scoped(_ work: () -> Bool) -> Bool {
    let count = state.scopes.count
    state.scopes.append([:])
    defer { state.scopes = Array(state.scopes.prefix(count)) }
    return work()
  }

  // MARK: Output

  func emit(_ value: TemplateValue) {
    guard !sinks.isEmpty else { return }
    append(texts(of: value), to: &sinks[sinks.count - 1])
  }

  /// Puts each of the texts behind each of those before.
  func append(_ texts: [TemplateText], to before: inout [TemplateText]) {
    spend(before.count * texts.count)
    if before.count == 1, texts.count == 1 { return before[0].append(texts[0]) }
    guard before.count * texts.count <= TemplateValue.alternativesMax else {
      let traits = (before + texts).reduce(TemplateTraits()) { $0.union($1.traits) }
      before = [TemplateText(unknown: traits.shuffled)]
      return
    }
    before = before.flatMap { start in
      texts.map { end in
        var text = start
        text.append(end)
        return text
      }
    }
  }

  /// What the work puts out.
  func capture(_ work: () -> Bool) -> (TemplateValue, continues: Bool) {
    sinks.append([TemplateText()])
    let continues = work()
    let texts = sinks.removeLast()
    return (.any(of: texts.map { .text($0) }), continues)
  }

  /// Does what is never done, for the names in it, and forgets what it does to variables and
  /// output. Values may be of another kind there than the code expects.
  func aside(_ work: () -> Void) {
    let (before, sinksBefore, loopsBefore) = (state, sinks, loops)
    uncertainty += 1
    deadness += 1
    work()
    deadness -= 1
    uncertainty -= 1
    (state, sinks, loops) = (before, sinksBefore, loopsBefore)
  }

  // MARK: Conditions

  private func branch(
    _ branches: [(test: JinjaExpression, body: [JinjaStatement])], _ otherwise: [JinjaStatement]
  ) -> Bool {
    var ways = TemplateWays()
    var isReachable = true
    var isCertain = true
    for (test, body) in branches {
      let truth = evaluate(test).truth
      let (before, sink) = (state, sinks.last)
      if isReachable, truth != false {
        isCertain = isCertain && truth == true
        if !isCertain { uncertainty += 1 }
        let continues = run(body)
        if !isCertain { uncertainty -= 1 }
        ways.add(state, sinks.last, continues)
      } else {
        aside { _ = run(body) }
      }
      if truth == true { isReachable = false }
      state = before
      if let sink { sinks[sinks.count - 1] = sink }
    }
    if isReachable {
      if !isCertain { uncertainty += 1 }
      let continues = run(otherwise)
      if !isCertain { uncertainty -= 1 }
      ways.add(state, sinks.last, continues)
    } else {
      aside { _ = run(otherwise) }
    }
    if let sink = ways.sink, !sinks.isEmpty { sinks[sinks.count - 1] = sink }
    if let joined = ways.state { state = joined }
    return ways.state != nil
  }

  // MARK: Variables

  func assign(_ target: JinjaTarget, _ value: TemplateValue) {
    switch target {
    case .name(let name): state.scopes[state.scopes.count - 1][name] = value
    case .attribute(let name, let attribute):
      let objects = (state.value(name) ?? .undefined).alternatives
      for case .namespace(let number) in objects {
        let before = state.namespaces[number]?[attribute]
        state.namespaces[number, default: [:]][attribute] =
          objects.count == 1 ? value : (before ?? .undefined).or(value)
      }
    case .tuple(let targets):
      for (index, target) in targets.enumerated() {
        let parts = value.alternatives.map { part in
          part.knownElements.map { index < $0.count ? $0[index] : .undefined } ?? part.element
        }
        assign(target, .any(of: parts))
      }
    }
  }
}

/// The ways that were taken through a condition, joined.
struct TemplateWays {
  /// Nil if none of them goes on.
  private(set) var state: TemplateState?
  private(set) var sink: [TemplateText]?

  mutating func add(_ state: TemplateState, _ sink: [TemplateText]?, _ continues: Bool) {
    if continues { self.state = self.state.map { $0.or(state) } ?? state }
    guard let sink else { return }
    guard let before = self.sink else {
      self.sink = sink
      return
    }
    let joined = before + sink.filter { !before.contains($0) }
    if joined.count > TemplateValue.alternativesMax {
      let traits = joined.reduce(TemplateTraits()) { $0.union($1.traits) }
      self.sink = [TemplateText(unknown: traits.shuffled)]
    } else {
      self.sink = joined
    }
  }
}
