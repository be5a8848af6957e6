// The report as one self-contained page: no script, no external reference, light and dark.
//
// Pure: equal reports give equal bytes. What it shows comes from the value alone (assay.report/1).

import Audit
import Base
import Ledger
import Policy

public enum HTMLReport {
  /// The page of a report.
  public static func page(_ report: AuditReport) -> [UInt8] {
    let body: HTML = """
      <header><h1>Audit of models</h1>
      <p>Recorded from \(report.from.rfc3339) to \(report.to.rfc3339), as the ledger \
      <b>\(report.checkpoint.origin)</b> says at its checkpoint of \
      \(report.checkpoint.size) entries.</p></header>
      <main>
      <section><h2>Verdicts</h2>\(verdictTable(report.checks))</section>
      <section><h2>Lineage</h2>\(LineageGraph.figure(report.edges))</section>
      <section><h2>Evidence</h2>\(report.comparisons.map(comparison))</section>
      <section><h2>Trials</h2>\(TrialList.list(report.trials))</section>
      <section><h2>Findings</h2>\(latest(report.checks).map(findings))</section>
      <section><h2>What people added</h2>\(people(report.people))</section>
      <section><h2>In force, recorded earlier</h2>\(standing(report.standing))</section>
      <section><h2>How to check this report</h2>\(verification(report.checkpoint))</section>
      </main>
      """
    return HTMLPage.document(title: "Assay: audit of models", body: body)
  }

  // MARK: Verdicts

  /// The newest check of each model, in the order of the ledger.
  static func latest(_ checks: [AuditReport.Check]) -> [AuditReport.Check] {
    var seen: Set<Digest> = []
    return checks.reversed().filter { seen.insert($0.statement.model).inserted }.reversed()
  }

  private static func verdictTable(_ checks: [AuditReport.Check]) -> HTML {
    guard !checks.isEmpty else { return "<p>No model was checked in this time.</p>" }
    let rows = latest(checks).map { check -> HTML in
      let statement = check.statement
      let earlier = checks.filter { $0.statement.model == statement.model }.dropLast()
      let before = earlier.map(\.statement.verdict.rawValue).joined(separator: ", ")
      return """
        <tr><th scope="row">\(statement.name)<br><code>\(statement.model.tagged)</code></th>
        <td>\(badge(statement.verdict.rawValue))\(state(check))</td>
        <td>\(statement.licences.joined(separator: ", "))</td>
        <td>\(before)</td><td>\(statement.asOf.description)</td>
        <td>\(check.entry.index)</td></tr>
        """
    }
    return """
      <table><thead><tr><th scope="col">Model</th><th scope="col">Verdict</th>
      <th scope="col">Licence</th><th scope="col">Earlier</th><th scope="col">As of</th>
      <th scope="col">Entry</th></tr></thead><tbody>\(rows)</tbody></table>
      """
  }

  static func badge(_ verdict: String) -> HTML {
    let kind =
      switch verdict {
      case "allow", "no-evidence": "good"
      case "deny": "bad"
      case "same-bytes", "same-tensors", "related", "inherits", "shared-output-space",
        "trained-on-served":
        "found"
      default: "open"
      }
    return "<span class=\"badge \(kind)\">\(verdict)</span>"
  }

  /// A verdict that no longer stands is never shown without that word.
  private static func state(_ check: AuditReport.Check) -> HTML {
    check.fallenState.map { " <b>\($0)</b>" } ?? ""
  }

  // MARK: Evidence

  private static func comparison(_ comparison: AuditReport.Comparison) -> HTML {
    """
    <article><h3>\(comparison.suspect)</h3>
    <p>Entry \(comparison.entry.index). \(ComparisonTable.caution)</p>
    \(ComparisonTable.table(recorded: comparison))</article>
    """
  }

  // MARK: Findings

  private static func findings(_ check: AuditReport.Check) -> HTML {
    guard !check.findings.isEmpty else { return "" }
    return """
      <article><h3>\(check.statement.name)</h3>\(FindingList.list(check.findings))</article>
      """
  }

  // MARK: People and proof

  private static func people(_ people: AuditReport.People) -> HTML {
    list(
      people.conclusions.map(conclusion) + people.waivers.map(waiver)
        + people.retractions.map(retraction))
  }

  private static func conclusion(_ item: AuditReport.Conclusion) -> HTML {
    let words = item.statement
    return """
      <li>Entry \(item.entry.index): <b>\(words.by)</b> concluded about \
      \(words.childName ?? ""): \(words.edge.relation?.rawValue ?? ""); \
      \(words.reason)\(mark(item.isRetracted, "taken back"))</li>
      """
  }

  private static func waiver(_ item: AuditReport.Waiver) -> HTML {
    let words = item.statement
    return """
      <li>Entry \(item.entry.index): <b>\(words.by)</b> waived \
      \(words.rule) from \(words.from.description) to \(words.to.description): \
      \(words.reason)\(mark(item.isWithdrawn, "withdrawn"))</li>
      """
  }

  private static func retraction(_ item: AuditReport.Retraction) -> HTML {
    let words = item.statement
    return """
      <li>Entry \(item.entry.index): <b>\(words.by)</b> took back entry \
      \(words.entries.map(String.init).joined(separator: " and ")): \(words.reason)</li>
      """
  }

  private static func list(_ items: [HTML]) -> HTML {
    items.isEmpty ? "<p>Nothing.</p>" : "<ul>\(items)</ul>"
  }

  private static func mark(_ holds: Bool, _ word: String) -> HTML {
    holds ? " <b>(\(word))</b>" : ""
  }

  /// What was recorded before the span and was in force at its end.
  private static func standing(_ standing: AuditReport.Standing) -> HTML {
    let checks = standing.checks.map { check -> HTML in
      """
      <li>Entry \(check.entry.index): \(check.statement.name) \
      \(badge(check.statement.verdict.rawValue))\(state(check))</li>
      """
    }
    let edges = standing.edges.map { item -> HTML in
      let edge = item.statement.edge
      return """
        <li>Entry \(item.entry.index): \(item.statement.childName ?? "") came from \
        \(item.statement.ancestorWord ?? ""), \(edge.relation?.rawValue ?? ""), \
        \(edge.grade.rawValue)</li>
        """
    }
    return "\(list(checks + edges))\(people(standing.people))"
  }

  private static func verification(_ checkpoint: ReportCheckpoint) -> HTML {
    """
    <p>Every line above is a signed entry of the log. Whoever has the log's files and its public \
    key can check all of it without trusting this page:</p>
    <pre>assay ledger verify STATE/ledger --vkey VKEY
    assay verify report report.html --state STATE</pre>
    <p>The checkpoint this report stands on:</p>
    <pre>\(checkpoint.note)</pre>
    """
  }
}

extension AuditReport.Check {
  /// The word of a verdict that no longer stands, which is never shown without it. A superseded one
  /// stands beside the newer one, which says it.
  var fallenState: String? {
    switch state {
    case .stale, .expired: state?.rawValue
    case .current, .superseded, nil: nil
    }
  }
}

extension LineageStatement {
  /// What the ancestor is called; nil where it has a digest and no name.
  var ancestorWord: String? {
    ancestorName ?? (Digest(tagged: edge.ancestor) == nil ? edge.ancestor : nil)
  }
}
