// Blocks of different width: was the narrower one cut out of the wider one?
//
// The evidence is the order of mutual best matches; the certificate is that every row of the narrow
// block stands unchanged in the wide one, which has a direction: rows were left out.

import Base
import Evidence

struct WidthChange: Sendable {
  let relation: RelationFinding
  let direction: LineageDirection

  /// Rows that must stand unchanged.
  static let keptShare = 0.999

  /// Nil if no block of the suspect has another width than its partner.
  init?(
    _ suspect: ModelFeatures, _ reference: ModelFeatures, layers: [Int: Int], run: Run
  ) throws(Problem) {
    var narrower = 0
    var wider = 0
    var kept = (rows: 0, of: 0)
    for (mine, theirs) in layers.sorted(by: { $0.key < $1.key }) {
      try run.check()
      guard let a = suspect.network[.up, mine], let b = reference.network[.up, theirs],
        a.rows != b.rows, a.columns == b.columns
      else { continue }
      if a.rows < b.rows { narrower += 1 } else { wider += 1 }
      let (small, large) = a.rows < b.rows ? (a, b) : (b, a)
      guard let few = small.values(), let many = large.values() else { continue }
      let known = Set(Self.rows(many, width: large.columns))
      let rows = Self.rows(few, width: small.columns)
      kept.rows += rows.filter(known.contains).count
      kept.of += rows.count
    }
    guard narrower + wider > 0 else { return nil }
    let isUnchanged = kept.of > 0 && Double(kept.rows) >= Self.keptShare * Double(kept.of)
    relation = RelationFinding(
      narrower >= wider ? .pruned : .unknown,
      [
        "form": "width", "blocks": JSON(narrower + wider),
        "rows_unchanged": JSON(kept.rows), "rows": JSON(kept.of),
      ])
    if isUnchanged, narrower == 0 || wider == 0 {
      direction = narrower > 0 ? .suspectFromReference : .referenceFromSuspect
    } else {
      direction = .undetermined
    }
  }

  private static func rows(_ values: [Float], width: Int) -> [[UInt32]] {
    stride(from: 0, to: values.count, by: width).map { start in
      values[start..<start + width].map(\.bitPattern)
    }
  }
}
