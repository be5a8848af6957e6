// Trials of a report: what was committed to, handed out, revealed and tested, a trial at a time.
//
// A test is told with its verdict, the sentence that goes with it, p with its logarithm, and the
// number of comparisons it was adjusted for: no figure stands alone.

import Base
import Evidence

enum TrialList {
  /// Something of each trial of the report, in the order in which they first appear.
  static func list(_ trials: [JSON]) -> HTML {
    guard !trials.isEmpty else { return "<p>No trial was recorded in this time.</p>" }
    var names: [String] = []
    for name in trials.map({ HTMLReport.text($0["trial"]) }) where !names.contains(name) {
      names.append(name)
    }
    let parts = names.map { name in
      article(name, trials.filter { HTMLReport.text($0["trial"]) == name })
    }
    return "\(parts)"
  }

  private static func article(_ name: String, _ entries: [JSON]) -> HTML {
    let rows = entries.map { entry -> HTML in
      """
      <tr><td>\(entry["ledger_index"]?.int ?? 0)</td><td>\(HTMLReport.text(entry["time"]))</td>
      <td>\(event(entry))</td><td><code>\(HTMLReport.text(entry["key"]))</code></td></tr>
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

  private static func event(_ entry: JSON) -> HTML {
    switch entry["event"]?.string {
    case "committed": committed(entry)
    case "beacon":
      "<b>Beacon</b>: the value of round \(HTMLReport.text(entry["beacon"]?["round"]))"
    case "delivered":
      """
      <b>Delivered</b> to \(HTMLReport.text(entry["customer"])): \
      \(HTMLReport.text(entry["lines"])) lines of the record, root \
      <code>\(HTMLReport.text(entry["lines_root"]))</code>
      """
    case "revealed":
      "<b>Revealed</b>: \(names(entry["customers"]))"
    case "tested": tested(entry)
    default: "\(HTMLReport.text(entry["event"]))"
    }
  }

  private static func committed(_ entry: JSON) -> HTML {
    let references = names(entry["references"])
    return """
      <b>Committed</b> to \(HTMLReport.text(entry["pairs"])) pairs, \
      \(HTMLReport.text(entry["equal_pairs"])) of them with equal twins; customers: \
      \(names(entry["customers"])); control variates: \
      \(references.isEmpty ? "left open" : references); level \
      \(HTMLReport.text(entry["plan"]?["alpha"]))
      """
  }

  private static func tested(_ entry: JSON) -> HTML {
    let count = entry["comparisons"]?.int ?? 1
    let p = TailBound(log10: entry["log10_p_value"]?.double ?? 0, isExact: true)
    let customer = entry["customer"]?.string.map { " (\($0))" } ?? ""
    return """
      <b>Tested</b> \(HTMLReport.badge(HTMLReport.text(entry["verdict"])))\(customer)<br>
      \(HTMLReport.text(entry["sentence"]))<br>
      p \(p.text), log10 p \(Figure.text(entry["log10_p_value"]?.double ?? 0)), decided by \
      \(HTMLReport.text(entry["decided_by"])); adjusted for \
      \(count) \(count == 1 ? "comparison" : "comparisons"): \
      \(Figure.text(entry["p_adjusted"]?.double ?? 1))<br>
      suspect <code>\(HTMLReport.text(entry["suspect"]))</code>
      """
  }

  private static func names(_ list: JSON?) -> String {
    (list?.array ?? []).map { $0.string ?? HTMLReport.text($0["name"]) }.joined(separator: ", ")
  }
}
