// A comparison as a page and as Markdown: what each line of evidence says of each suspect and each
// reference.

import Audit
import Base
import Comparison

public enum ComparisonDocuments {
  /// - Parameter reports: an answer for each suspect; of none there is nothing to show.
  public static func page(_ reports: [SuspectReport], time: String?) -> [UInt8] {
    let title = "Assay: comparison of \(names(reports))"
    if reports.count == 1 {
      let (head, evidence) = (head(reports[0], time), evidence(reports[0]))
      return HTMLPage.document(title: title, body: "\(head)\n<main>\(evidence)</main>")
    }
    let articles = reports.map { report -> HTML in
      "<article>\(head(report, time))\n\(evidence(report))</article>"
    }
    return HTMLPage.document(title: title, body: "<main>\(articles)</main>")
  }

  private static func head(_ report: SuspectReport, _ time: String?) -> HTML {
    """
    <header><h1>Comparison of \(report.suspect.id)</h1>
    <p class="dim">Model <code>\(report.suspect.fingerprint.tagged)</code>, \
    compared at \(time ?? "a time that is not known").</p>
    <p>\(ComparisonTable.caution)</p></header>
    """
  }

  private static func evidence(_ report: SuspectReport) -> HTML {
    """
    <section><h2>Evidence</h2>
    \(ComparisonTable.table(report.comparisons))</section>
    """
  }

  public static func markdown(_ reports: [SuspectReport], time: String?) -> [UInt8] {
    let parts = reports.map { report in
      [
        "# Comparison of \(Markdown.escaped(report.suspect.id))", "",
        "Model \(Markdown.digest(report.suspect.fingerprint.tagged)), compared at "
          + "\(Markdown.escaped(time ?? "a time that is not known")).", "",
        ComparisonTable.caution, "",
      ] + table(report.comparisons)
    }
    return VisibleText.document(Array(parts.joined(separator: [""])))
  }

  private static func names(_ reports: [SuspectReport]) -> String {
    reports.count == 1 ? reports[0].suspect.id : "\(reports.count) models"
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
