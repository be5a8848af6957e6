// A figure under construction: shapes and words at places, foreign words escaped, in two palettes.
//
// Coordinates are written with one decimal from whole tenths, so that equal numbers give equal
// bytes. Styles: `axis` thin lines, `rule` a dashed line that something is measured against, `mark`
// the data, `suspect` the suspect's own (a diamond, so that no colour has to tell it), `dim` words.

import Base

/// An SVG image that stands alone.
struct SVG {
  private let width: Int
  private let height: Int
  private let title: String
  private var parts: [HTML] = []

  init(width: Int, height: Int, title: String) {
    self.width = width
    self.height = height
    self.title = title
  }

  /// Colours are written out: not every viewer knows custom properties.
  private static let style: HTML = """
    text{fill:#1c2024;font:12px system-ui,sans-serif}.dim{fill:#5b6570}\
    .head{font-size:15px;font-weight:600}.page{fill:#fff}.axis{stroke:#8a949e}\
    .rule{stroke:#1c2024;stroke-dasharray:6 4}.mark{fill:#1f4f9c;stroke:#1f4f9c}\
    .line{fill:none;stroke:#1f4f9c;stroke-width:2}.suspect{fill:#a8201a;stroke:#1c2024}
    @media(prefers-color-scheme:dark){text{fill:#e6e9ec}.dim{fill:#9aa5b1}.page{fill:#15181b}\
    .axis{stroke:#6b7681}.rule{stroke:#e6e9ec}.mark{fill:#8ab4f8;stroke:#8ab4f8}\
    .line{stroke:#8ab4f8}.suspect{fill:#ff8a80;stroke:#e6e9ec}}
    """

  /// The whole file.
  var document: [UInt8] {
    let page: HTML = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" role="img" aria-label="\(title)">
      <title>\(title)</title><style>\(Self.style)</style>
      <rect class="page" width="\(width)" height="\(height)"/>
      \(parts)</svg>

      """
    return Array(page.text.utf8)
  }

  // MARK: Shapes

  /// `anchor`: start, middle or end of the words stands at `x`.
  mutating func text(
    _ x: Double, _ y: Double, _ words: String, style: String = "", anchor: String = "start"
  ) {
    parts.append(
      """
      <text class="\(style)" x="\(Self.at(x))" y="\(Self.at(y))" \
      text-anchor="\(anchor)">\(words)</text>

      """)
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String = "axis"
  ) {
    parts.append(
      """
      <line class="\(style)" x1="\(Self.at(x1))" y1="\(Self.at(y1))" x2="\(Self.at(x2))" \
      y2="\(Self.at(y2))"/>

      """)
  }

  mutating func bar(_ x: Double, _ y: Double, width: Double, height: Double) {
    parts.append(
      """
      <rect class="mark" x="\(Self.at(x))" y="\(Self.at(y))" width="\(Self.at(width))" \
      height="\(Self.at(max(0, height)))"/>

      """)
  }

  mutating func dot(_ x: Double, _ y: Double, radius: Double = 4) {
    parts.append(
      """
      <circle class="mark" cx="\(Self.at(x))" cy="\(Self.at(y))" r="\(Self.at(radius))"/>

      """)
  }

  /// The suspect's mark.
  mutating func diamond(_ x: Double, _ y: Double, size: Double = 7) {
    let corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
    parts.append("<path class=\"suspect\" d=\"\(Self.path(corners))Z\"/>\n")
  }

  /// `pattern` counts the ways in which a line can be broken, 0 is whole.
  mutating func polyline(_ points: [(Double, Double)], pattern: Int = 0) {
    let dashes = ["", "2 3", "7 3", "12 3 2 3", "12 3 2 3 2 3"]
    let broken: HTML =
      pattern == 0 ? "" : " stroke-dasharray=\"\(dashes[pattern % dashes.count])\""
    parts.append("<path class=\"line\"\(broken) d=\"\(Self.path(points))\"/>\n")
  }

  private static func path(_ points: [(Double, Double)]) -> String {
    points.enumerated().map { index, point in
      (index == 0 ? "M" : "L") + at(point.0) + " " + at(point.1)
    }.joined()
  }

  /// A coordinate with one decimal; what is no number stands at the origin.
  private static func at(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e7 else { return "0" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }
}
