// The twin's expressions: one line an operator.

import Base

extension AskedTwin {
  func truth(_ expression: JSON) -> Int {
    if let parts = expression["all"]?.array { return parts.map(truth).min() ?? 2 }
    if let parts = expression["any"]?.array { return parts.map(truth).max() ?? 0 }
    if let part = expression["not"] { return 2 - truth(part) }
    if let value = expression["const"]?.bool { return value ? 2 : 0 }
    if let name = expression["ref"]?.string { return truth(twin.definitions[name] ?? nil) }
    if let test = expression["as_of"]?.object?.members.first {
      return holds(test.key, .string(day), test.value) ? 2 : 0
    }
    if let ask = expression["some_ancestor"] { return best(ask, own: false) }
    if let ask = expression["some_node"] { return best(ask, own: true) }
    if let ask = expression["every_node"] {
      let pattern = ask["where"] ?? [:]
      return ways(ask).map { max(2 - $0.truth, matches(pattern, $0.edge)) }
        .reduce(matches(pattern, nil), min)
    }
    guard let name = expression["fact"]?.string, let value = fact(name) else { return 1 }
    let test = (expression.object ?? [:]).first { $0.key != "fact" }
    return test.map { holds($0.key, value, $0.value) ? 2 : 0 } ?? 1
  }

  private func ways(_ ask: JSON) -> [(edge: JSON, truth: Int)] {
    guard let kind = ask["path"]?.string, kind != "self" else { return [] }
    return edges.flatMap { edge in paths(edge).map { (edge, truth($0, kind)) } }
  }

  private func best(_ ask: JSON, own: Bool) -> Int {
    let pattern = ask["where"] ?? [:]
    return ways(ask).map { min($0.truth, matches(pattern, $0.edge)) }
      .reduce(own ? matches(pattern, nil) : 0, max)
  }

  /// Unknown without candidates or when they disagree.
  func verdict(_ passes: [Bool]) -> Int {
    passes.isEmpty || Set(passes).count > 1 ? 1 : passes[0] ? 2 : 0
  }

  func expanded(_ item: JSON) -> [String] {
    guard let text = item.string else { return [] }
    guard text.hasPrefix("@") else { return [text] }
    return (twin.groups[String(text.dropFirst())]?.array ?? []).compactMap(\.string)
  }

  func within(_ place: String, _ other: String) -> Bool {
    other == "*" || place == other || place.hasPrefix(other + "-")
  }

  private func holds(_ word: String, _ value: JSON, _ wanted: JSON) -> Bool {
    let list = (wanted.array ?? []).flatMap(expanded)
    let texts = value.array?.compactMap(\.string) ?? value.string.map { [$0] } ?? []
    func inside(_ place: String) -> Bool { list.contains { within(place, $0) } }
    switch word {
    case "eq":
      if let a = value.double, let b = wanted.double { return a == b }
      if let set = value.array {
        return Set(set.map(\.canonicalText)) == Set(list.map { "\"\($0)\"" })
      }
      return value == wanted
    case "in": return list.contains(value.string ?? "")
    case "starts_with": return value.string?.hasPrefix(wanted.string ?? "") ?? false
    case "within": return texts.allSatisfy(inside)
    case "all_within": return texts.allSatisfy(inside)
    case "any_of": return texts.contains(where: inside)
    case "has": return texts.contains(wanted.string ?? "")
    case "overlaps":
      return texts.contains { place in list.contains { within(place, $0) || within($0, place) } }
    default: return ordered(word, value, wanted)
    }
  }

  private func ordered(_ word: String, _ value: JSON, _ wanted: JSON) -> Bool {
    let isLess: Bool
    let isMore: Bool
    if let a = value.double, let b = wanted.double {
      (isLess, isMore) = (a < b, a > b)
    } else {
      let (a, b) = (value.string ?? "", wanted.string ?? "")
      (isLess, isMore) = (a < b, a > b)
    }
    switch word {
    case "gt": return isMore
    case "ge": return !isLess
    case "lt": return isLess
    default: return !isMore
    }
  }
}
