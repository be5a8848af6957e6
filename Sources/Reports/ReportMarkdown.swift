// A report as Markdown, for issues and mail: the same sections as the page, without figures.
//
// Pure: equal reports give equal bytes. What it shows comes from the value alone (assay.report/1).

import Base

public enum ReportMarkdown {
  public static func text(_ report: JSON) -> [UInt8] {
    let checks = report["checks"]?.array ?? []
    let checkpoint = report["checkpoint"]
    let note = HTMLReport.text(checkpoint?["note"]).split(separator: "\n")
    var lines = [
      "# Audit of models", "",
      "Recorded from \(Markdown.escaped(report["from"])) to \(Markdown.escaped(report["to"])), as "
        + "the ledger \(Markdown.escaped(checkpoint?["origin"])) says at its checkpoint of "
        + "\(checkpoint?["size"]?.int ?? 0) entries.",
    ]
    lines += section("Verdicts", verdicts(checks), none: "No model was checked in this time.")
    lines += section(
      "Lineage", edges(report), none: "No edge was recorded in this time.")
    lines += section(
      "Evidence", (report["comparisons"]?.array ?? []).flatMap(comparison),
      none: "No models were compared in this time.")
    lines += section(
      "Trials", TrialStep.byTrial(report).flatMap { trial($0.trial, $0.entries) },
      none: "No trial was recorded in this time.")
    lines += section("Findings", HTMLReport.latest(checks).flatMap(findings), none: "None.")
    lines += section("What people added", people(report), none: "Nothing.")
    lines += section("In force, recorded earlier", standing(report), none: "Nothing.")
    lines += section(
      "How to check this report",
      [
        "Every line above is a signed entry of the log. Whoever has the log's files and its public "
          + "key can check all of it without trusting this text:", "",
        "    assay ledger verify STATE/ledger --vkey VKEY",
        "    assay verify report report.md --state STATE", "",
        "The checkpoint this report stands on:", "",
      ] + note.map { "    " + $0 }, none: "")
    return VisibleText.document(lines)
  }

  private static func section(_ title: String, _ lines: [String], none: String) -> [String] {
    let parts = lines.last == "" ? lines.dropLast() : lines[...]
    return ["", "## \(title)", ""] + (parts.isEmpty ? [none] : parts)
  }

  private static func entry(_ entry: JSON) -> String { String(entry["ledger_index"]?.int ?? 0) }

  private static func entries(_ retraction: JSON) -> String {
    let entries = (retraction["entries"]?.array ?? []).compactMap(\.int).map(String.init)
    return "entry " + entries.joined(separator: " and ")
  }

  private static func verdicts(_ checks: [JSON]) -> [String] {
    guard !checks.isEmpty else { return [] }
    return Markdown.table(
      ["Model", "Digest", "Verdict", "Licence", "As of", "Entry"],
      HTMLReport.latest(checks).map { check in
        [
          Markdown.escaped(check["name"]), Markdown.digest(HTMLReport.text(check["subject"])),
          "**\(Markdown.escaped(check["verdict"]))**" + state(check),
          Markdown.escaped(
            (check["licences"]?.array ?? []).compactMap(\.string).joined(separator: ", ")),
          Markdown.escaped(check["as_of"]), entry(check),
        ]
      })
  }

  /// A verdict that no longer stands is never shown without that word.
  private static func state(_ check: JSON) -> String {
    guard let state = check["state"]?.string, state != "current", state != "superseded" else {
      return ""
    }
    return " (\(Markdown.escaped(state)))"
  }

  /// What was recorded before the span and was in force at its end.
  private static func standing(_ report: JSON) -> [String] {
    let standing = report["standing"]
    let checks = (standing?["checks"]?.array ?? []).map { check in
      "- Entry \(entry(check)): \(Markdown.escaped(check["name"])) is "
        + "**\(Markdown.escaped(check["verdict"]))**\(state(check))"
    }
    let edges = (standing?["lineage"]?.array ?? []).map { edge in
      "- Entry \(entry(edge)): \(Markdown.escaped(edge["subject_name"])) came from "
        + "\(Markdown.escaped(edge["ancestor"]?["name"])), "
        + "\(Markdown.escaped(edge["relation"])), \(Markdown.escaped(edge["grade"]))"
    }
    return checks + edges + people(standing ?? .null)
  }

  private static func edges(_ report: JSON) -> [String] {
    let edges = report["lineage"]?.array ?? []
    guard !edges.isEmpty else { return [] }
    return Markdown.table(
      ["Ancestor", "Child", "Relation", "Grade", "Entry"],
      edges.map { edge in
        [
          Markdown.escaped(edge["ancestor"]?["name"]), Markdown.escaped(edge["subject_name"]),
          Markdown.escaped(edge["relation"]),
          Markdown.escaped(edge["grade"])
            + (edge["retracted"]?.bool == true ? ", taken back" : ""), entry(edge),
        ]
      })
  }

  private static func comparison(_ item: JSON) -> [String] {
    [
      "### \(Markdown.escaped(item["suspect"]?["id"]))", "",
      "Entry \(entry(item)). \(ComparisonTable.caution)", "",
    ] + ComparisonDocuments.table(recorded: item) + [""]
  }

  private static func trial(_ name: String, _ entries: [JSON]) -> [String] {
    let rows = entries.map { item -> [String] in
      let step = TrialStep(item)
      let verdict = step.verdict.map { ["**\(Markdown.escaped($0))**"] } ?? []
      let lines = step.lines.map { line in
        Markdown.escaped(line.text) + (line.digest.map { " \(Markdown.digest($0))" } ?? "")
      }
      return [
        entry(item), Markdown.escaped(item["time"]),
        ([Markdown.escaped(step.title)] + verdict + lines).joined(separator: "<br>"),
        Markdown.digest(HTMLReport.text(item["key"])),
      ]
    }
    return [
      "### Trial \(Markdown.digest(name))", "",
      "Texts: \(Markdown.digest(HTMLReport.text(entries.first?["subject"])))", "",
    ] + Markdown.table(["Entry", "When", "What", "Signed by key"], rows) + [""]
  }

  private static func findings(_ check: JSON) -> [String] {
    let findings = check["body"]?["findings"]?.array ?? check["findings"]?.array ?? []
    guard !findings.isEmpty else { return [] }
    return ["### \(Markdown.escaped(check["name"]))", ""]
      + findings.map { finding in
        "- \(Markdown.escaped(finding["severity"])) **\(Markdown.escaped(finding["id"]))** "
          + Markdown.escaped(finding["message"])
      } + [""]
  }

  private static func people(_ report: JSON) -> [String] {
    let conclusions = (report["conclusions"]?.array ?? []).map { item in
      "- Entry \(entry(item)): **\(Markdown.escaped(item["by"]))** concluded about "
        + "\(Markdown.escaped(item["subject_name"])): "
        + "\(Markdown.escaped(item["edge"]?["relation"])); " + Markdown.escaped(item["reason"])
        + (item["retracted"]?.bool == true ? " (taken back)" : "")
    }
    let waivers = (report["waivers"]?.array ?? []).map { item in
      "- Entry \(entry(item)): **\(Markdown.escaped(item["by"]))** waived "
        + "\(Markdown.escaped(item["rule"])) from \(Markdown.escaped(item["from"])) to "
        + "\(Markdown.escaped(item["to"])): \(Markdown.escaped(item["reason"]))"
        + (item["withdrawn"]?.bool == true ? " (withdrawn)" : "")
    }
    let retractions = (report["retractions"]?.array ?? []).map { item in
      "- Entry \(entry(item)): **\(Markdown.escaped(item["by"]))** took back "
        + "\(entries(item)): \(Markdown.escaped(item["reason"]))"
    }
    return conclusions + waivers + retractions
  }
}
