// The contrast of a suspect against those of the controls, as a strip of dots.

import Base
import Evidence

enum ContrastFigure {
  private static let width = 460.0
  private static let margin = 20.0

  /// Nothing if the comparison has no controls to show.
  static func figure(_ description: ContrastDescription?) -> HTML {
    guard let description, description.value.isFinite else { return "" }
    let suspect = description.value
    let controls = description.controls.filter(\.value.isFinite)
    guard !controls.isEmpty else { return "" }
    let extent = max(controls.map { abs($0.value) }.max() ?? 0, abs(suspect), 1e-9) * 1.1
    let dots = controls.map { control -> HTML in
      "<circle class=\"dot\" cx=\"\(place(control.value, extent))\" cy=\"24\" r=\"4\"><title>"
        + "\(control.id)</title></circle>"
    }
    return """
      <svg viewBox="0 0 460 80" width="460" role="img" aria-label="contrast of the suspect and \
      of \(controls.count) controls"><line class="axis" x1="20" x2="440" y1="24" y2="24"/>
      <line class="axis" x1="\(place(0, extent))" x2="\(place(0, extent))" y1="10" y2="38"/>
      \(dots)<circle class="suspect" cx="\(place(suspect, extent))" cy="24" r="6"/>
      <text class="label" x="20" y="58">\
      grey: controls; red: the suspect; upright: no agreement</text>
      <text class="label" x="20" y="73">with what is peculiar to the reference</text></svg>
      """
  }

  private static func place(_ value: Double, _ extent: Double) -> String {
    let x = margin + (value / extent + 1) / 2 * (width - 2 * margin)
    let tenths = Int((x * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

extension HTML {
  static func + (a: HTML, b: HTML) -> HTML { "\(a)\(b)" }
}
