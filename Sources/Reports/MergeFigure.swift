// Which reference has which share of a merge.

import Base
import Evidence

/// Shares of this reference and of the others in a merge.
enum MergeFigure {
  /// Nil if the suspect is no merge.
  static func figure(_ lineage: WeightLineage, _ names: FigureNames) -> SVG? {
    let merges = lineage.relations.compactMap { relation -> (part: MergePart, share: Double)? in
      guard let part = relation.merge, case .parent(let share) = part.role else { return nil }
      return (part, share)
    }
    guard !merges.isEmpty else { return nil }
    var svg = SVG(
      width: 700, height: 60 + 70 * merges.count,
      title: "\(names.suspect) as a merge of \(names.reference) and others")
    svg.text(20, 26, "Merge coefficients of \(names.suspect)", style: "head")
    for (index, merge) in merges.enumerated() {
      let top = 60 + Double(index) * 70
      let share = min(1, max(0, merge.share))
      let scale = FigureScale(0, 1, from: 20, to: 620)
      svg.bar(20, top, width: scale.place(share) - 20, height: 18)
      svg.line(20, top + 9, 620, top + 9)
      svg.line(620, top, 620, top + 18)
      svg.text(
        20, top + 34,
        "\(names.reference) \(Figure.text(share)), \(other(merge.part)) "
          + "\(Figure.text(1 - share)) (\(kind(merge.part.fit))); largest deviation of a "
          + "tensor \(Figure.text(spread(merge.part.fit))), residual "
          + Figure.text(residual(merge.part.fit)))
    }
    return svg
  }

  private static func other(_ part: MergePart) -> String {
    part.others.count == 1 ? part.others[0] : "another"
  }

  private static func kind(_ fit: MergeFit) -> String {
    if case .mixture(let kind, _, _, _, _) = fit { kind.rawValue } else { "" }
  }

  private static func spread(_ fit: MergeFit) -> Double {
    switch fit {
    case .mixture(_, _, let spread, _, _), .arithmetic(_, let spread, _, _, _): spread
    case .sparse: 0
    }
  }

  private static func residual(_ fit: MergeFit) -> Double {
    switch fit {
    case .mixture(_, _, _, let residual, _), .arithmetic(_, _, let residual, _, _): residual
    case .sparse: 0
    }
  }
}
