// Equal bits of suspect and reference, against chance: a row for each tensor, or for each layer of
// a large model. The diamond is the share of elements with equal bits, the bar what two independent
// tensors of the same values would have, higher than the diamond, so that it shows behind it. The
// axis is logarithmic; a share of zero stands left of it.

import Base
import Comparison
import Evidence
import Glibc

enum BitFigure {
  private static let left = 234.0
  private static let right = 536.0
  private static let edge = 684.0
  private static let row = 20.0
  /// More tensors than this are taken together by layer.
  private static let tensorsMax = 40

  /// Equal bits of some elements.
  private struct Row {
    var name: String
    var elements = 0.0
    var equal = 0.0
    /// Elements that chance would make equal.
    var expected = 0.0

    mutating func add(_ item: TensorBits) {
      let count = Double(item.count.elements)
      elements += count
      equal += Double(item.count.equal)
      expected += item.count.chance * count
    }

    var share: Double { elements > 0 ? equal / elements : 0 }
    var chance: Double { elements > 0 ? expected / elements : 0 }
  }

  /// Nil if no bits were counted and no digest says that they are equal.
  /// - Parameter bits: of the tensors of this comparison.
  static func figure(
    _ lineage: WeightLineage, _ bits: [TensorBits], _ names: FigureNames
  ) -> SVG? {
    if lineage.verdict == .sameBytes {
      return equal(names, "the files of the two models are equal")
    }
    let items = bits.filter { $0.count.elements > 0 }
    guard !items.isEmpty else { return nil }
    if items.allSatisfy({ $0.count.equal == $0.count.elements }) {
      let tensors = items.count == 1 ? "the one tensor" : "every element of \(items.count) tensors"
      return equal(names, "\(tensors) that stand against one of their shape has equal bits")
    }
    let isByTensor = items.count <= tensorsMax
    return drawn(isByTensor ? tensors(items) : layers(items), items, isByTensor, names)
  }

  private static func equal(_ names: FigureNames, _ words: String) -> SVG {
    var svg = SVG(
      width: 700, height: 70, title: "Equal bits of \(names.suspect) and \(names.reference)")
    svg.text(20, 26, "Every bit of \(names.suspect) is that of \(names.reference)", style: "head")
    svg.text(20, 48, words, style: "dim")
    return svg
  }

  private static func tensors(_ items: [TensorBits]) -> [Row] {
    items.map { item in
      var row = Row(name: item.tensor)
      row.add(item)
      return row
    }
  }

  private static func layers(_ items: [TensorBits]) -> [Row] {
    var rows: [Int: Row] = [:]
    for item in items {
      let layer = item.layer ?? -1
      rows[layer, default: Row(name: layer < 0 ? "outside the layers" : "layer \(layer)")].add(item)
    }
    return rows.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func drawn(
    _ rows: [Row], _ items: [TensorBits], _ isByTensor: Bool, _ names: FigureNames
  ) -> SVG {
    let bottom = 96 + row * Double(rows.count)
    var svg = SVG(
      width: 700, height: Int(bottom) + 56,
      title: "Equal bits of \(names.suspect) and \(names.reference) against chance")
    svg.text(20, 26, "Bits of \(names.suspect) that are those of \(names.reference)", style: "head")
    svg.text(
      20, 46,
      "share of elements with equal bits, \(isByTensor ? "tensor by tensor" : "layer by layer"), "
        + "on a logarithmic axis", style: "dim")
    svg.text(20, 62, "diamond: found; bar: by chance, these values in random order", style: "dim")
    let positive = rows.flatMap { [$0.share, $0.chance] }.filter { $0 > 0 }
    let lowest = max(-9, min(-1, (log10(positive.min() ?? 0.1) - 1e-9).rounded(.down)))
    let scale = FigureScale(lowest, 0, from: left + 34, to: right)
    axis(scale, bottom: bottom, into: &svg)
    svg.text(edge, 78, "found / chance", style: "dim", anchor: "end")
    for (index, row) in rows.enumerated() {
      let y = 98 + Self.row * Double(index)
      svg.text(left, y + 4, shortened(row.name), anchor: "end")
      svg.bar(place(row.chance, scale) - 1.5, y - 8, width: 3, height: 16)
      svg.diamond(place(row.share, scale), y, size: 6)
      svg.text(
        edge, y + 4,
        "\(Figure.text(row.share, digits: 2)) / \(Figure.text(row.chance, digits: 2))",
        style: "dim", anchor: "end")
    }
    svg.text(20, bottom + 42, words(items), style: "dim")
    return svg
  }

  private static func axis(_ scale: FigureScale, bottom: Double, into svg: inout SVG) {
    for power in Int(scale.low)...0 {
      let x = scale.place(Double(power))
      svg.line(x, 86, x, bottom)
      svg.text(
        x, bottom + 18, power == 0 ? "1" : "10^\(power)", style: "dim", anchor: "middle")
    }
  }

  private static func place(_ share: Double, _ scale: FigureScale) -> Double {
    share > 0 ? scale.place(max(scale.low, log10(share))) : left + 17
  }

  private static func words(_ items: [TensorBits]) -> String {
    var whole = Row(name: "")
    for item in items { whole.add(item) }
    let formats = Set(items.map(\.count.format.rawValue)).sorted()
    let elements = Int(exactly: whole.elements).map { "\($0)" } ?? Figure.text(whole.elements)
    return "\(items.count) tensors, \(elements) elements, as "
      + formats.joined(separator: " and ")
      + ": \(Figure.text(whole.share)) equal, \(Figure.text(whole.chance)) by chance"
  }

  /// The layer stands at the beginning of a name, the part at its end.
  private static func shortened(_ name: String) -> String {
    name.count > 35 ? name.prefix(18) + "…" + name.suffix(16) : name
  }
}
