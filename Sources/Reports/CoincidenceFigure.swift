// Coincidences of a pair's blocks against chance, and the wealth that they add up to.
//
// Above, for each block of the reference, how improbable its count is under independence: minus
// log10 of the bound 1/k! (or C(r,k)/k! for a run in order), with the count as words. Below, the
// wealth: log10 of the e-value over the blocks so far, a bet that nobody can expect to win more
// than nothing with under independence, against the level at which weights are called related.

import Base
import Comparison
import Evidence

enum CoincidenceFigure {
  private static let left = 70.0
  private static let plotWidth = 600.0
  private static let plotHeight = 110.0
  /// More blocks than this have no words of their own.
  private static let labelledMax = 16

  /// Nil if nothing positional was tested.
  static func figure(
    _ all: [CoincidenceCurve], level: Double, _ names: FigureNames
  ) -> SVG? {
    let curves = all.filter { !$0.blocks.isEmpty }
    guard !curves.isEmpty else { return nil }
    var svg = SVG(
      width: 700, height: 60 + curves.count * 350,
      title: "Coincidences of \(names.suspect) with \(names.reference), and the wealth")
    svg.text(
      20, 26, "Units of \(names.suspect) at the index they have in \(names.reference)",
      style: "head")
    for (index, curve) in curves.enumerated() {
      draw(curve, level: level, top: 60 + Double(index) * 350, into: &svg)
    }
    return svg
  }

  private static func draw(
    _ curve: CoincidenceCurve, level: Double, top: Double, into svg: inout SVG
  ) {
    let blocks = curve.blocks
    let step = plotWidth / Double(blocks.count)
    svg.text(20, top, curve.features)
    svg.text(20, top + 16, "−log10 of the bound on chance; count of units in words", style: "dim")
    let bounds = blocks.map { max(0, -finite($0.match?.log10Bound ?? 0)) }
    let bars = FigureScale(
      0, max(8, bounds.max() ?? 0), from: top + 154, to: top + 154 - plotHeight)
    axis(bars, into: &svg)
    for (index, block) in blocks.enumerated() {
      let x = left + (Double(index) + 0.5) * step
      let width = min(40, step * 0.6)
      let y = bars.place(bounds[index])
      svg.bar(x - width / 2, y, width: width, height: bars.place(0) - y)
      guard blocks.count <= labelledMax else { continue }
      svg.text(x, y - 4, count(block), anchor: "middle")
      svg.text(
        x, top + 169, block.layer.map { "layer \($0)" } ?? "all layers",
        style: "dim", anchor: "middle")
    }
    let wealth = blocks.map { finite($0.log10Wealth) }
    svg.text(
      20, top + 194, "wealth: log10 of the e-value so far; dashed: related from here",
      style: "dim")
    let high = max(wealth.max() ?? 0, level)
    let scale = FigureScale(
      min(0, wealth.min() ?? 0), high, from: top + 314, to: top + 314 - plotHeight)
    axis(scale, into: &svg)
    svg.line(left, scale.place(level), left + plotWidth, scale.place(level), style: "rule")
    let points = wealth.enumerated().map { index, value in
      (left + (Double(index) + 0.5) * step, scale.place(value))
    }
    svg.polyline(points)
    for point in points { svg.dot(point.0, point.1) }
    if let last = points.last, let value = wealth.last {
      svg.text(last.0, last.1 + 18, Figure.text(value), anchor: "middle")
    }
  }

  /// What has no place on an axis stands at zero.
  private static func finite(_ value: Double) -> Double { value.isFinite ? value : 0 }

  private static func count(_ block: CoincidenceCurve.Block) -> String {
    guard let match = block.match else { return "not tested" }
    return switch match.count {
    case .coincidences(let count): "\(count) of \(match.units)"
    case .inOrder(let count): "\(count) of \(match.units) in order"
    }
  }

  private static func axis(_ scale: FigureScale, into svg: inout SVG) {
    svg.line(left, scale.place(scale.low), left, scale.place(scale.high))
    for value in [scale.low, 0, scale.high] {
      let y = scale.place(value)
      if value == 0 { svg.line(left, y, left + plotWidth, y) }
      svg.text(left - 8, y + 4, Figure.text(value), style: "dim", anchor: "end")
    }
  }
}

/// From values to places.
struct FigureScale {
  let low: Double
  let high: Double
  let from: Double
  let to: Double

  /// `low` lies at `from`, `high` at `to`.
  init(_ low: Double, _ high: Double, from: Double, to: Double) {
    self.low = low
    self.high = high > low ? high : low + 1
    self.from = from
    self.to = to
  }

  func place(_ value: Double) -> Double { from + (value - low) / (high - low) * (to - from) }
}
