// Forms of an expression and questions about it: canonical text, simplified form, equivalence,
// and whether it can be met inside a list of licences.
//
// For equivalence each (id, +, exception) is one atom, deprecated ids replaced first, and two
// expressions are compared as Boolean functions with a reduced ordered decision diagram.

import Base

// MARK: Canonical

extension Expression {
  /// Official case, operators in upper case, only needed parentheses, order kept.
  public var canonical: String {
    switch self {
    case .term(let term): term.text
    case .any(let parts): parts.map(\.canonical).joined(separator: " OR ")
    case .all(let parts):
      parts.map { part in
        if case .any = part { "(" + part.canonical + ")" } else { part.canonical }
      }.joined(separator: " AND ")
    }
  }

  /// Deprecated ids replaced by what the list gives in their place.
  var modern: Expression {
    switch self {
    case .any(let parts): .any(parts.map(\.modern))
    case .all(let parts): .all(parts.map(\.modern))
    case .term(let term): .term(Self.modern(term))
    }
  }

  private static func modern(_ term: Term) -> Term {
    var term = term
    if term.orLater, let text = Identifiers.licence(term.licence + "+")?.replacement {
      term.orLater = false
      term.licence = text
    } else if !term.orLater, let text = Identifiers.licence(term.licence)?.replacement {
      // A replacement is an id, or an id WITH an exception.
      guard case .term(let replaced)? = try? Expression(text) else { return term }
      if replaced.addition != nil, term.addition != nil { return term }
      term.licence = replaced.licence
      term.addition = replaced.addition ?? term.addition
    }
    if let addition = term.addition, let text = Identifiers.exception(addition)?.replacement {
      term.addition = text
    }
    return term
  }

  // MARK: Simplified

  /// Deprecated ids replaced, groups of one operator joined, duplicates and absorbed terms removed,
  /// operands sorted by the code points of their text.
  public var simplified: Expression { modern.reduced }

  private var reduced: Expression {
    switch self {
    case .term: return self
    case .any(let parts):
      let flat = parts.map(\.reduced).flatMap { part in
        if case .any(let inner) = part { inner } else { [part] }
      }
      return Self.joined(flat, isAny: true)
    case .all(let parts):
      let flat = parts.map(\.reduced).flatMap { part in
        if case .all(let inner) = part { inner } else { [part] }
      }
      return Self.joined(flat, isAny: false)
    }
  }

  private static func joined(_ parts: [Expression], isAny: Bool) -> Expression {
    var kept: [(part: Expression, keys: Set<String>)] = []
    for part in parts {
      let keys = part.operandKeys(ofAll: isAny)
      // A part that asks for at least what another asks for adds nothing.
      if kept.contains(where: { $0.keys.isSubset(of: keys) }) { continue }
      kept.removeAll { keys.isSubset(of: $0.keys) }
      kept.append((part, keys))
    }
    let sorted = kept.map(\.part).sorted { ByteName($0.canonical) < ByteName($1.canonical) }
    if sorted.count == 1 { return sorted[0] }
    return isAny ? .any(sorted) : .all(sorted)
  }

  /// The operands of a group of the other operator; anything else is its own only operand.
  private func operandKeys(ofAll: Bool) -> Set<String> {
    switch self {
    case .all(let parts) where ofAll: Set(parts.map(\.key))
    case .any(let parts) where !ofAll: Set(parts.map(\.key))
    default: [key]
    }
  }

  /// The same for expressions that differ only in case.
  private var key: String { Self.folded(canonical) }

  // MARK: Equivalence

  /// Whether both ask for the same, as Boolean functions. Nil if the comparison would cost more
  /// than it may.
  public func isEquivalent(to other: Expression) -> Bool? {
    let left = simplified
    let right = other.simplified
    var names = Set(left.terms.map(\.key))
    names.formUnion(right.terms.map(\.key))
    let order = names.sorted { ByteName($0) < ByteName($1) }
    var diagram = DecisionDiagram(order: order)
    guard let a = diagram.node(left), let b = diagram.node(right) else { return nil }
    return a == b
  }

  // MARK: A list of allowed licences

  /// Whether some choice at every OR stays inside the list.
  public func isSatisfied(by allowed: [Expression.Term]) -> Bool {
    let allowed = allowed.map(Self.modern)
    return modern.holds { term in allowed.contains { Self.covers($0, term) } }
  }

  private func holds(_ test: (Term) -> Bool) -> Bool {
    switch self {
    case .term(let term): test(term)
    case .any(let parts): parts.contains { $0.holds(test) }
    case .all(let parts): parts.allSatisfy { $0.holds(test) }
    }
  }

  /// Whether a listed licence covers a term: itself, itself WITH an exception of the list, or an
  /// or-later licence taken at the listed version.
  private static func covers(_ listed: Term, _ term: Term) -> Bool {
    if listed.key == term.key { return true }
    guard listed.addition == nil else { return false }
    if let addition = term.addition, Identifiers.exception(addition) == nil { return false }
    if folded(listed.licence) == folded(term.licence) { return !listed.orLater || term.orLater }
    guard let wanted = LicenceVersion(term), wanted.orLater, let have = LicenceVersion(listed)
    else {
      return false
    }
    return have.name == wanted.name && !have.version.lexicographicallyPrecedes(wanted.version)
  }
}

/// An id taken apart: "GPL-2.0-or-later" is (gpl, 2.0, or later).
private struct LicenceVersion {
  let name: String
  let version: [Int]
  let orLater: Bool

  init?(_ term: Expression.Term) {
    var parts = Expression.folded(term.licence).split(separator: "-").map(String.init)
    var orLater = term.orLater
    if parts.count > 2, parts.suffix(2) == ["or", "later"] {
      orLater = true
      parts.removeLast(2)
    } else if parts.last == "only" {
      parts.removeLast()
    }
    guard let last = parts.popLast(), !parts.isEmpty else { return nil }
    let numbers = last.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.allSatisfy({ $0 != nil }) else { return nil }
    name = parts.joined(separator: "-")
    version = numbers.compactMap(\.self)
    self.orLater = orLater
  }
}

/// A reduced ordered binary decision diagram; equal functions have equal nodes.
private struct DecisionDiagram {
  private struct Node: Hashable {
    let level: Int, low: Int, high: Int
  }
  private static let nodeCountMax = 1 << 18
  private var nodes: [Node] = []
  private var index: [Node: Int] = [:]
  private let level: [String: Int]

  init(order: [String]) {
    level = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
  }

  /// The node of an expression; nil beyond the limit. 0 and 1 are the constants.
  mutating func node(_ expression: Expression) -> Int? {
    switch expression {
    case .term(let term): return level[term.key].flatMap { make($0, 0, 1) }
    case .all(let parts): return fold(parts, isAll: true)
    case .any(let parts): return fold(parts, isAll: false)
    }
  }

  private mutating func fold(_ parts: [Expression], isAll: Bool) -> Int? {
    var result = isAll ? 1 : 0
    for part in parts {
      guard let next = node(part) else { return nil }
      var memo: [[Int]: Int] = [:]
      guard let joined = join(result, next, isAll, &memo) else { return nil }
      result = joined
    }
    return result
  }

  private mutating func join(_ a: Int, _ b: Int, _ isAll: Bool, _ memo: inout [[Int]: Int]) -> Int?
  {
    if a == b { return a }
    let (neutral, dominant) = isAll ? (1, 0) : (0, 1)
    if a == dominant || b == dominant { return dominant }
    if a == neutral { return b }
    if b == neutral { return a }
    let key = [min(a, b), max(a, b)]
    if let known = memo[key] { return known }
    let (nodeA, nodeB) = (nodes[a - 2], nodes[b - 2])
    let top = min(nodeA.level, nodeB.level)
    let (lowA, highA) = nodeA.level == top ? (nodeA.low, nodeA.high) : (a, a)
    let (lowB, highB) = nodeB.level == top ? (nodeB.low, nodeB.high) : (b, b)
    guard let low = join(lowA, lowB, isAll, &memo), let high = join(highA, highB, isAll, &memo),
      let made = make(top, low, high)
    else { return nil }
    memo[key] = made
    return made
  }

  private mutating func make(_ level: Int, _ low: Int, _ high: Int) -> Int? {
    if low == high { return low }
    let node = Node(level: level, low: low, high: high)
    if let known = index[node] { return known }
    guard nodes.count < Self.nodeCountMax else { return nil }
    nodes.append(node)
    index[node] = nodes.count + 1
    return nodes.count + 1
  }
}
