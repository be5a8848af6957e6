// The power of the output test: how often a true effect of so much is found, with the controls of
// this comparison (a whole line) and with other numbers of them (broken lines). The dashed rule is
// a power of 0.8; the diamond is the suspect's own effect on the curve of its comparison.

import Base
import Comparison
import Evidence

enum PowerFigure {
  private static let left = 60.0
  private static let right = 640.0
  private static let top = 76.0
  private static let bottom = 316.0

  /// A curve as it is drawn.
  private struct Curve {
    let controls: Int
    let powers: [Double]
    let pattern: Int
    let z80: Double?
  }

  /// Nil if outputs were not tested.
  /// - Parameter points: the curves of this comparison.
  static func figure(
    _ outputs: OutputDescentAnswer, _ points: PowerPoints?, _ names: FigureNames
  ) -> SVG? {
    let summary = outputs.description?.power
    let effects = points?.effects ?? []
    let curves = curves(outputs.figures?.controls, summary, points, count: effects.count)
    guard effects.count > 1, let last = effects.last, last > 0, !curves.isEmpty else { return nil }
    var svg = SVG(
      width: 700, height: 392 + 18 * curves.count,
      title: "Power of the output test of \(names.suspect) against \(names.reference)")
    svg.text(20, 26, "What the output test against \(names.reference) can see", style: "head")
    svg.text(
      20, 46,
      "how often a true effect is found, p times \(summary?.comparisons ?? 1); "
        + "dashed: a power of 0.8", style: "dim")
    let x = FigureScale(0, last, from: left, to: right)
    let y = FigureScale(0, 1, from: bottom, to: top)
    axes(x, y, into: &svg)
    for curve in curves.reversed() {
      let points = zip(effects, curve.powers).map { (x.place($0), y.place($1)) }
      svg.polyline(points, pattern: curve.pattern)
    }
    let own = curves.first { $0.pattern == 0 }
    let effect = summary?.effect
    if let effect, let own, effect >= 0, effect <= last {
      svg.line(x.place(effect), y.place(0), x.place(effect), y.place(1), style: "rule")
      svg.diamond(x.place(effect), y.place(between(effects, own.powers, at: effect)))
    }
    legend(curves, into: &svg)
    svg.text(20, bottom + 66 + 18 * Double(curves.count), words(effect, names), style: "dim")
    return svg
  }

  private static func curves(
    _ own: Int?, _ summary: PowerSummary?, _ points: PowerPoints?, count: Int
  ) -> [Curve] {
    var table: [Int: Double] = [:]
    for row in summary?.found ?? [] { table[row.controls] = row.effect }
    var pattern = 0
    return (points?.curves ?? []).compactMap { curve in
      guard curve.powers.count == count else { return nil }
      let isOwn = curve.controls == own
      if !isOwn { pattern += 1 }
      return Curve(
        controls: curve.controls, powers: curve.powers, pattern: isOwn ? 0 : pattern,
        z80: table[curve.controls])
    }
  }

  private static func axes(_ x: FigureScale, _ y: FigureScale, into svg: inout SVG) {
    svg.line(left, bottom, right, bottom)
    svg.line(left, bottom, left, top)
    for power in [0, 0.2, 0.4, 0.6, 0.8, 1] {
      svg.text(left - 8, y.place(power) + 4, Figure.text(power), style: "dim", anchor: "end")
    }
    svg.line(left, y.place(0.8), right, y.place(0.8), style: "rule")
    let step = x.high > 24 ? (x.high / 12).rounded(.up) : x.high > 12 ? 2 : 1
    for effect in stride(from: 0, through: x.high, by: step) {
      svg.line(x.place(effect), bottom, x.place(effect), bottom + 4)
      svg.text(x.place(effect), bottom + 18, Figure.text(effect), style: "dim", anchor: "middle")
    }
    svg.text(
      (left + right) / 2, bottom + 36, "true effect in units of the controls' spread",
      style: "dim", anchor: "middle")
  }

  private static func legend(_ curves: [Curve], into svg: inout SVG) {
    for (index, curve) in curves.enumerated() {
      let place = bottom + 60 + 18 * Double(index)
      svg.polyline([(left, place - 4), (left + 60, place - 4)], pattern: curve.pattern)
      let name = "\(curve.controls) controls" + (curve.pattern == 0 ? ", as here" : "")
      svg.text(
        left + 72, place,
        "\(name): power 0.8 at an effect of \(curve.z80.map { Figure.text($0) } ?? "unknown")")
    }
  }

  private static func words(_ effect: Double?, _ names: FigureNames) -> String {
    guard let effect else { return "the controls do not vary: the suspect has no effect to show" }
    return "diamond: \(names.suspect), measured at \(Figure.text(effect)) with an error of about 1"
      + (effect < 0 ? ", left of the figure" : "")
  }

  /// Between the two points on either side.
  private static func between(_ xs: [Double], _ ys: [Double], at x: Double) -> Double {
    guard let above = xs.firstIndex(where: { $0 >= x }), above > 0 else { return ys.first ?? 0 }
    let share = (x - xs[above - 1]) / (xs[above] - xs[above - 1])
    return ys[above - 1] + share * (ys[above] - ys[above - 1])
  }
}
