// What comparisons found, as a table: a row for each reference, a column for each line of evidence.

import Base

enum ComparisonTable {
  static let caution = """
    Weights and outputs are two lines of evidence; neither speaks for the other.
    """

  /// `comparisons` of a comparison's answer.
  static func table(_ comparisons: JSON?) -> HTML {
    let rows = (comparisons?.array ?? []).map { item -> HTML in
      let weights = item["weight_lineage"] ?? .null
      let outputs = item["output_descent"] ?? .null
      let relation: HTML = weights["relation"]?.string.map { "<br>\($0)" } ?? ""
      return """
        <tr><th scope="row">\(HTMLReport.text(item["reference"]?["id"]))</th>
        <td>\(HTMLReport.badge(weights["verdict"]?.string ?? ""))\(relation)
        <p>\(HTMLReport.text(weights["sentence"]))</p></td>
        <td>\(HTMLReport.badge(outputs["verdict"]?.string ?? ""))\
        <p>\(HTMLReport.text(outputs["sentence"]))</p>
        \(ContrastFigure.figure(outputs))\(gates(outputs))</td></tr>
        """
    }
    return """
      <table><thead><tr><th scope="col">Against</th><th scope="col">Weight lineage</th>
      <th scope="col">Output descent</th></tr></thead><tbody>\(rows)</tbody></table>
      """
  }

  private static func gates(_ outputs: JSON) -> HTML {
    let gates = outputs["gates"]?.array ?? []
    guard !gates.isEmpty else { return "" }
    let items = gates.map { gate -> HTML in
      let word = gate["passed"]?.bool == true ? "holds" : "fails"
      let name = HTMLReport.text(gate["name"])
      return "<li><b>\(name)</b> \(word): \(HTMLReport.text(gate["detail"]))</li>"
    }
    return "<details><summary>\(gates.count) gates</summary><ul>\(items)</ul></details>"
  }
}
