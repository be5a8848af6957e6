// Which layer of a suspect holds which of a reference.

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
