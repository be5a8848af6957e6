// From the JSON of an expression to nodes of the program, checked against the vocabulary.
//
// Spec: Policies/README.md, "Expressions".
// Promises: an unknown fact, operator, group or definition, an operator that does not fit the type
// of its fact, and a value outside the type are refused with their place. Depth and total size of
// an expression are bounded, also through definitions that name each other.

import Base

struct Compiler {
  var vocabulary: Vocabulary
  var program = Program()
  var groups: [ByteName: [Region]] = [:]
  /// Definitions as JSON until somebody refers to them.
  var definitions: [ByteName: PolicyReader] = [:]
  private var compiled: [ByteName: Int32] = [:]
  private var underway: [ByteName] = []
  /// Of each node: the longest way down, and the nodes one evaluation may visit.
  private var depth: [Int32] = []
  private var weight: [Int32] = []

  static let depthMax: Int32 = 256
  static let weightMax: Int32 = 1 << 16

  init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  mutating func expression(_ reader: PolicyReader) throws(Problem) -> Int32 {
    let object = try reader.object()
    guard let first = object.keys.first else {
      throw reader.problem("bad_value", "an empty expression says nothing")
    }
    if object["fact"] != nil { return try atom(reader) }
    guard object.count == 1 else {
      throw reader.problem("unknown_operator", "one operator at a time; found \(object.count)")
    }
    let inner = try reader.member(first)
    switch first {
    case "const": return try made(.const(Truth(try inner.flag())), [], reader)
    case "all", "any": return try joined(inner, all: first == "all")
    case "not":
      let part = try expression(inner)
      return try made(.not(part), [part], reader)
    case "ref": return try reference(inner)
    case "as_of": return try asOf(inner)
    case "some_ancestor", "some_node", "every_node": return try quantifier(first, inner)
    default:
      throw inner.problem("unknown_operator", "\"\(first)\" is no operator")
    }
  }

  /// Wraps `when` for a rule that wants to know the whole lineage.
  mutating func needingCompleteLineage(
    _ when: Int32, _ reader: PolicyReader
  ) throws(Problem) -> Int32 {
    guard let fact = vocabulary.index["model.lineage_complete"] else {
      throw reader.problem("unknown_fact", "needs the fact model.lineage_complete")
    }
    let atom = program.atom(Atom(fact: fact, test: .equals(.bool(true))))
    return try made(.needsCompleteLineage(when, atom: atom), [when], reader)
  }

  private mutating func made(
    _ node: Program.Node, _ parts: [Int32], _ reader: PolicyReader
  ) throws(Problem) -> Int32 {
    let index = program.node(node)
    try measure(index, parts, reader)
    return index
  }

  private mutating func measure(
    _ index: Int32, _ parts: [Int32], _ reader: PolicyReader
  ) throws(Problem) {
    var deepest: Int32 = 0
    var total: Int32 = 1
    for part in parts {
      deepest = max(deepest, depth[Int(part)])
      total += weight[Int(part)]
      guard total <= Self.weightMax else {
        throw reader.problem("too_large", "the expression has over \(Self.weightMax) parts")
      }
    }
    depth.append(deepest + 1)
    weight.append(total)
    guard deepest < Self.depthMax, Int(index) < Program.nodeCountMax else {
      throw reader.problem("too_large", "the expression is nested over \(Self.depthMax) deep")
    }
  }

  private mutating func joined(_ reader: PolicyReader, all: Bool) throws(Problem) -> Int32 {
    var parts: [Int32] = []
    for part in try reader.elements() { parts.append(try expression(part)) }
    let index = program.join(parts, all: all)
    try measure(index, parts, reader)
    return index
  }

  private mutating func reference(_ reader: PolicyReader) throws(Problem) -> Int32 {
    let name = ByteName(try reader.text())
    if let known = compiled[name] { return known }
    guard let definition = definitions[name] else {
      throw reader.problem("unknown_definition", "there is no definition \(name)")
    }
    guard !underway.contains(name), underway.count < 64 else {
      throw reader.problem("definition_cycle", "the definition \(name) leads back to itself")
    }
    underway.append(name)
    let index = try expression(definition)
    underway.removeLast()
    compiled[name] = index
    return index
  }

  private mutating func asOf(_ reader: PolicyReader) throws(Problem) -> Int32 {
    let object = try reader.object()
    guard object.count == 1, let word = object.keys.first,
      word == "eq" || Comparison(rawValue: word) != nil
    else {
      throw reader.problem("unknown_operator", "as_of takes one of eq, gt, ge, lt, le")
    }
    let day = try reader.member(word).day().daysSinceEpoch
    return try made(.asOf(Comparison(rawValue: word), Double(day)), [], reader)
  }
}

// MARK: Atoms

extension Compiler {
  private mutating func atom(_ reader: PolicyReader) throws(Problem) -> Int32 {
    let object = try reader.object()
    let name = try reader.member("fact").text()
    guard let fact = vocabulary.index[ByteName(name)] else {
      throw reader.at("fact").problem("unknown_fact", "\(name) is not in the vocabulary")
    }
    let operators = object.keys.filter { $0 != "fact" }
    guard operators.count == 1, let word = operators.first else {
      throw reader.problem("unknown_operator", "an atom has one operator; found \(operators.count)")
    }
    let test = try test(word, vocabulary.facts[fact], try reader.member(word))
    let index = program.atom(Atom(fact: fact, test: test))
    return try made(.atom(index), [], reader)
  }

  private func test(
    _ word: String, _ fact: FactDefinition, _ operand: PolicyReader
  ) throws(Problem) -> FactTest {
    switch (word, fact.type) {
    case ("eq", _): return .equals(try fact.value(operand))
    case ("in", .choice), ("in", .string), ("in", .licence), ("in", .integer), ("in", .number),
      ("in", .date):
      return .isOne(try list(operand) { item throws(Problem) in try fact.value(item) })
    case ("in", .region): return .isOne(try regions(operand).map { .region($0) })
    case ("starts_with", .string): return .startsWith(Array(try operand.text().utf8))
    case ("within", .region): return .within(try regions(operand))
    case ("overlaps", .region), ("overlaps", .regions): return .overlaps(try regions(operand))
    case ("all_within", .regions): return .allWithin(try regions(operand))
    case ("any_of", .regions): return .anyWithin(try regions(operand))
    case ("has", .regions): return .hasRegion(try region(operand))
    case ("has", .choices): return .hasText(try choice(operand, fact))
    case ("any_of", .choices):
      return .anyText(try list(operand) { item throws(Problem) in try choice(item, fact) })
    case ("all_within", .choices):
      return .allText(try list(operand) { item throws(Problem) in try choice(item, fact) })
    default:
      guard let how = Comparison(rawValue: word),
        [.integer, .number, .date].contains(fact.type)
      else {
        throw operand.problem(
          Self.operators.contains(word) ? "bad_operator" : "unknown_operator",
          "\"\(word)\" cannot be asked of \(fact.name), which is \(fact.wanted)")
      }
      switch try bound(operand, fact) {
      case .number(let number): return .compares(how, number)
      case .day(let day): return .compares(how, Double(day))
      default: throw operand.problem("bad_value", "a number or a day is wanted here")
      }
    }
  }

  private static let operators: Set<String> = [
    "eq", "in", "gt", "ge", "lt", "le", "starts_with", "within", "all_within", "any_of", "has",
    "overlaps",
  ]

  /// The bound of a comparison: a whole-number fact may be compared with any number.
  private func bound(_ operand: PolicyReader, _ fact: FactDefinition) throws(Problem) -> FactValue {
    if fact.type == .integer, let number = operand.json.number?.double, number.isFinite {
      return .number(number)
    }
    return try fact.value(operand)
  }

  private func choice(_ item: PolicyReader, _ fact: FactDefinition) throws(Problem) -> ByteName {
    let word = ByteName(try item.text())
    guard fact.values.contains(word) else {
      throw item.problem("bad_value", "\(word) is not a value of \(fact.name)")
    }
    return word
  }

  private func region(_ item: PolicyReader) throws(Problem) -> Region {
    guard let region = Region(try item.text()) else {
      throw item.problem("bad_value", "\(item.quoted) is not a code of ISO 3166-1 or 3166-2")
    }
    return region
  }

  /// Region codes, `@NAME` standing for the members of a group.
  func regions(_ reader: PolicyReader) throws(Problem) -> [Region] {
    var result: [Region] = []
    for item in try reader.elements() {
      let text = try item.text()
      if text.hasPrefix("@") {
        guard let group = groups[ByteName(String(text.dropFirst()))] else {
          throw item.problem("unknown_group", "there is no group \(text)")
        }
        result += group
      } else {
        result.append(try region(item))
      }
    }
    guard !result.isEmpty else {
      throw reader.problem("bad_value", "an empty list can never be met")
    }
    return Set(result).sorted()
  }

  private func list<Element>(
    _ reader: PolicyReader, _ read: (PolicyReader) throws(Problem) -> Element
  ) throws(Problem) -> [Element] {
    let items = try reader.elements()
    guard !items.isEmpty else {
      throw reader.problem("bad_value", "an empty list can never be met")
    }
    var result: [Element] = []
    for item in items { result.append(try read(item)) }
    return result
  }
}

// MARK: Lineage

extension Compiler {
  private mutating func quantifier(
    _ word: String, _ reader: PolicyReader
  ) throws(Problem) -> Int32 {
    try reader.only(["path", "where"])
    let pathReader = try reader.member("path")
    let name = try pathReader.text()
    let path: PathClass? =
      switch name {
      case "derivation": .derivation
      case "training": .training
      case "any": .any
      case "self": nil
      default: throw pathReader.problem("bad_value", "\(name) is no class of paths")
      }
    guard path != nil || word != "some_ancestor" else {
      throw pathReader.problem("bad_value", "the path \"self\" has no ancestor; use some_node")
    }
    let pattern = try pattern(reader.optional("where"))
    switch word {
    case "every_node": return try made(.every(path: path, pattern: pattern), [], reader)
    default:
      return try made(.some(path: path, pattern: pattern, own: word == "some_node"), [], reader)
    }
  }

  private mutating func pattern(_ reader: PolicyReader?) throws(Problem) -> Int32 {
    var pattern = LineagePattern()
    for (key, value) in try reader?.members() ?? [] {
      switch key {
      case "licence": pattern.licence = try texts(value)
      case "developer": pattern.developer = try values(value, of: "model.developer")
      case "origin": pattern.origin = try regions(value)
      case "route": pattern.route = try texts(value, EdgeRoute.allCases.map(\.rawValue))
      case "by": pattern.by = try texts(value, ["self", "third-party"])
      case "relation": pattern.relation = try texts(value, Relation.allCases.map(\.rawValue))
      case "api_train":
        pattern.training = try texts(
          value, ["allowed", "competing", "forbidden", "silent", "unknown"])
      case "date":
        pattern.date = try list(value) { item throws(Problem) in try item.day().daysSinceEpoch }
      default:
        throw value.problem("unknown_field", "\"\(key)\" is not a field of an edge or a node")
      }
    }
    pattern.modelAtoms = try modelAtoms(pattern, reader)
    return program.pattern(pattern)
  }

  /// What the pattern asks of the model itself.
  private mutating func modelAtoms(
    _ pattern: LineagePattern, _ reader: PolicyReader?
  ) throws(Problem) -> [Int32] {
    var tests: [(String, FactTest)] = []
    if let list = pattern.licence {
      tests.append(("model.licence", .isOne(list.map { .text($0) })))
    }
    if let list = pattern.developer {
      tests.append(("model.developer", .isOne(list.map { .text($0) })))
    }
    if let list = pattern.origin { tests.append(("model.origin", .within(list))) }
    var atoms: [Int32] = []
    for (name, test) in tests {
      guard let fact = vocabulary.index[ByteName(name)] else {
        throw reader?.problem("unknown_fact", "\(name) is not in the vocabulary")
          ?? Problem(.malformed, "unknown_fact", reason: "\(name) is not in the vocabulary")
      }
      atoms.append(program.atom(Atom(fact: fact, test: test)))
    }
    return atoms
  }

  private func texts(
    _ reader: PolicyReader, _ known: [String]? = nil
  ) throws(Problem) -> [ByteName] {
    try list(reader) { item throws(Problem) in
      let text = try item.text()
      guard known?.contains(text) ?? true else {
        throw item.problem(
          "bad_value", "\(text) is none of: \(known?.joined(separator: ", ") ?? "")")
      }
      return ByteName(text)
    }
  }

  private func values(_ reader: PolicyReader, of name: String) throws(Problem) -> [ByteName] {
    guard let fact = vocabulary.index[ByteName(name)] else {
      throw reader.problem("unknown_fact", "\(name) is not in the vocabulary")
    }
    return try texts(reader, vocabulary.facts[fact].values.map(\.text))
  }
}
