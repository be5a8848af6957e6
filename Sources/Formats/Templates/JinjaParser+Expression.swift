// Expressions of Jinja, in the order in which its operators bind.

extension JinjaParser {
  /// `a if b else c`.
  mutating func expression() throws(JinjaSyntaxError) -> JinjaExpression {
    try nested { (parser) throws(JinjaSyntaxError) in
      var value = try parser.either()
      while parser.take(name: "if") {
        let test = try parser.either()
        let otherwise = parser.take(name: "else") ? try parser.expression() : nil
        value = .condition(value, test: test, otherwise: otherwise)
      }
      return value
    }
  }

  /// One expression, or several with commas between them.
  mutating func tuple(withCondition: Bool) throws(JinjaSyntaxError) -> JinjaExpression {
    var items = [withCondition ? try expression() : try nestedEither()]
    var isTuple = false
    while take(symbol: ",") {
      isTuple = true
      switch current?.kind {
      case nil, .statementEnd, .outputEnd, .symbol(")"), .symbol("]"): break
      default: items.append(withCondition ? try expression() : try nestedEither())
      }
    }
    return isTuple ? .list(items, isTuple: true) : items[0]
  }

  private mutating func nestedEither() throws(JinjaSyntaxError) -> JinjaExpression {
    try nested { (parser) throws(JinjaSyntaxError) in try parser.either() }
  }

  private mutating func either() throws(JinjaSyntaxError) -> JinjaExpression {
    var terms = [try both()]
    while take(name: "or") { terms.append(try both()) }
    return terms.count == 1 ? terms[0] : .either(terms)
  }

  private mutating func both() throws(JinjaSyntaxError) -> JinjaExpression {
    var terms = [try negation()]
    while take(name: "and") { terms.append(try negation()) }
    return terms.count == 1 ? terms[0] : .both(terms)
  }

  private mutating func negation() throws(JinjaSyntaxError) -> JinjaExpression {
    guard take(name: "not") else { return try comparison() }
    return .not(try nested { (parser) throws(JinjaSyntaxError) in try parser.negation() })
  }

  private mutating func comparison() throws(JinjaSyntaxError) -> JinjaExpression {
    let first = try sum()
    var rest: [(operation: String, operand: JinjaExpression)] = []
    while let token = current {
      if case .symbol(let text) = token.kind, ["==", "!=", "<", ">", "<=", ">="].contains(text) {
        step()
        rest.append((text, try sum()))
      } else if take(name: "in") {
        rest.append(("in", try sum()))
      } else if token.isName("not"), peek(1)?.isName("in") == true {
        step()
        step()
        rest.append(("not in", try sum()))
      } else {
        break
      }
    }
    return rest.isEmpty ? first : .comparison(first, rest)
  }

  private mutating func sum() throws(JinjaSyntaxError) -> JinjaExpression {
    try chain(["+", "-"]) { (parser) throws(JinjaSyntaxError) in
      var terms = [try parser.product()]
      while parser.take(symbol: "~") { terms.append(try parser.product()) }
      return terms.count == 1 ? terms[0] : .joined(terms)
    }
  }

  private mutating func product() throws(JinjaSyntaxError) -> JinjaExpression {
    try chain(["*", "/", "//", "%"]) { (parser) throws(JinjaSyntaxError) in
      try parser.chain(["**"]) { (parser) throws(JinjaSyntaxError) in
        try parser.unary(withFilters: true)
      }
    }
  }

  private mutating func chain(
    _ operations: [String],
    _ operand: (inout JinjaParser) throws(JinjaSyntaxError) -> JinjaExpression
  ) throws(JinjaSyntaxError) -> JinjaExpression {
    let first = try operand(&self)
    var rest: [(operation: String, operand: JinjaExpression)] = []
    while case .symbol(let text) = current?.kind, operations.contains(text) {
      step()
      rest.append((text, try operand(&self)))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func unary(withFilters: Bool) throws(JinjaSyntaxError) -> JinjaExpression {
    var value: JinjaExpression
    if current?.isSymbol("-") == true || current?.isSymbol("+") == true {
      let isNegative = current?.isSymbol("-") == true
      step()
      value = try nested { (parser) throws(JinjaSyntaxError) in
        try parser.unary(withFilters: false)
      }
      if isNegative { value = .negative(value) }
    } else {
      value = try primary()
    }
    var suffixes = try postfix()
    if withFilters { try filtersAndTests(&suffixes) }
    return suffixes.isEmpty ? value : .suffixed(value, suffixes)
  }

  private mutating func primary() throws(JinjaSyntaxError) -> JinjaExpression {
    guard let token = current else { throw fail("an expression is missing") }
    step()
    switch token.kind {
    case .name(let name):
      switch name {
      case "true", "True": return .constant(.flag(true))
      case "false", "False": return .constant(.flag(false))
      case "none", "None": return .constant(.none)
      default: return .name(name, line: token.line)
      }
    case .string(var text, _):
      // Strings side by side are one string.
      while case .string(let more, _) = current?.kind {
        text += more
        step()
      }
      return .constant(.text(TemplateText(text)))
    case .integer(let value): return .constant(value.map { .number($0) } ?? .quantity)
    case .float: return .constant(.quantity)
    case .symbol("("):
      if take(symbol: ")") { return .list([], isTuple: true) }
      let value = try tuple(withCondition: true)
      try need(symbol: ")")
      return value
    case .symbol("["): return .list(try items(until: "]"), isTuple: false)
    case .symbol("{"): return .map(try entries())
    default: throw JinjaSyntaxError(line: token.line, reason: "an expression is missing")
    }
  }

  private mutating func items(until end: String) throws(JinjaSyntaxError) -> [JinjaExpression] {
    var items: [JinjaExpression] = []
    while current?.isSymbol(end) == false {
      items.append(try expression())
      guard take(symbol: ",") else { break }
    }
    try need(symbol: end)
    return items
  }

  private mutating func entries() throws(JinjaSyntaxError) -> [(
    key: JinjaExpression, value: JinjaExpression
  )] {
    var entries: [(key: JinjaExpression, value: JinjaExpression)] = []
    while current?.isSymbol("}") == false {
      let key = try expression()
      try need(symbol: ":")
      entries.append((key, try expression()))
      guard take(symbol: ",") else { break }
    }
    try need(symbol: "}")
    return entries
  }

  // MARK: Suffixes

  private mutating func postfix() throws(JinjaSyntaxError) -> [JinjaSuffix] {
    var suffixes: [JinjaSuffix] = []
    while let token = current {
      switch token.kind {
      case .symbol("."):
        step()
        if case .integer(let index) = current?.kind {
          step()
          let constant = JinjaExpression.constant(index.map { .number($0) } ?? .quantity)
          suffixes.append(JinjaSuffix(kind: .element(constant), line: token.line))
        } else {
          suffixes.append(JinjaSuffix(kind: .attribute(try name()), line: token.line))
        }
      case .symbol("["):
        step()
        suffixes.append(JinjaSuffix(kind: try element(), line: token.line))
      case .symbol("("):
        suffixes.append(JinjaSuffix(kind: .call(try arguments()), line: token.line))
      default: return suffixes
      }
    }
    return suffixes
  }

  private mutating func element() throws(JinjaSyntaxError) -> JinjaSuffix.Kind {
    var parts: [JinjaExpression?] = []
    var colons = 0
    var commas = 0
    var pending: JinjaExpression?
    while let token = current, !token.isSymbol("]") {
      if take(symbol: ":") {
        parts.append(pending)
        pending = nil
        colons += 1
      } else if take(symbol: ",") {
        commas += 1
      } else {
        let value = try expression()
        if commas > 0, let first = pending {
          pending = .list([first, value], isTuple: true)
        } else {
          pending = value
        }
      }
      guard colons <= 2 else { throw fail("a slice has more than three parts") }
    }
    try need(symbol: "]")
    if colons == 0 {
      guard let pending else { throw fail("a subscript is empty") }
      return .element(pending)
    }
    parts.append(pending)
    return .slice(parts[0], parts[1], parts.count > 2 ? parts[2] : nil)
  }

  private mutating func filtersAndTests(
    _ suffixes: inout [JinjaSuffix]
  ) throws(JinjaSyntaxError) {
    while let token = current {
      if take(symbol: "|") {
        suffixes.append(try filter())
      } else if take(name: "is") {
        suffixes.append(try test())
      } else if token.isSymbol("(") {
        // The result of a filter may be called.
        suffixes.append(JinjaSuffix(kind: .call(try arguments()), line: token.line))
      } else {
        return
      }
    }
  }

  mutating func filter() throws(JinjaSyntaxError) -> JinjaSuffix {
    let line = line
    let name = try dottedName()
    let arguments =
      current?.isSymbol("(") == true ? try arguments() : JinjaArguments(site: number())
    return JinjaSuffix(kind: .filter(name, arguments), line: line)
  }

  private mutating func dottedName() throws(JinjaSyntaxError) -> String {
    var full = try name()
    while take(symbol: ".") { full += "." + (try name()) }
    return full
  }

  private mutating func test() throws(JinjaSyntaxError) -> JinjaSuffix {
    let line = line
    let isNegated = take(name: "not")
    let name = try dottedName()
    var arguments = JinjaArguments(site: number())
    switch current?.kind {
    case .symbol("("): arguments = try self.arguments()
    case .name(let next) where ["else", "or", "and", "if", "is"].contains(next): break
    case .name, .string, .integer, .float, .symbol("["), .symbol("{"):
      let value = try primary()
      let suffixes = try postfix()
      arguments.positional = [suffixes.isEmpty ? value : .suffixed(value, suffixes)]
    default: break
    }
    return JinjaSuffix(kind: .test(name, arguments, isNegated: isNegated), line: line)
  }

  private mutating func arguments() throws(JinjaSyntaxError) -> JinjaArguments {
    try need(symbol: "(")
    var arguments = JinjaArguments(site: number())
    while current?.isSymbol(")") == false {
      if take(symbol: "**") {
        arguments.spreadNamed.append(try expression())
      } else if take(symbol: "*") {
        arguments.spread.append(try expression())
      } else if case .name(let name) = current?.kind, peek(1)?.isSymbol("=") == true {
        step()
        step()
        arguments.named.append((name, try expression()))
      } else {
        arguments.positional.append(try expression())
      }
      guard take(symbol: ",") else { break }
    }
    try need(symbol: ")")
    return arguments
  }
}
