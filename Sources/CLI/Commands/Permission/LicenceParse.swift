// `licence parse`: what an SPDX expression says, and whether it can be met.

import Base
import Licensing

let licenceParseCommand = Command(
  path: ["licence", "parse"],
  summary: "Read an SPDX licence expression, compare it, or test it against a list",
  discussion: """
    Exit codes: 0 valid (or equivalent, or satisfied), 1 not equivalent or not satisfied, 3 valid \
    but an id is not on the SPDX list, 4 not valid; the error names code and offset.
    """,
  positionals: [Positional("EXPR", "the expression")],
  options: [
    .value("--equals", "EXPR", "another expression: do both ask for the same?"),
    .value("--allow", "ID,ID", "licences that are allowed: can the expression be met?"),
    .json,
  ],
  examples: [
    Example("assay licence parse 'MIT OR Apache-2.0' --allow MIT", "one choice is allowed")
  ],
  run: { invocation in
    let expression: Expression
    do throws(ExpressionError) {
      expression = try Expression(invocation.positional(0) ?? "")
    } catch {
      return report(error, invocation)
    }
    var object = expression.json
    var code: ExitCode = expression.unknown.isEmpty ? .yes : .undecided
    if let other = invocation.value("--equals") {
      let right: Expression
      do throws(ExpressionError) { right = try Expression(other) } catch {
        return report(error, invocation)
      }
      guard let isEquivalent = expression.isEquivalent(to: right) else {
        throw Problem(
          .undecided, "too_large", reason: "the two expressions are too large to compare")
      }
      object["equivalent"] = .bool(isEquivalent)
      code = isEquivalent ? .yes : .no
    }
    if let list = invocation.value("--allow") {
      let isSatisfied = expression.isSatisfied(by: try allowed(list))
      object["satisfied"] = .bool(isSatisfied)
      code = isSatisfied && code != .no ? .yes : .no
    }
    if invocation.flag("--json") {
      invocation.output.json(.object(object))
    } else {
      for key in ["canonical", "simplified", "equivalent", "satisfied", "unknown", "deprecated"] {
        guard let value = object[key], value.array?.isEmpty != true else { continue }
        invocation.output.line("\(key): \(value.string ?? value.canonicalText)")
      }
    }
    return code
  })

private func report(_ error: ExpressionError, _ invocation: Invocation) -> ExitCode {
  invocation.output.warn("assay: character \(error.offset): \(error.message)")
  if invocation.flag("--json") {
    invocation.output.json(["valid": false, "error": error.json])
  }
  return .malformed
}

private func allowed(_ list: String) throws(Problem) -> [Expression.Term] {
  var terms: [Expression.Term] = []
  for part in list.split(separator: ",") {
    guard case .term(let term)? = try? Expression(String(part)) else {
      throw Problem(
        .usage, "bad_value", reason: "--allow: \"\(part)\" is not one licence",
        remedy: "give ids separated by commas")
    }
    terms.append(term)
  }
  return terms
}
