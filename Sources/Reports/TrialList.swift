// The trials of a report as HTML: what was committed to, handed out, tested and revealed, a table
// for each trial.

import Base

enum TrialList {
  static func list(_ report: JSON) -> HTML {
    let groups = TrialStep.byTrial(report)
    guard !groups.isEmpty else { return "<p>No trial was recorded in this time.</p>" }
    return "\(groups.map { article($0.trial, $0.entries) })"
  }

  private static func article(_ name: String, _ entries: [JSON]) -> HTML {
    let rows = entries.map { entry -> HTML in
      """
      <tr><td>\(entry["ledger_index"]?.int ?? 0)</td><td>\(HTMLReport.text(entry["time"]))</td>
      <td>\(step(TrialStep(entry)))</td>
      <td><code>\(HTMLReport.text(entry["key"]))</code></td></tr>
      """
    }
    return """
      <article><h3>Trial <code>\(name)</code></h3>
      <p>Texts: <code>\(HTMLReport.text(entries.first?["subject"]))</code></p>
      <table><thead><tr><th scope="col">Entry</th><th scope="col">When</th>
      <th scope="col">What</th><th scope="col">Signed by key</th></tr></thead>
      <tbody>\(rows)</tbody></table></article>
      """
  }

  private static func step(_ step: TrialStep) -> HTML {
    let badge: HTML = step.verdict.map { " \(HTMLReport.badge($0))" } ?? ""
    let lines = step.lines.map { line -> HTML in
      let digest: HTML = line.digest.map { " <code>\($0)</code>" } ?? ""
      return "<br>\(line.text)\(digest)"
    }
    return "<b>\(step.title)</b>\(badge)\(lines)"
  }
}
