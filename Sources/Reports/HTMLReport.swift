// The report as one self-contained page: no script, no external reference, light and dark.
//
// Pure: equal reports give equal bytes. What it shows comes from the value alone (assay.report/1).

import Base

public enum HTMLReport {
  /// The page of a report.
  public static func page(_ report: JSON) -> [UInt8] {
    let checks = report["checks"]?.array ?? []
    let comparisons = report["comparisons"]?.array ?? []
    let body: HTML = """
      <header><h1>Audit of models</h1>
      <p>Recorded from \(text(report["from"])) to \(text(report["to"])), as the ledger \
      <b>\(text(report["checkpoint"]?["origin"]))</b> says at its checkpoint of \
      \(report["checkpoint"]?["size"]?.int ?? 0) entries.</p></header>
      <main>
      <section><h2>Verdicts</h2>\(verdictTable(checks))</section>
      <section><h2>Lineage</h2>\(LineageGraph.figure(report))</section>
      <section><h2>Evidence</h2>\(comparisons.map(comparison))</section>
      <section><h2>Trials</h2>\(TrialList.list(report))</section>
      <section><h2>Findings</h2>\(latest(checks).map(findings))</section>
      <section><h2>What people added</h2>\(people(report))</section>
      <section><h2>In force, recorded earlier</h2>\(standing(report["standing"]))</section>
      <section><h2>How to check this report</h2>\(verification(report))</section>
      </main>
      """
    return HTMLPage.document(title: "Assay: audit of models", body: body)
  }

  // MARK: Verdicts

  /// The newest check of each model, in the order of the ledger.
  static func latest(_ checks: [JSON]) -> [JSON] {
    var seen: Set<String> = []
    return checks.reversed().filter { seen.insert($0["subject"]?.string ?? "").inserted }.reversed()
  }

  private static func verdictTable(_ checks: [JSON]) -> HTML {
    guard !checks.isEmpty else { return "<p>No model was checked in this time.</p>" }
    let rows = latest(checks).map { check -> HTML in
      let earlier = checks.filter { $0["subject"] == check["subject"] }.dropLast()
      let before = earlier.compactMap { $0["verdict"]?.string }.joined(separator: ", ")
      return """
        <tr><th scope="row">\(text(check["name"]))<br><code>\(text(check["subject"]))</code></th>
        <td>\(badge(check["verdict"]?.string ?? ""))\(state(check))</td>
        <td>\((check["licences"]?.array ?? []).compactMap(\.string).joined(separator: ", "))</td>
        <td>\(before)</td><td>\(text(check["as_of"]))</td>
        <td>\(check["ledger_index"]?.int ?? 0)</td></tr>
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
  private static func state(_ check: JSON) -> HTML {
    guard let state = check["state"]?.string, state != "current", state != "superseded" else {
      return ""
    }
    return " <b>\(state)</b>"
  }

  // MARK: Evidence

  private static func comparison(_ entry: JSON) -> HTML {
    """
    <article><h3>\(text(entry["suspect"]?["id"]))</h3>
    <p>Entry \(entry["ledger_index"]?.int ?? 0). \(ComparisonTable.caution)</p>
    \(ComparisonTable.table(recorded: entry))</article>
    """
  }

  // MARK: Findings

  private static func findings(_ check: JSON) -> HTML {
    let findings = check["body"]?["findings"]?.array ?? check["findings"]?.array ?? []
    guard !findings.isEmpty else { return "" }
    return "<article><h3>\(text(check["name"]))</h3>\(FindingList.list(findings))</article>"
  }

  // MARK: People and proof

  private static func people(_ report: JSON) -> HTML {
    let conclusions = (report["conclusions"]?.array ?? []).map { entry -> HTML in
      """
      <li>Entry \(entry["ledger_index"]?.int ?? 0): <b>\(text(entry["by"]))</b> concluded about \
      \(text(entry["subject_name"])): \(text(entry["edge"]?["relation"])); \
      \(text(entry["reason"]))\(mark(entry, "retracted", "taken back"))</li>
      """
    }
    let waivers = (report["waivers"]?.array ?? []).map { entry -> HTML in
      """
      <li>Entry \(entry["ledger_index"]?.int ?? 0): <b>\(text(entry["by"]))</b> waived \
      \(text(entry["rule"])) from \(text(entry["from"])) to \(text(entry["to"])): \
      \(text(entry["reason"]))\(mark(entry, "withdrawn", "withdrawn"))</li>
      """
    }
    let retractions = (report["retractions"]?.array ?? []).map { entry -> HTML in
      let entries = (entry["entries"]?.array ?? []).compactMap(\.int).map(String.init)
      return """
        <li>Entry \(entry["ledger_index"]?.int ?? 0): <b>\(text(entry["by"]))</b> took back entry \
        \(entries.joined(separator: " and ")): \(text(entry["reason"]))</li>
        """
    }
    return list(conclusions + waivers + retractions)
  }

  private static func list(_ items: [HTML]) -> HTML {
    items.isEmpty ? "<p>Nothing.</p>" : "<ul>\(items)</ul>"
  }

  private static func mark(_ entry: JSON, _ key: String, _ word: String) -> HTML {
    entry[key]?.bool == true ? " <b>(\(word))</b>" : ""
  }

  /// What was recorded before the span and was in force at its end.
  private static func standing(_ standing: JSON?) -> HTML {
    let checks = (standing?["checks"]?.array ?? []).map { check -> HTML in
      """
      <li>Entry \(check["ledger_index"]?.int ?? 0): \(text(check["name"])) \
      \(badge(check["verdict"]?.string ?? ""))\(state(check))</li>
      """
    }
    let edges = (standing?["lineage"]?.array ?? []).map { edge -> HTML in
      """
      <li>Entry \(edge["ledger_index"]?.int ?? 0): \(text(edge["subject_name"])) came from \
      \(text(edge["ancestor"]?["name"])), \(text(edge["relation"])), \(text(edge["grade"]))</li>
      """
    }
    return "\(list(checks + edges))\(standing.map(people) ?? "")"
  }

  private static func verification(_ report: JSON) -> HTML {
    """
    <p>Every line above is a signed entry of the log. Whoever has the log's files and its public \
    key can check all of it without trusting this page:</p>
    <pre>assay ledger verify STATE/ledger --vkey VKEY
    assay verify report report.html --state STATE</pre>
    <p>The checkpoint this report stands on:</p>
    <pre>\(text(report["checkpoint"]?["note"]))</pre>
    """
  }

  static func text(_ value: JSON?) -> String {
    value?.string ?? value?.number?.text ?? ""
  }
}
