// The variables of a template at one moment of its evaluation.

struct TemplateState: Equatable {
  typealias Scope = [String: TemplateValue]

  /// Scopes, the outermost first.
  var scopes: [Scope] = [[:]]
  /// Attributes of `namespace` objects, by the place and the depth of calls that made them.
  var namespaces: [Int: Scope] = [:]

  func value(_ name: String) -> TemplateValue? {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return nil
  }

  /// The variable as code in the scope of this index sees it.
  private func value(_ name: String, from index: Int) -> TemplateValue {
    for scope in scopes[..<index].reversed() {
      if let value = scope[name] { return value }
    }
    return TemplateGlobals.value(name)
  }

  /// What holds after either of two ways was taken. Both have the same scopes.
  func or(
    _ other: TemplateState,
    _ join: (TemplateValue, TemplateValue) -> TemplateValue = { $0.or($1) }
  ) -> TemplateState {
    var state = self
    for index in scopes.indices where index < other.scopes.count {
      state.scopes[index] = Self.join(scopes[index], other.scopes[index], join) {
        ($1 ? other : self).value($0, from: index)
      }
    }
    for (number, attributes) in other.namespaces {
      state.namespaces[number] =
        namespaces[number].map { Self.join($0, attributes, join) { _, _ in .undefined } }
        ?? attributes
    }
    return state
  }

  /// `absent` is asked for a variable that one way did not set, and whether it was the second.
  private static func join(
    _ a: Scope, _ b: Scope, _ join: (TemplateValue, TemplateValue) -> TemplateValue,
    absent: (_ name: String, _ isSecond: Bool) -> TemplateValue
  ) -> Scope {
    var scope = a
    for (name, value) in a where b[name] == nil { scope[name] = join(value, absent(name, true)) }
    for (name, value) in b {
      let before = a[name] ?? absent(name, false)
      if before != value || a[name] == nil { scope[name] = join(before, value) }
    }
    return scope
  }
}
