// One comparison as a page and as Markdown: what each line of evidence says of each reference.

import Audit
import Base
import Comparison

public enum ComparisonDocuments {
  public static func page(_ report: SuspectReport, time: String?) -> [UInt8] {
    let name = report.suspect.id
    let body: HTML = """
      <header><h1>Comparison of \(name)</h1>
      <p class="dim">Model <code>\(report.suspect.fingerprint.tagged)</code>, \
      compared at \(time ?? "a time that is not known").</p>
      <p>\(ComparisonTable.caution)</p></header>
      <main><section><h2>Evidence</h2>
      \(ComparisonTable.table(report.comparisons))</section></main>
      """
    return HTMLPage.document(title: "Assay: comparison of \(name)", body: body)
  }

  public static func markdown(_ report: SuspectReport, time: String?) -> [UInt8] {
    let lines =
      [
        "# Comparison of \(Markdown.escaped(report.suspect.id))", "",
        "Model \(Markdown.digest(report.suspect.fingerprint.tagged)), compared at "
          + "\(Markdown.escaped(time ?? "a time that is not known")).", "",
        ComparisonTable.caution, "",
      ] + table(report.comparisons)
    return VisibleText.document(lines)
  }

  /// What each line of evidence says of each reference.
  static func table(_ comparisons: [PairAnswer]) -> [String] {
    let rows = comparisons.map { pair -> [String] in
      let (weights, outputs) = (pair.weightLineage, pair.outputDescent)
      let relation = weights.relations.first.map { ", \(Markdown.escaped($0.relation.rawValue))" }
      return [
        Markdown.escaped(pair.reference.id),
        "**\(Markdown.escaped(weights.verdict.rawValue))**\(relation ?? ""). "
          + Markdown.escaped(weights.sentence),
        "**\(Markdown.escaped(outputs.verdict.rawValue))**. " + Markdown.escaped(outputs.sentence),
      ]
    }
    return Markdown.table(["Against", "Weight lineage", "Output descent"], rows)
  }

  /// The comparison of an entry of a report, or why it cannot be shown.
  static func table(recorded entry: AuditReport.Comparison) -> [String] {
    do throws(Problem) {
      return table(try entry.report().comparisons)
    } catch {
      return [Markdown.escaped(ComparisonTable.unreadable(error))]
    }
  }
}
