// Which layer holds which, and which reference has which share: how relations of weights look.

import Base
import Evidence

/// Layers of both models as two columns, with a line for each layer of the suspect that holds
/// units of one of the reference.
enum LayerMapFigure {
  /// Nil if no layers were put in line.
  static func figure(_ lineage: JSON, _ names: FigureNames) -> SVG? {
    let pairs = (lineage["details"]?["layer_map"]?.array ?? []).compactMap { pair in
      pair[0]?.int.flatMap { suspect in pair[1]?.int.map { (suspect: suspect, reference: $0) } }
    }.filter { (0...4096).contains($0.suspect) && (0...4096).contains($0.reference) }
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
  static func figure(_ lineage: JSON, _ names: FigureNames) -> SVG? {
    let merges = (lineage["relation_details"]?.array ?? []).filter {
      $0["relation"]?.string == WeightRelation.merged.rawValue
        && $0["share_of_this_reference"]?.double != nil
    }
    guard !merges.isEmpty else { return nil }
    var svg = SVG(
      width: 700, height: 60 + 70 * merges.count,
      title: "\(names.suspect) as a merge of \(names.reference) and others")
    svg.text(20, 26, "Merge coefficients of \(names.suspect)", style: "head")
    for (index, merge) in merges.enumerated() {
      let top = 60 + Double(index) * 70
      let share = min(1, max(0, merge["share_of_this_reference"]?.double ?? 0))
      let scale = FigureScale(0, 1, from: 20, to: 620)
      svg.bar(20, top, width: scale.place(share) - 20, height: 18)
      svg.line(20, top + 9, 620, top + 9)
      svg.line(620, top, 620, top + 18)
      svg.text(
        20, top + 34,
        "\(names.reference) \(Figure.text(share)), \(merge["with"]?.string ?? "another") "
          + "\(Figure.text(1 - share)) (\(merge["kind"]?.string ?? "")); largest deviation of a "
          + "tensor \(Figure.text(merge["spread"]?.double ?? 0)), residual "
          + Figure.text(merge["residual"]?.double ?? 0))
    }
    return svg
  }
}
