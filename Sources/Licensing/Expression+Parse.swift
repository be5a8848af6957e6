// Reading an expression: first its tokens, then the grammar, by descent with a limit on depth.
// A character that no token may hold is reported first, wherever it stands.

extension Expression {
  private static let scalarCountMax = 1 << 13
  private static let depthMax = 200

  public init(_ text: String) throws(ExpressionError) {
    let scalars = Array(text.unicodeScalars)
    guard scalars.count <= Self.scalarCountMax else {
      throw ExpressionError(
        code: .tooLong, message: "more than \(Self.scalarCountMax) characters", offset: 0)
    }
    var parser = ExpressionParser(
      tokens: try ExpressionLexer.tokens(scalars), end: scalars.count, depthMax: Self.depthMax)
    self = try parser.whole()
  }
}

private struct ExpressionToken {
  enum Kind: Equatable {
    case open, close, and, or, with
    /// An id, with whether `+` follows it.
    case name(String, orLater: Bool)
  }
  let kind: Kind
  let offset: Int
}

private enum ExpressionLexer {
  static func tokens(_ scalars: [Unicode.Scalar]) throws(ExpressionError) -> [ExpressionToken] {
    var tokens: [ExpressionToken] = []
    var place = 0
    while place < scalars.count {
      let scalar = scalars[place]
      switch scalar {
      case " ", "\t", "\n", "\r": place += 1
      case "(", ")":
        tokens.append(ExpressionToken(kind: scalar == "(" ? .open : .close, offset: place))
        place += 1
      default:
        let start = place
        while place < scalars.count, isNamePart(scalars[place], scalars[start..<place]) {
          place += 1
        }
        guard place > start else { throw badCharacter(scalar, place) }
        let name = String(String.UnicodeScalarView(scalars[start..<place]))
        let orLater = place < scalars.count && scalars[place] == "+"
        if orLater { place += 1 }
        tokens.append(ExpressionToken(kind: kind(name, orLater), offset: start))
      }
    }
    guard !tokens.isEmpty else {
      throw ExpressionError(code: .empty, message: "the expression is empty", offset: 0)
    }
    return tokens
  }

  /// Letters, digits, "-" and "."; ":" after a DocumentRef.
  private static func isNamePart(
    _ scalar: Unicode.Scalar, _ before: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", ".": return true
    case ":":
      let name = Expression.folded(String(String.UnicodeScalarView(before)))
      return name.hasPrefix("documentref-") && !name.contains(":")
    default: return false
    }
  }

  private static func kind(_ name: String, _ orLater: Bool) -> ExpressionToken.Kind {
    if !orLater {
      switch name {
      case "AND", "and": return .and
      case "OR", "or": return .or
      case "WITH", "with": return .with
      default: break
      }
    }
    return .name(name, orLater: orLater)
  }

  private static func badCharacter(_ scalar: Unicode.Scalar, _ offset: Int) -> ExpressionError {
    let number = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - number.count)) + number
    return ExpressionError(
      code: .badCharacter, message: "the character \(code) may not stand here", offset: offset)
  }
}

private struct ExpressionParser {
  let tokens: [ExpressionToken]
  /// The length of the text: where it ends too early.
  let end: Int
  let depthMax: Int
  var place = 0

  private var current: ExpressionToken? { place < tokens.count ? tokens[place] : nil }

  mutating func whole() throws(ExpressionError) -> Expression {
    let expression = try any(depth: 0)
    if let token = current {
      if token.kind == .close { throw unbalanced("no parenthesis is open here", token.offset) }
      throw unexpected(token)
    }
    return expression
  }

  private mutating func any(depth: Int) throws(ExpressionError) -> Expression {
    var parts = [try all(depth: depth)]
    while current?.kind == .or {
      place += 1
      parts.append(try all(depth: depth))
    }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func all(depth: Int) throws(ExpressionError) -> Expression {
    var parts = [try factor(depth: depth)]
    while current?.kind == .and {
      place += 1
      parts.append(try factor(depth: depth))
    }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func factor(depth: Int) throws(ExpressionError) -> Expression {
    guard let token = current else {
      throw ExpressionError(
        code: .unexpectedEnd, message: "a licence is wanted after this", offset: end)
    }
    switch token.kind {
    case .open:
      guard depth < depthMax else {
        throw ExpressionError(
          code: .tooLong, message: "more than \(depthMax) parentheses are open",
          offset: token.offset)
      }
      place += 1
      let inner = try any(depth: depth + 1)
      guard let closing = current else {
        throw unbalanced("the parenthesis at \(token.offset) is not closed", end)
      }
      guard closing.kind == .close else { throw unexpected(closing) }
      place += 1
      if let next = current, next.kind == .with {
        throw ExpressionError(
          code: .withAfterParenthesis, message: "WITH follows a licence, never a parenthesis",
          offset: next.offset)
      }
      return inner
    case .name(let name, let orLater):
      place += 1
      var term = try licence(name, orLater, token.offset)
      if current?.kind == .with {
        place += 1
        term.addition = try addition()
      }
      return .term(term)
    case .close, .and, .or, .with: throw unexpected(token)
    }
  }

  private func licence(
    _ name: String, _ orLater: Bool, _ offset: Int
  ) throws(ExpressionError) -> Expression.Term {
    guard looksLikeReference(name) else {
      return Expression.Term(
        licence: Identifiers.officialLicence(name), orLater: orLater, addition: nil)
    }
    guard !orLater, isReference(name, "LicenseRef-") else {
      throw badReference("LicenseRef-NAME or DocumentRef-NAME:LicenseRef-NAME", offset)
    }
    return Expression.Term(licence: name, orLater: false, addition: nil)
  }

  private mutating func addition() throws(ExpressionError) -> String {
    guard let token = current else {
      throw ExpressionError(
        code: .unexpectedEnd, message: "an exception is wanted after WITH", offset: end)
    }
    guard case .name(let name, let orLater) = token.kind, !orLater else { throw unexpected(token) }
    place += 1
    guard looksLikeReference(name) else { return Identifiers.officialException(name) }
    guard isReference(name, "AdditionRef-") else {
      throw badReference(
        "an exception, AdditionRef-NAME or DocumentRef-NAME:AdditionRef-NAME",
        token.offset)
    }
    return name
  }

  private func looksLikeReference(_ name: String) -> Bool {
    let name = Expression.folded(name)
    return ["licenseref-", "documentref-", "additionref-"].contains { name.hasPrefix($0) }
  }

  /// `prefix` with a name, alone or after `DocumentRef-NAME:`.
  private func isReference(_ name: String, _ prefix: String) -> Bool {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    guard let last = parts.last, last.hasPrefix(prefix), last.count > prefix.count else {
      return false
    }
    if parts.count == 1 { return true }
    let document = "DocumentRef-"
    return parts.count == 2 && parts[0].hasPrefix(document) && parts[0].count > document.count
  }

  private func badReference(_ wanted: String, _ offset: Int) -> ExpressionError {
    ExpressionError(
      code: .badReference, message: "this is no valid reference; wanted is \(wanted)",
      offset: offset)
  }

  private func unbalanced(_ message: String, _ offset: Int) -> ExpressionError {
    ExpressionError(code: .unbalancedParenthesis, message: message, offset: offset)
  }

  private func unexpected(_ token: ExpressionToken) -> ExpressionError {
    let message =
      switch token.kind {
      case .name(let name, _): "\"\(name)\" may not stand here; AND, OR or WITH joins licences"
      default: "an operator or a parenthesis may not stand here"
      }
    return ExpressionError(code: .unexpectedToken, message: message, offset: token.offset)
  }
}
