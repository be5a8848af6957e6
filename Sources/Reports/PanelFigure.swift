// The suspect's contrast among those of the controls: a row for each model, the largest first.
// The suspect is a diamond, controls are dots; the dashed lines lie one root mean square of the
// controls to either side of zero.

import Base
import Comparison
import Evidence

enum PanelFigure {
  private static let left = 220.0
  private static let right = 610.0
  private static let edge = 684.0
  private static let row = 22.0

  /// Nil if outputs were not tested.
  static func figure(_ outputs: OutputDescentAnswer, _ names: FigureNames) -> SVG? {
    guard let figures = outputs.figures, let description = outputs.description,
      description.value.isFinite
    else { return nil }
    var models = description.controls.filter(\.value.isFinite).map {
      (id: $0.id, value: $0.value, isSuspect: false)
    }
    guard !models.isEmpty else { return nil }
    let suspect = description.value
    let square = models.reduce(0) { $0 + $1.value * $1.value } / Double(models.count)
    let spread = square.squareRoot()
    models.append((names.suspect, suspect, true))
    models.sort { ($0.value, $0.isSuspect ? 1 : 0) > ($1.value, $1.isSuspect ? 1 : 0) }
    let height = 110 + row * Double(models.count)
    var svg = SVG(
      width: 700, height: Int(height),
      title: "Contrast of \(names.suspect) and of \(models.count - 1) controls")
    svg.text(20, 26, "Agreement with what is peculiar to \(names.reference)", style: "head")
    svg.text(
      20, 46,
      "contrast against its rival \(figures.rival); diamond: the suspect, dots: "
        + "controls, dashed: their spread", style: "dim")
    let extent = max(models.map { abs($0.value) }.max() ?? 0, spread, 1e-9) * 1.15
    let scale = FigureScale(-extent, extent, from: left, to: right)
    let bottom = 66 + row * Double(models.count)
    svg.line(scale.place(0), 60, scale.place(0), bottom)
    for value in [-spread, spread] {
      svg.line(scale.place(value), 60, scale.place(value), bottom, style: "rule")
    }
    for (index, model) in models.enumerated() {
      let y = 76 + row * Double(index)
      svg.text(left - 20, y + 4, model.id, anchor: "end")
      if model.isSuspect {
        svg.diamond(scale.place(model.value), y)
      } else {
        svg.dot(scale.place(model.value), y)
      }
      svg.text(edge, y + 4, Figure.text(model.value), style: "dim", anchor: "end")
    }
    svg.text(scale.place(0), bottom + 16, "0", style: "dim", anchor: "middle")
    svg.text(20, bottom + 34, words(figures), style: "dim")
    return svg
  }

  private static func words(_ figures: ContrastFigures) -> String {
    "z \(Figure.text(figures.statistic)) over \(Figure.text(Double(figures.controls))) controls; "
      + "conformal p \(Figure.text(figures.p)), adjusted p \(Figure.text(figures.adjustedP))"
  }
}
