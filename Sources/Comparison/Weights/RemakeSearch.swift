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
  /// Sum of the chunks' shares of values inside cells, weighted by size.
  private var inside = 0.0

  /// Cells of types whose quantiser has choices (scales searched for).
  static let cellShare = 0.99
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
  }

  mutating func add(parent: [Float], child: [Float]) {
    if cellType != nil {
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
      case .cells: break
      }
      candidates[index].equal += equal
    }
  }

  /// The hypothesis that explains the child best, if one does.
  var found: Remake? {
    if let best = candidates.max(by: { $0.equal < $1.equal }) { return best.remake }
    guard let cellType, total > 0, inside >= Self.cellShare * Double(total) else { return nil }
    return .cells(type: cellType)
  }
}
