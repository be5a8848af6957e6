// Reads a Jinja template into a tree: the statements. Expressions are in JinjaParser+Expression.
//
// Source: the grammar of Jinja 3.1, with the loop controls and the `generation` blocks that chat
// templates add. A statement it does not know is an error, as it is for the library.
//
// Promises: total, linear, nested at most `depthMax` deep.

/// Why a template is not understood.
struct JinjaSyntaxError: Error, Equatable {
  let line: Int
  let reason: String
}

struct JinjaParser {
  static let depthMax = 100

  private let tokens: [JinjaToken]
  private var place = 0
  var depth = 0
  private var counter = 0

  private init(_ tokens: [JinjaToken]) { self.tokens = tokens }

  /// The template that the tokens make.
  static func statements(of tokens: [JinjaToken]) throws(JinjaSyntaxError) -> [JinjaStatement] {
    var parser = JinjaParser(tokens)
    let (body, _) = try parser.block(until: [])
    return body
  }

  // MARK: Tokens

  var current: JinjaToken? { place < tokens.count ? tokens[place] : nil }
  var line: Int { (current ?? tokens.last)?.line ?? 1 }

  mutating func step() { place += 1 }

  func peek(_ ahead: Int) -> JinjaToken? {
    place + ahead < tokens.count ? tokens[place + ahead] : nil
  }

  mutating func number() -> Int {
    counter += 1
    return counter
  }

  mutating func take(symbol: String) -> Bool {
    guard current?.isSymbol(symbol) == true else { return false }
    place += 1
    return true
  }

  mutating func take(name: String) -> Bool {
    guard current?.isName(name) == true else { return false }
    place += 1
    return true
  }

  mutating func need(symbol: String) throws(JinjaSyntaxError) {
    guard take(symbol: symbol) else { throw fail("`\(symbol)` is missing") }
  }

  mutating func name() throws(JinjaSyntaxError) -> String {
    guard case .name(let name) = current?.kind else { throw fail("a name is missing") }
    place += 1
    return name
  }

  func fail(_ reason: String) -> JinjaSyntaxError { JinjaSyntaxError(line: line, reason: reason) }

  mutating func nested<Value>(
    _ read: (inout JinjaParser) throws(JinjaSyntaxError) -> Value
  ) throws(JinjaSyntaxError) -> Value {
    guard depth < Self.depthMax else { throw fail("it is nested too deep") }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  private mutating func endStatement() throws(JinjaSyntaxError) {
    guard current?.kind == .statementEnd else { throw fail("the statement does not end") }
    place += 1
  }

  // MARK: Statements

  /// Statements up to one of the words, which is stepped over; the end of its tag is not. Without
  /// words: to the end of the template.
  private mutating func block(
    until words: [String]
  ) throws(JinjaSyntaxError) -> (body: [JinjaStatement], word: String) {
    try nested { (parser) throws(JinjaSyntaxError) in try parser.flatBlock(until: words) }
  }

  private mutating func flatBlock(
    until words: [String]
  ) throws(JinjaSyntaxError) -> (body: [JinjaStatement], word: String) {
    var body: [JinjaStatement] = []
    while let token = current {
      place += 1
      switch token.kind {
      case .text(let text): body.append(.text(text))
      case .outputStart:
        body.append(.output(try tuple(withCondition: true)))
        guard current?.kind == .outputEnd else { throw fail("the output does not end") }
        place += 1
      case .statementStart:
        let word = try name()
        if words.contains(word) { return (body, word) }
        body.append(contentsOf: try statement(word, line: token.line))
      default: throw fail("code stands outside of a tag")
      }
    }
    guard words.isEmpty else { throw fail("`\(words[words.count - 1])` is missing") }
    return (body, "")
  }

  /// A block that ends with one word, whose tag is closed.
  private mutating func body(_ end: String) throws(JinjaSyntaxError) -> [JinjaStatement] {
    try endStatement()
    let (body, _) = try block(until: [end])
    // `{% endblock name %}` and `{% endmacro name %}` may repeat the name.
    if case .name = current?.kind { place += 1 }
    try endStatement()
    return body
  }

  private mutating func statement(
    _ word: String, line: Int
  ) throws(JinjaSyntaxError) -> [JinjaStatement] {
    switch word {
    case "for": return [try loop()]
    case "if": return [try branch()]
    case "set": return [try set(line)]
    case "macro":
      let name = try name()
      return [.macro(try macro(name, try parameters(), end: "endmacro"))]
    case "call": return [try callBlock()]
    case "filter":
      let filters = try filters(startsWithName: true)
      return [.filterBlock(filters, try body("endfilter"))]
    case "with": return [try with()]
    case "block":
      while current?.kind != .statementEnd, current != nil { place += 1 }
      return [.scope(try body("endblock"))]
    case "autoescape":
      let value = try expression()
      return [.evaluate(value), .scope(try body("endautoescape"))]
    case "generation": return [.scope(try body("endgeneration"))]
    case "do", "print":
      let value = try tuple(withCondition: true)
      try endStatement()
      return [word == "do" ? .evaluate(value) : .output(value)]
    case "break", "continue":
      try endStatement()
      return [word == "break" ? .leave : .proceed]
    case "include", "import", "from", "extends":
      // What it loads is not here; that it loads is a finding of its own.
      while current?.kind != .statementEnd, current != nil { place += 1 }
      try endStatement()
      return []
    default: throw fail("the statement `\(word)` is unknown")
    }
  }

  private mutating func loop() throws(JinjaSyntaxError) -> JinjaStatement {
    let start = place
    let target = try targets()
    guard take(name: "in") else { throw fail("`in` is missing") }
    let iterable = try tuple(withCondition: false)
    var condition: JinjaExpression?
    if take(name: "if") { condition = try expression() }
    let isRecursive = take(name: "recursive")
    try endStatement()
    let (body, word) = try block(until: ["else", "endfor"])
    try endStatement()
    var otherwise: [JinjaStatement] = []
    if word == "else" {
      otherwise = try block(until: ["endfor"]).body
      try endStatement()
    }
    return .loop(
      JinjaLoop(
        number: number(), target: target, iterable: iterable, condition: condition,
        isRecursive: isRecursive, body: body, otherwise: otherwise,
        summary: JinjaSummary(tokens[start..<place])))
  }

  private mutating func branch() throws(JinjaSyntaxError) -> JinjaStatement {
    var branches: [(test: JinjaExpression, body: [JinjaStatement])] = []
    while true {
      let test = try tuple(withCondition: false)
      try endStatement()
      let (body, word) = try block(until: ["elif", "else", "endif"])
      branches.append((test, body))
      if word == "elif" { continue }
      try endStatement()
      guard word == "else" else { return .branch(branches, otherwise: []) }
      let otherwise = try block(until: ["endif"]).body
      try endStatement()
      return .branch(branches, otherwise: otherwise)
    }
  }

  private mutating func set(_ line: Int) throws(JinjaSyntaxError) -> JinjaStatement {
    let target = try targets()
    if take(symbol: "=") {
      let value = try tuple(withCondition: true)
      try endStatement()
      return .assign(target, value, line: line)
    }
    let filters = try filters(startsWithName: false)
    return .capture(target, filters: filters, try body("endset"), line: line)
  }

  private mutating func callBlock() throws(JinjaSyntaxError) -> JinjaStatement {
    let parameters = current?.isSymbol("(") == true ? try parameters() : []
    let call = try expression()
    return .callBlock(try macro("caller", parameters, end: "endcall"), call)
  }

  private mutating func macro(
    _ name: String, _ parameters: [(name: String, value: JinjaExpression?)], end: String
  ) throws(JinjaSyntaxError) -> JinjaMacro {
    let start = place
    let body = try body(end)
    return JinjaMacro(
      number: number(), name: name, parameters: parameters, body: body,
      summary: JinjaSummary(tokens[start..<place]))
  }

  private mutating func with() throws(JinjaSyntaxError) -> JinjaStatement {
    var values: [(target: JinjaTarget, value: JinjaExpression)] = []
    while current?.kind != .statementEnd {
      let target = try oneTarget()
      try need(symbol: "=")
      values.append((target, try expression()))
      guard take(symbol: ",") else { break }
    }
    return .with(values, try body("endwith"))
  }

  // MARK: Parts of statements

  private mutating func targets() throws(JinjaSyntaxError) -> JinjaTarget {
    var targets = [try oneTarget()]
    var isTuple = false
    while take(symbol: ",") {
      isTuple = true
      guard case .name(let name) = current?.kind, name != "in" || peek(1)?.isName("in") == true
      else {
        if current?.isSymbol("(") == true {
          targets.append(try oneTarget())
          continue
        }
        break
      }
      targets.append(try oneTarget())
    }
    return isTuple ? .tuple(targets) : targets[0]
  }

  private mutating func oneTarget() throws(JinjaSyntaxError) -> JinjaTarget {
    if take(symbol: "(") {
      let inner = try nested { (parser) throws(JinjaSyntaxError) in try parser.targets() }
      try need(symbol: ")")
      return inner
    }
    let name = try name()
    return take(symbol: ".") ? .attribute(of: name, try self.name()) : .name(name)
  }

  private mutating func parameters() throws(JinjaSyntaxError) -> [(
    name: String, value: JinjaExpression?
  )] {
    try need(symbol: "(")
    var parameters: [(name: String, value: JinjaExpression?)] = []
    while current?.isSymbol(")") == false {
      let name = try name()
      parameters.append((name, take(symbol: "=") ? try expression() : nil))
      guard take(symbol: ",") else { break }
    }
    try need(symbol: ")")
    return parameters
  }

  /// `| upper | trim`, the first one without its bar in `{% filter upper %}`.
  private mutating func filters(startsWithName: Bool) throws(JinjaSyntaxError) -> [JinjaSuffix] {
    var filters: [JinjaSuffix] = []
    var isFirst = startsWithName
    while isFirst || take(symbol: "|") {
      isFirst = false
      filters.append(try filter())
    }
    return filters
  }
}
