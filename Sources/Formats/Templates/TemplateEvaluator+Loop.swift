// Loops: over elements that are known one by one, over others until nothing changes.

/// A loop that is being run: the scopes around its body, and the states in which it was left early.
struct TemplateLoopFrame {
  let scopeCount: Int
  /// What it runs over; one value for all where they are not known one by one.
  var elements: [TemplateValue]
  var left: [TemplateState] = []
  var proceeded: [TemplateState] = []
}

extension TemplateEvaluator {
  /// More elements than these are one unknown element.
  static let elementsMax = 600
  /// Rounds with exact values, before lists that still grow are known by their elements alone.
  private static let exactRounds = 3
  /// Rounds before what still changes is reduced to its traits.
  private static let gatheringRounds = 6
  private static let roundsMax = 12

  func run(_ loop: JinjaLoop, over iterable: TemplateValue) {
    if loop.isRecursive { recursiveLoops[loop.number] = loop }
    if let elements = iterable.knownElements, elements.count <= Self.elementsMax {
      runKnown(loop, elements)
    } else {
      runUnknown(loop, element: iterable.element)
    }
    guard !loop.otherwise.isEmpty else { return }
    // The other block runs if there was no element, which a condition may bring about.
    if iterable.truth == false {
      _ = run(loop.otherwise)
      return
    }
    let before = state
    uncertainty += 1
    if run(loop.otherwise) { state = before.or(state) } else { state = before }
    uncertainty -= 1
  }

  private func runKnown(_ loop: JinjaLoop, _ elements: [TemplateValue]) {
    loops.append(TemplateLoopFrame(scopeCount: state.scopes.count, elements: elements))
    for index in elements.indices where !isExhausted {
      // A turn before this one may have changed what is still to come.
      let elements = loops[loops.count - 1].elements
      let facts = Self.facts(index, elements)
      guard turn(loop, elements[index], .loop(facts, number: loop.number)) else { break }
    }
    for state in loops.removeLast().left { self.state = self.state.or(state) }
  }

  /// One turn of the loop; false if no turn follows.
  private func turn(_ loop: JinjaLoop, _ element: TemplateValue, _ facts: TemplateValue) -> Bool {
    let before = state
    var isTaken: Bool? = true
    let continues = scoped {
      state.scopes[state.scopes.count - 1]["loop"] = facts
      assign(loop.target, element)
      if let condition = loop.condition { isTaken = evaluate(condition).truth }
      if isTaken == false { return true }
      if isTaken == nil { uncertainty += 1 }
      defer { if isTaken == nil { uncertainty -= 1 } }
      return run(loop.body)
    }
    var ends = loops[loops.count - 1].proceeded
    loops[loops.count - 1].proceeded = []
    if continues { ends.append(state) }
    if isTaken == nil { ends.append(before) }
    guard let first = ends.first else {
      // Every way leaves the loop; what holds after it is what held when it was left.
      if let left = loops[loops.count - 1].left.popLast() { state = left }
      return false
    }
    state = ends.dropFirst().reduce(first) { $0.or($1) }
    return true
  }

  private func runUnknown(_ loop: JinjaLoop, element: TemplateValue) {
    loops.append(TemplateLoopFrame(scopeCount: state.scopes.count, elements: [element]))
    uncertainty += 1
    let isCaptured = !sinks.isEmpty
    if isCaptured { sinks.append([TemplateText()]) }
    var output = TemplateTraits()
    for round in 0..<Self.roundsMax where !isExhausted {
      let before = state
      let element = loops[loops.count - 1].elements[0]
      let facts = TemplateValue.loop(Self.unknownFacts(element), number: loop.number)
      let goesOn = turn(loop, element, facts)
      let after = goesOn ? state : before
      state = before.or(after) {
        if round < Self.exactRounds { return $0.or($1) }
        return round < Self.gatheringRounds ? .gathered([$0, $1]) : .widened([$0, $1])
      }
      if isCaptured {
        output = (sinks.last ?? []).reduce(output) { $0.union($1.traits) }
        sinks[sinks.count - 1] = [TemplateText()]
      }
      if !goesOn || state == before { break }
    }
    uncertainty -= 1
    for state in loops.removeLast().left { self.state = self.state.or(state) }
    if isCaptured {
      sinks.removeLast()
      emit(.text(TemplateText(unknown: output.union(.data).shuffled)))
    }
  }

  // MARK: The variable `loop`

  private static func entries(_ facts: [(String, TemplateValue)]) -> [TemplateValue.Entry] {
    facts.map { TemplateValue.Entry(key: .string($0.0), value: $0.1) }
  }

  private static func facts(_ index: Int, _ elements: [TemplateValue]) -> [TemplateValue.Entry] {
    let count = elements.count
    return entries([
      ("index", .number(index + 1)), ("index0", .number(index)),
      ("revindex", .number(count - index)), ("revindex0", .number(count - index - 1)),
      ("first", .flag(index == 0)), ("last", .flag(index == count - 1)),
      ("length", .number(count)), ("depth", .quantity), ("depth0", .quantity),
      ("previtem", index > 0 ? elements[index - 1] : .undefined),
      ("nextitem", index + 1 < count ? elements[index + 1] : .undefined),
    ])
  }

  private static func unknownFacts(_ element: TemplateValue) -> [TemplateValue.Entry] {
    let numbers = ["index", "index0", "revindex", "revindex0", "first", "last", "length"]
    return entries(
      numbers.map { ($0, .quantity) } + [
        ("depth", .quantity), ("depth0", .quantity), ("previtem", element.or(.undefined)),
        ("nextitem", element.or(.undefined)),
      ])
  }

  /// `loop(children)` in a recursive loop.
  func call(loop number: Int, _ iterable: TemplateValue) -> TemplateValue {
    guard let loop = recursiveLoops[number] else { return .opaque }
    return called(number) {
      capture {
        run(loop, over: iterable)
        return true
      }.0
    } ?? cutOff(loop.summary, iterable.traits)
  }
}
