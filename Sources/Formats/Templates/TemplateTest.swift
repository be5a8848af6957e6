// The tests of Jinja (`is string`), as far as they can be told. Nil where that depends on what is
// not known.

enum TemplateTest {
  static func holds(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue]
  ) -> Bool? {
    if case .oneOf(let values) = value {
      let answers = values.map { holds(name, $0, arguments) }
      return answers.dropFirst().allSatisfy { $0 == answers[0] } ? answers[0] : nil
    }
    if case .unknown = value { return nil }
    if let operation = operations[name], let other = arguments.first {
      return TemplateComparison.holds(value, operation, other)
    }
    switch name {
    case "defined": return value != .undefined
    case "undefined": return value == .undefined
    case "none": return value == .none
    case "string": if case .text = value { return true } else { return false }
    case "mapping": if case .map = value { return true } else { return false }
    case "number", "integer": return isNumber(value)
    case "boolean":
      if case .flag = value { return true }
      return value == .quantity ? nil : false
    case "true": return value == .quantity ? nil : value == .flag(true)
    case "false": return value == .quantity ? nil : value == .flag(false)
    case "sequence", "iterable":
      switch value {
      case .text, .list, .map, .sequence: return true
      case .number, .flag, .quantity, .none: return false
      default: return nil
      }
    default: return nil
    }
  }

  private static func isNumber(_ value: TemplateValue) -> Bool? {
    switch value {
    case .number: true
    case .quantity, .flag: nil
    default: false
    }
  }

  private static let operations = [
    "eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "in": "in", "lt": "<",
    "lessthan": "<", "<": "<", "gt": ">", "greaterthan": ">", ">": ">", "le": "<=", "<=": "<=",
    "ge": ">=", ">=": ">=",
  ]
}
