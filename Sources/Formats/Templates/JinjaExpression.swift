// A Jinja template as a tree.
//
// Chains of operators, filters and subscripts are lists, not nested trees, so that only what is
// nested in the template is nested here.

indirect enum JinjaExpression {
  case constant(TemplateValue)
  case name(String, line: Int)
  case list([JinjaExpression], isTuple: Bool)
  case map([(key: JinjaExpression, value: JinjaExpression)])
  /// `a + b - c`, `a * b % c`, `a ** b`.
  case arithmetic(JinjaExpression, [(operation: String, operand: JinjaExpression)])
  /// `a ~ b ~ c`.
  case joined([JinjaExpression])
  case either([JinjaExpression])
  case both([JinjaExpression])
  case not(JinjaExpression)
  case negative(JinjaExpression)
  case comparison(JinjaExpression, [(operation: String, operand: JinjaExpression)])
  case condition(JinjaExpression, test: JinjaExpression, otherwise: JinjaExpression?)
  case suffixed(JinjaExpression, [JinjaSuffix])
}

/// What may follow a value.
struct JinjaSuffix {
  indirect enum Kind {
    case attribute(String)
    case element(JinjaExpression)
    case slice(JinjaExpression?, JinjaExpression?, JinjaExpression?)
    case call(JinjaArguments)
    case filter(String, JinjaArguments)
    case test(String, JinjaArguments, isNegated: Bool)
  }

  let kind: Kind
  let line: Int
}

struct JinjaArguments {
  /// A number of its own for each list of arguments in a template.
  var site = 0
  var positional: [JinjaExpression] = []
  var named: [(name: String, value: JinjaExpression)] = []
  /// `*values`.
  var spread: [JinjaExpression] = []
  /// `**values`.
  var spreadNamed: [JinjaExpression] = []
}

indirect enum JinjaTarget {
  case name(String)
  /// `namespace.attribute`.
  case attribute(of: String, String)
  case tuple([JinjaTarget])
}

indirect enum JinjaStatement {
  case text([Unicode.Scalar])
  case output(JinjaExpression)
  case loop(JinjaLoop)
  case branch([(test: JinjaExpression, body: [JinjaStatement])], otherwise: [JinjaStatement])
  case assign(JinjaTarget, JinjaExpression, line: Int)
  /// `{% set x %}…{% endset %}`, with the filters that the text passes.
  case capture(JinjaTarget, filters: [JinjaSuffix], [JinjaStatement], line: Int)
  case macro(JinjaMacro)
  /// `{% call(parameters) macro(…) %}…{% endcall %}`.
  case callBlock(JinjaMacro, JinjaExpression)
  case filterBlock([JinjaSuffix], [JinjaStatement])
  case with([(target: JinjaTarget, value: JinjaExpression)], [JinjaStatement])
  /// A block of its own scope.
  case scope([JinjaStatement])
  case evaluate(JinjaExpression)
  /// `{% break %}`, and `{% continue %}`.
  case leave, proceed
}

struct JinjaLoop {
  let number: Int
  let target: JinjaTarget
  let iterable: JinjaExpression
  let condition: JinjaExpression?
  let isRecursive: Bool
  let body: [JinjaStatement]
  let otherwise: [JinjaStatement]
  let summary: JinjaSummary
}

struct JinjaMacro {
  let number: Int
  let name: String
  let parameters: [(name: String, value: JinjaExpression?)]
  let body: [JinjaStatement]
  let summary: JinjaSummary
}

/// What stands in a stretch of a template, for when it is not followed to its end.
struct JinjaSummary {
  /// The traits of all its letters.
  let traits: TemplateTraits
  /// Attributes of namespaces that it sets.
  let attributesSet: Set<String>

  init(_ tokens: ArraySlice<JinjaToken>) {
    var traits = TemplateTraits()
    var attributesSet: Set<String> = []
    for (index, token) in zip(tokens.indices, tokens) {
      switch token.kind {
      case .text(let text), .string(let text, _): traits.formUnion(TemplateTraits(literal: text))
      case .symbol("."):
        guard index + 2 < tokens.endIndex, tokens[index + 2].isSymbol("="),
          case .name(let name) = tokens[index + 1].kind
        else { continue }
        attributesSet.insert(name)
      default: break
      }
    }
    self.traits = traits.shuffled
    self.attributesSet = attributesSet
  }
}
