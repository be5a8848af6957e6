// Is a suspect a merge of two references, or are suspect and reference siblings under a third?
//
// One pass over the suspect and the references it is related to collects inner products of all of
// them, tensor by tensor; fits and distances follow from those alone.

import Base
import Evidence

/// A reference whose tensors are aligned with the suspect's.
struct Relative: Sendable {
  let reference: Int
  let profile: ModelFeatures
  let alignment: Alignment
}

/// A relation that needs more than two models to be seen.
struct MergeFinding: Sendable {
  let reference: Int
  let relations: [RelationFinding]
  let direction: LineageDirection?
}

struct MergeSearch: Sendable {
  let suspect: ModelFeatures
  let relatives: [Relative]
  let run: Run

  /// Nearest references that enter; more would cost a pass each.
  static let relativesMax = 6
  /// Distances add up to this relative error under a common ancestor.
  static let siblingError = 0.15

  func findings() throws(Problem) -> [MergeFinding] {
    let members = relatives.filter { $0.alignment.isComplete }.prefix(Self.relativesMax)
    guard members.count >= 2 else { return [] }
    let tables = try products(Array(members))
    var findings: [MergeFinding] = []
    for first in members.indices {
      for second in members.indices where second > first {
        let products = tables.map { $0.mixture(first, second) }
        guard let fit = MixtureFit(products, floor: suspectFloor) else { continue }
        let pair = [first, second].map { members[$0] }
        findings += merged(
          [(pair[0], 1 - fit.share), (pair[1], fit.share)], fit.fit,
          alternatives: alternatives(tables, members: members))
      }
    }
    if !findings.isEmpty { return findings }
    let tasks = TaskMergeSearch(
      members: Array(members), tables: tables, floor: suspectFloor, run: run)
    if let found = try tasks.merge() {
      return merged(
        found.parts, found.fit, alternatives: alternatives(tables, members: members),
        base: found.base)
    }
    return siblings(Array(members), tables)
  }

  /// A finding for each parent, with its share, and for the base.
  private func merged(
    _ parts: [(member: Relative, share: Double)], _ fit: MergeFit,
    alternatives: [MergeAlternative], base: Relative? = nil
  ) -> [MergeFinding] {
    func finding(_ member: Relative, _ role: MergePart.Role, others: [String]) -> MergeFinding {
      let part = MergePart(
        role: role, others: others, base: base?.profile.id, fit: fit, alternatives: alternatives)
      return MergeFinding(
        reference: member.reference, relations: [RelationFinding(merge: part)],
        direction: .suspectFromReference)
    }
    let names = parts.map(\.member.profile.id)
    let parents = parts.enumerated().map { index, part in
      finding(
        part.member, .parent(share: part.share),
        others: names.indices.filter { $0 != index }.map { names[$0] })
    }
    return parents + (base.map { [finding($0, .base, others: names)] } ?? [])
  }

  /// What else could explain the suspect: one parent alone, and the best mixture of two.
  private func alternatives(
    _ tables: [ProductTable], members: some Sequence<Relative>
  ) -> [MergeAlternative] {
    let names = members.map(\.profile.id)
    var total = ProductTable(size: names.count + 1)
    for table in tables { total.add(table) }
    let size = total[0, 0]
    guard size > 0 else { return [] }
    var found: [MergeAlternative] = []
    for (index, name) in names.enumerated() {
      found.append(
        MergeAlternative(
          "\(name) alone", residual: (total.distance(0, index + 1) / size).squareRoot()))
      for other in names.indices where other > index {
        guard let rest = total.mixture(index, other).leastResidual else { continue }
        found.append(
          MergeAlternative("a mixture of \(name) and \(names[other])", residual: rest))
      }
    }
    return found
  }

  private var suspectFloor: Double {
    suspect.network.tensors.values.filter(\.isMatrix).map(\.roundingFloor).max() ?? 0
  }

  /// ‖S − R‖² = ‖S − B‖² + ‖R − B‖² for a third model B nearer to both.
  private func siblings(_ members: [Relative], _ tables: [ProductTable]) -> [MergeFinding] {
    let zero = ProductTable(size: members.count + 1)
    let total = tables.reduce(into: zero) { $0.add($1) }
    var findings: [MergeFinding] = []
    for (index, member) in members.enumerated() {
      let whole = total.distance(0, index + 1)
      guard whole > 0 else { continue }
      let between = members.indices.filter { other in
        guard other != index else { return false }
        let mine = total.distance(0, other + 1)
        let theirs = total.distance(index + 1, other + 1)
        return mine > 0.02 * whole && theirs > 0.02 * whole
          && abs(mine + theirs - whole) <= Self.siblingError * whole
      }
      guard !between.isEmpty else { continue }
      let names = between.map { members[$0].profile.id }
      findings.append(
        MergeFinding(
          reference: member.reference,
          relations: [
            RelationFinding(
              .sibling,
              [
                "between": JSON(names),
                "note": "a model between the two: a common ancestor, or a step of one chain",
              ])
          ], direction: nil))
    }
    return findings
  }

  private func products(_ members: [Relative]) throws(Problem) -> [ProductTable] {
    var tables: [ProductTable] = []
    for pair in members[0].alignment.pairs where pair.suspect.isMatrix && pair.rows == nil {
      let others = members.compactMap { member in
        member.alignment.pairs.first { $0.place == pair.place && $0.rows == nil }?.reference
      }
      guard others.count == members.count else { continue }
      var table = ProductTable(size: members.count + 1)
      let isWhole = try AlignedPair.forEachChunk(of: [pair.suspect] + others, run) {
        table.add($0)
      }
      if isWhole, table.isFinite { tables.append(table) }
    }
    return tables
  }
}

extension Alignment {
  /// Every tensor of the suspect has a partner in the same layer.
  var isComplete: Bool {
    unpaired.isEmpty && dropped.isEmpty && duplicated.isEmpty && !isVocabularyChanged
  }
}

/// Inner products of one tensor across models; index 0 is the suspect.
struct ProductTable: Sendable {
  let size: Int
  private var values: [Double]
  /// How many of the suspect's entries equal each member's, and of how many.
  private(set) var equal: [Int]
  private(set) var count = 0

  init(size: Int) {
    self.size = size
    values = [Double](repeating: 0, count: size * size)
    equal = [Int](repeating: 0, count: size)
  }

  /// Adds the products of aligned values.
  mutating func add(_ tensors: [[Float]]) {
    count += tensors[0].count
    for a in 0..<size {
      for (x, y) in zip(tensors[0], tensors[a]) where x == y { equal[a] += 1 }
      for b in a..<size {
        var sum = 0.0
        for (x, y) in zip(tensors[a], tensors[b]) { sum += Double(x) * Double(y) }
        values[a * size + b] += sum
        if a != b { values[b * size + a] += sum }
      }
    }
  }

  mutating func add(_ other: ProductTable) {
    for index in values.indices { values[index] += other.values[index] }
    for index in equal.indices { equal[index] += other.equal[index] }
    count += other.count
  }

  var isFinite: Bool { values.allSatisfy(\.isFinite) }

  subscript(a: Int, b: Int) -> Double { values[a * size + b] }

  /// ‖a − b‖².
  func distance(_ a: Int, _ b: Int) -> Double { max(0, self[a, a] + self[b, b] - 2 * self[a, b]) }

  /// Products of the differences of the suspect and of two members to a third (0-based).
  func tasks(_ first: Int, _ second: Int, base: Int) -> TaskProducts {
    let b = base + 1
    func product(_ i: Int, _ j: Int) -> Double {
      self[i, j] - self[i, b] - self[b, j] + self[b, b]
    }
    let x = first + 1
    let y = second + 1
    return TaskProducts(
      dd: product(0, 0), dx: product(0, x), dy: product(0, y), xx: product(x, x),
      yy: product(y, y), xy: product(x, y), ss: self[0, 0])
  }

  /// Products for a mixture of members `first` and `second` (0-based).
  func mixture(_ first: Int, _ second: Int) -> MixtureProducts {
    let x = first + 1
    let y = second + 1
    return MixtureProducts(
      xx: self[x, x], yy: self[y, y], xy: self[x, y], sx: self[0, x], sy: self[0, y],
      ss: self[0, 0])
  }
}
