// Comparisons and whole numbers, as Python has them. Nil where the answer depends on what is not
// known.

enum TemplateComparison {
  static func holds(_ a: TemplateValue, _ operation: String, _ b: TemplateValue) -> Bool? {
    switch operation {
    case "==": return equal(a, b)
    case "!=": return equal(a, b).map { !$0 }
    case "in": return contains(b, a)
    case "not in": return contains(b, a).map { !$0 }
    default:
      guard case (.number(let x), .number(let y)) = (a, b) else { return nil }
      switch operation {
      case "<": return x < y
      case ">": return x > y
      case "<=": return x <= y
      default: return x >= y
      }
    }
  }

  static func equal(_ a: TemplateValue, _ b: TemplateValue) -> Bool? {
    switch (a, b) {
    case (.number(let x), .number(let y)): return x == y
    case (.flag(let x), .flag(let y)): return x == y
    case (.none, .none), (.undefined, .undefined): return true
    case (.none, .undefined), (.undefined, .none): return false
    case (.text(let x), .text(let y)):
      guard let x = x.literal, let y = y.literal else { return nil }
      return x == y
    case (.text, .number), (.number, .text), (.text, .none), (.none, .text), (.number, .none),
      (.none, .number), (.text, .undefined), (.undefined, .text):
      return false
    default: return nil
    }
  }

  private static func contains(_ whole: TemplateValue, _ part: TemplateValue) -> Bool? {
    if let text = whole.literal, let piece = part.literal {
      return piece.isEmpty || text.indices.contains { text[$0...].starts(with: piece) }
    }
    guard whole.literal == nil, let elements = whole.knownElements else { return nil }
    let answers = elements.map { equal($0, part) }
    return answers.contains(true) ? true : answers.contains(nil) ? nil : false
  }

  static func number(_ operation: String, _ x: Int, _ y: Int) -> TemplateValue {
    func checked(_ result: (partialValue: Int, overflow: Bool)) -> TemplateValue {
      result.overflow ? .quantity : .number(result.partialValue)
    }
    switch operation {
    case "+": return checked(x.addingReportingOverflow(y))
    case "-": return checked(x.subtractingReportingOverflow(y))
    case "*": return checked(x.multipliedReportingOverflow(by: y))
    case "//", "%":
      guard y != 0, !(x == .min && y == -1) else { return .quantity }
      let (quotient, remainder) = x.quotientAndRemainder(dividingBy: y)
      let isOff = remainder != 0 && (remainder < 0) != (y < 0)
      if operation == "%" { return .number(isOff ? remainder + y : remainder) }
      return .number(isOff ? quotient - 1 : quotient)
    case "**":
      guard y >= 0, y <= 64 else { return .quantity }
      var power = 1
      for _ in 0..<y {
        let (value, overflow) = power.multipliedReportingOverflow(by: x)
        if overflow { return .quantity }
        power = value
      }
      return .number(power)
    default: return .quantity
    }
  }
}
