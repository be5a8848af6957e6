// Licence expressions: SPDX 2.3 annex D, with the AdditionRef of SPDX 3.0.
//
//     expression  = term *( OR term )             term = factor *( AND factor )
//     factor      = simple [ WITH addition ] | "(" expression ")"
//     simple      = id ["+"] | [DocumentRef-x ":"] LicenseRef-y
//     addition    = exception id | [DocumentRef-x ":"] AdditionRef-y
//
// Operators are all upper or all lower case. Ids and exceptions compare without case; the
// prefixes LicenseRef-, DocumentRef-, AdditionRef- with it, what follows them without.
// Parsing (Expression+Parse), forms and comparison (Expression+Logic), the list (Identifiers).

import Base

/// A parsed licence expression.
public indirect enum Expression: Equatable, Sendable {
  case term(Term)
  case all([Expression])
  case any([Expression])

  /// One licence, perhaps "or later", perhaps with an exception.
  public struct Term: Equatable, Sendable {
    /// A licence id in its official case, or a reference.
    public var licence: String
    /// Written with `+`.
    public var orLater = false
    /// An exception in its official case, or a reference.
    public var addition: String?

    /// What two terms are compared by.
    var key: String {
      let base = Expression.folded(licence) + (orLater ? "+" : "")
      return addition.map { base + " with " + Expression.folded($0) } ?? base
    }

    var text: String {
      let base = licence + (orLater ? "+" : "")
      return addition.map { base + " WITH " + $0 } ?? base
    }
  }

  /// Lower case in ASCII, so that bytes decide.
  static func folded(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }, as: UTF8.self)
  }

  /// Whether a licence or an addition is a reference and not an id.
  static func isReference(_ name: String) -> Bool {
    name.hasPrefix("LicenseRef-") || name.hasPrefix("DocumentRef-")
      || name.hasPrefix("AdditionRef-")
  }
}

/// Why a text is not an expression. `offset` counts Unicode scalars from 0.
public struct ExpressionError: Error, Equatable, Sendable {
  public enum Code: String, Sendable {
    case empty
    case badCharacter = "bad_character"
    case badReference = "bad_reference"
    case unexpectedToken = "unexpected_token"
    case unexpectedEnd = "unexpected_end"
    case unbalancedParenthesis = "unbalanced_parenthesis"
    case withAfterParenthesis = "with_after_parenthesis"
    case tooLong = "too_long"
  }
  public let code: Code
  public let message: String
  public let offset: Int

  /// `{"code", "message", "offset"}`.
  public var json: JSON {
    [
      "code": .string(code.rawValue), "message": .string(message), "offset": JSON(offset),
    ]
  }
}

// MARK: What an expression names

extension Expression {
  public var terms: [Term] {
    switch self {
    case .term(let term): [term]
    case .all(let parts), .any(let parts): parts.flatMap(\.terms)
    }
  }

  /// Licence ids without `+`, sorted, without duplicates.
  public var licences: [String] {
    Self.sorted(terms.map(\.licence).filter { !Self.isReference($0) })
  }

  /// Ids of exceptions.
  public var exceptions: [String] {
    Self.sorted(terms.compactMap(\.addition).filter { !Self.isReference($0) })
  }

  /// LicenseRef- and AdditionRef- names.
  public var references: [String] {
    Self.sorted(
      terms.flatMap { [$0.licence] + [$0.addition].compactMap(\.self) }
        .filter(Self.isReference))
  }

  /// Ids that are not on the SPDX list.
  public var unknown: [String] {
    Self.sorted(
      licences.filter { Identifiers.licence($0) == nil }
        + exceptions.filter { Identifiers.exception($0) == nil })
  }

  /// Ids that the list calls deprecated, with their `+` where that makes the id.
  public var deprecated: [String] {
    Self.sorted(
      terms.compactMap { term in
        if term.orLater, Identifiers.licence(term.licence + "+")?.isDeprecated == true {
          return term.licence + "+"
        }
        return Identifiers.licence(term.licence)?.isDeprecated == true ? term.licence : nil
      } + exceptions.filter { Identifiers.exception($0)?.isDeprecated == true })
  }

  static func sorted(_ names: [String]) -> [String] {
    var seen: Set<ByteName> = []
    return names.filter { seen.insert(ByteName($0)).inserted }.sorted {
      ByteName($0) < ByteName($1)
    }
  }

  /// The object of `licence parse`.
  public var json: JSONObject {
    [
      "valid": true, "canonical": .string(canonical), "simplified": .string(simplified.canonical),
      "licences": JSON(licences), "exceptions": JSON(exceptions), "references": JSON(references),
      "unknown": JSON(unknown), "deprecated": JSON(deprecated), "error": nil,
    ]
  }
}
