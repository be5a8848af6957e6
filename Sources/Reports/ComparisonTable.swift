// What comparisons found, as a table: a row for each reference, a column for each line of evidence.

import Audit
import Base
import Comparison
import Evidence

enum ComparisonTable {
  static let caution = """
    Weights and outputs are two lines of evidence; neither speaks for the other.
    """

  static func table(_ comparisons: [PairAnswer]) -> HTML {
    let rows = comparisons.map { pair -> HTML in
      let (weights, outputs) = (pair.weightLineage, pair.outputDescent)
      let relation: HTML = weights.relations.first.map { "<br>\($0.relation.rawValue)" } ?? ""
      return """
        <tr><th scope="row">\(pair.reference.id)</th>
        <td>\(HTMLReport.badge(weights.verdict.rawValue))\(relation)
        <p>\(weights.sentence)</p></td>
        <td>\(HTMLReport.badge(outputs.verdict.rawValue))\
        <p>\(outputs.sentence)</p>
        \(ContrastFigure.figure(outputs.description))\(gates(outputs.gates))</td></tr>
        """
    }
    return """
      <table><thead><tr><th scope="col">Against</th><th scope="col">Weight lineage</th>
      <th scope="col">Output descent</th></tr></thead><tbody>\(rows)</tbody></table>
      """
  }

  private static func gates(_ gates: [Gate]) -> HTML {
    guard !gates.isEmpty else { return "" }
    let items = gates.map { gate -> HTML in
      let word = gate.passed ? "holds" : "fails"
      return "<li><b>\(gate.name)</b> \(word): \(gate.detail)</li>"
    }
    return "<details><summary>\(gates.count) gates</summary><ul>\(items)</ul></details>"
  }

  /// The comparison of an entry of a report. One that is not in the form of an answer is not
  /// passed over: the report says why it cannot show it.
  static func table(recorded entry: AuditReport.Comparison) -> HTML {
    do throws(Problem) {
      return table(try entry.report().comparisons)
    } catch {
      return "<p>\(unreadable(error))</p>"
    }
  }

  /// What stands in the place of an answer that cannot be read.
  static func unreadable(_ problem: Problem) -> String {
    "This answer cannot be read: \(problem.description)."
  }
}
