// Tries to make a tensor again from its suspected parent: by every cast and simple block type.
//
// Hypotheses are dropped as soon as too few values agree, so strangers cost little: most are gone
// after the first chunk.

import Base
import Evidence

/// Hypotheses about how a child was made from a parent, with their share of equal values.
struct RemakeSearch {
  private var candidates: [(remake: Remake, equal: Int)]
  private var total = 0
  private let storage: StoredFloat?
  private let columns: Int
  private let cellType: String?
  /// Whether the edges of the child's cells are known, so that they need not be guessed.
  private let hasEdges: Bool
  /// Whether its quantiser may have moved values to make up for the rounding of others.
  private let isCompensated: Bool
  /// Squared distances of values to the child's, and what rounding alone would make them.
  private(set) var squares = 0.0
  private var roundingSquares = 0.0
  /// Sum of the chunks' shares of values inside cells, weighted by size.
  private var inside = 0.0

  /// Cells of types whose quantiser has choices (scales searched for).
  static let cellShare = 0.99
  /// What making up for rounding may add to its squares (GPTQ: about twice; a stranger: hundreds).
  static let compensation = 3.0
  /// Values looked at before hypotheses may be dropped.
  static let firstLook = 4096

  init(from parent: PlacedTensor, to child: PlacedTensor) {
    storage = child.storedFloat
    columns = child.columns
    candidates = []
    let isNarrower =
      child.storedFloat != nil && child.storedFloat != .f32
      && child.storedFloat != parent.storedFloat
    if isNarrower, let type = child.storedFloat {
      candidates.append((.cast(type, truncated: false), 0))
      candidates.append((.cast(type, truncated: true), 0))
    }
    let isSimple = BlockForm(rawValue: child.entry.type.name) != nil
    if child.isMatrix, columns % BlockForm.blockSize == 0, isSimple || child.storedFloat != nil,
      !parent.isQuantized || child.isQuantized
    {
      candidates += BlockForm.allCases.map { (.blocks($0), 0) }
    }
    cellType = child.isQuantized ? child.entry.type.name : nil
    hasEdges = child.packed != nil
    // A quantised parent lies about the cells of any other quantisation of its own parent.
    isCompensated = !parent.isQuantized && child.packed.map { !$0.isRoundedAlone } ?? false
  }

  /// Adds a chunk of a packed child.
  mutating func add(_ cells: PackedCells) {
    for index in cells.parent.indices {
      let value = cells.parent[index]
      let width = cells.upper[index] - cells.lower[index]
      if value >= cells.lower[index], value <= cells.upper[index] { inside += 1 }
      guard width.isFinite, value.isFinite else { continue }
      let distance = Double(value - cells.child[index])
      squares += distance * distance
      roundingSquares += Double(width) * Double(width) / 12
    }
  }

  mutating func add(parent: [Float], child: [Float]) {
    if cellType != nil, !hasEdges {
      inside += CellContainment.share(parent: parent, child: child) * Double(child.count)
    }
    total += child.count
    guard !candidates.isEmpty else { return }
    let isSampled = total == child.count && child.count > Self.firstLook
    if isSampled {  // a first look, to drop hypotheses before the whole chunk is worked on
      let count = max(1, Self.firstLook / max(1, columns)) * columns
      let some = min(count, child.count)
      compare(Array(parent[..<some]), Array(child[..<some]))
      drop(below: 0.9, of: some)
      for index in candidates.indices { candidates[index].equal = 0 }
    }
    compare(parent, child)
    drop(below: RelationNaming.remadeShare, of: total)
  }

  private mutating func drop(below share: Double, of count: Int) {
    candidates.removeAll { Double($0.equal) < share * Double(count) }
  }

  private mutating func compare(_ parent: [Float], _ child: [Float]) {
    for index in candidates.indices {
      var equal = 0
      switch candidates[index].remake {
      case .cast(let type, let truncated):
        for (p, c) in zip(parent, child)
        where (truncated ? type.truncated(p) : type.rounded(p)) == c { equal += 1 }
      case .blocks(let form):
        let made = form.roundTrip(parent)
        if let storage, storage != .f32 {
          for (p, c) in zip(made, child) where storage.rounded(p) == c { equal += 1 }
        } else {
          for (p, c) in zip(made, child) where p == c { equal += 1 }
        }
      case .cells, .nearCells, .rescaled: break
      }
      candidates[index].equal += equal
    }
  }

  /// The hypothesis that explains the child best, if one does.
  var found: Remake? {
    if let best = candidates.max(by: { $0.equal < $1.equal }) { return best.remake }
    guard let cellType, total > 0 else { return nil }
    if inside >= Self.cellShare * Double(total) { return .cells(type: cellType) }
    guard isCompensated, roundingSquares > 0, squares <= Self.compensation * roundingSquares else {
      return nil
    }
    return .nearCells(type: cellType)
  }
}

/// Aligned values of a parent and a packed child, with the edges of the child's cells.
struct PackedCells {
  let parent: [Float]
  let child: [Float]
  let lower: [Float]
  let upper: [Float]
}
