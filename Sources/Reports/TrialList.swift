// The trials of a report as HTML: what was committed to, handed out, tested and revealed, a table
// for each trial.

import Audit
import Base

enum TrialList {
  static func list(_ trials: [AuditReport.Trial]) -> HTML {
    let groups = TrialStep.byTrial(trials)
    guard !groups.isEmpty else { return "<p>No trial was recorded in this time.</p>" }
    return "\(groups.map { article($0.trial, $0.entries) })"
  }

  private static func article(_ name: String, _ entries: [AuditReport.Trial]) -> HTML {
    let rows = entries.map { trial -> HTML in
      """
      <tr><td>\(trial.entry.index)</td><td>\(trial.entry.time?.rfc3339 ?? "")</td>
      <td>\(step(TrialStep(trial.event)))</td>
      <td><code>\(trial.key.tagged)</code></td></tr>
      """
    }
    return """
      <article><h3>Trial <code>\(name)</code></h3>
      <p>Texts: <code>\(entries.first?.entry.subject?.tagged ?? "")</code></p>
      <table><thead><tr><th scope="col">Entry</th><th scope="col">When</th>
      <th scope="col">What</th><th scope="col">Signed by key</th></tr></thead>
      <tbody>\(rows)</tbody></table></article>
      """
  }

  private static func step(_ step: TrialStep) -> HTML {
    let badge: HTML = step.verdict.map { " \(HTMLReport.badge($0.rawValue))" } ?? ""
    let lines = step.lines.map { line -> HTML in
      let digest: HTML = line.digest.map { " <code>\($0)</code>" } ?? ""
      return "<br>\(line.text)\(digest)"
    }
    return "<b>\(step.title)</b>\(badge)\(lines)"
  }
}
