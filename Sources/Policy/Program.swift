// The compiled rules: one flat array of nodes, one table of atoms, one of lineage patterns.
//
// Promises: equal atoms are one atom, so a fact is tested once for all rules of a pack; children
// of a node stand in a row; an index is always smaller than that of its parent, so there is no
// cycle and the depth is bounded by the compiler.
// Does not: know JSON (Compiler) or values (Evaluation).

import Base

/// A test of one fact.
struct Atom: Hashable, Sendable {
  let fact: Int
  let test: FactTest
}

/// Which edges a path may be made of.
enum PathClass: Int, Sendable, CaseIterable {
  case derivation, training, any
}

/// What an ancestor, or the edge that leaves it, must look like. Nil: no matter.
struct LineagePattern: Hashable, Sendable {
  var licence: [ByteName]?
  var developer: [ByteName]?
  var origin: [Region]?
  var route: [ByteName]?
  var by: [ByteName]?
  var relation: [ByteName]?
  var date: [Int]?
  var training: [ByteName]?
  /// The same questions to the model itself, as atoms on `model.*`.
  var modelAtoms: [Int32] = []

  /// The model has no edge that leaves it, so a question about that edge stays unknown.
  var asksTheEdge: Bool {
    route != nil || by != nil || relation != nil || date != nil || training != nil
  }
}

struct Program: Sendable {
  enum Node: Sendable {
    case const(Truth)
    case all(first: Int32, count: Int32)
    case any(first: Int32, count: Int32)
    case not(Int32)
    case atom(Int32)
    case asOf(Comparison?, Double)
    /// Some ancestor (and the model itself when `own`); `path` nil: the model alone.
    case some(path: PathClass?, pattern: Int32, own: Bool)
    case every(path: PathClass?, pattern: Int32)
    /// A `when` that is no becomes unknown unless the atom (the lineage is complete) is yes.
    case needsCompleteLineage(Int32, atom: Int32)
  }

  private(set) var nodes: [Node] = []
  private(set) var children: [Int32] = []
  private(set) var atoms: [Atom] = []
  private(set) var patterns: [LineagePattern] = []
  /// The atoms on each fact.
  private(set) var atomsOfFact: [[Int32]] = []
  private var atomIndex: [Atom: Int32] = [:]
  private var patternIndex: [LineagePattern: Int32] = [:]

  static let nodeCountMax = 1 << 20

  mutating func node(_ node: Node) -> Int32 {
    nodes.append(node)
    return Int32(nodes.count - 1)
  }

  /// `all` or `any` over nodes made before.
  mutating func join(_ parts: [Int32], all: Bool) -> Int32 {
    let first = Int32(children.count)
    children += parts
    let count = Int32(parts.count)
    return node(all ? .all(first: first, count: count) : .any(first: first, count: count))
  }

  mutating func atom(_ atom: Atom) -> Int32 {
    if let known = atomIndex[atom] { return known }
    let index = Int32(atoms.count)
    atoms.append(atom)
    atomIndex[atom] = index
    while atomsOfFact.count <= atom.fact { atomsOfFact.append([]) }
    atomsOfFact[atom.fact].append(index)
    return index
  }

  mutating func pattern(_ pattern: LineagePattern) -> Int32 {
    if let known = patternIndex[pattern] { return known }
    patterns.append(pattern)
    patternIndex[pattern] = Int32(patterns.count - 1)
    return Int32(patterns.count - 1)
  }

  func atoms(on fact: Int) -> [Int32] { fact < atomsOfFact.count ? atomsOfFact[fact] : [] }
}
