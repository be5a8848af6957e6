// The words of a Jinja template: its plain text, and inside of tags names, strings, numbers and
// operators.

/// One token and the line it begins in.
struct JinjaToken: Equatable {
  enum Kind: Equatable {
    /// Plain text between tags, with the blanks removed that tags remove.
    case text([Unicode.Scalar])
    case outputStart, outputEnd, statementStart, statementEnd
    case name(String)
    /// A string as it is meant, its escapes resolved. `hidesNames`: an escape stands for a letter,
    /// a digit or an underscore, which need none.
    case string([Unicode.Scalar], hidesNames: Bool)
    /// Nil if it is beyond 63 bits.
    case integer(Int?)
    case float
    case symbol(String)
  }

  let kind: Kind
  let line: Int

  func isSymbol(_ text: String) -> Bool { kind == .symbol(text) }
  func isName(_ text: String) -> Bool { kind == .name(text) }
}
