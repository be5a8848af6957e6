// Which layer holds which, and which reference has which share: how relations of weights look.

import Base
import Evidence

/// Layers of both models as two columns, with a line for each layer of the suspect that holds
/// units of one of the reference.
enum LayerMapFigure {
  /// Layers above this are not drawn.
  private static let layersMax = 4096

  /// Nil if no layers were put in line.
  static func figure(_ lineage: WeightLineage, _ names: FigureNames) -> SVG? {
    let pairs = (lineage.line?.layers ?? []).filter {
      (0...layersMax).contains($0.suspect) && (0...layersMax).contains($0.reference)
    }
    guard !pairs.isEmpty else { return nil }
    let layers = max(pairs.map(\.suspect).max() ?? 0, pairs.map(\.reference).max() ?? 0) + 1
    let step = layers > 40 ? 12.0 : 24.0
    var svg = SVG(
      width: 460, height: 90 + Int(step) * layers,
      title: "Layers of \(names.suspect) in \(names.reference)")
    svg.text(20, 26, "Layer map", style: "head")
    svg.text(130, 54, names.reference, anchor: "middle")
    svg.text(330, 54, names.suspect, anchor: "middle")
    let place = { (layer: Int) in 76 + Double(layer) * step }
    for pair in pairs {
      svg.line(136, place(pair.reference), 324, place(pair.suspect), style: "line")
    }
    for layer in Set(pairs.map(\.reference)).sorted() {
      svg.dot(130, place(layer))
      svg.text(118, place(layer) + 4, "layer \(layer)", style: "dim", anchor: "end")
    }
    for layer in Set(pairs.map(\.suspect)).sorted() {
      svg.diamond(330, place(layer), size: 5)
      svg.text(342, place(layer) + 4, "layer \(layer)", style: "dim")
    }
    return svg
  }
}

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
