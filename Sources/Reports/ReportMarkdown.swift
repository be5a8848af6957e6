// A report as Markdown, for issues and mail: the same sections as the page, without figures.
//
// Pure: equal reports give equal bytes. What it shows comes from the value alone (assay.report/1).

import Audit
import Base
import Ledger
import Policy

public enum ReportMarkdown {
  public static func text(_ report: AuditReport) -> [UInt8] {
    let note = report.checkpoint.note.split(separator: "\n")
    var lines = [
      "# Audit of models", "",
      "Recorded from \(report.from.rfc3339) to \(report.to.rfc3339), as the ledger "
        + "\(Markdown.escaped(report.checkpoint.origin)) says at its checkpoint of "
        + "\(report.checkpoint.size) entries.",
    ]
    lines += section(
      "Verdicts", verdicts(report.checks), none: "No model was checked in this time.")
    lines += section(
      "Lineage", edges(report.edges), none: "No edge was recorded in this time.")
    lines += section(
      "Evidence", report.comparisons.flatMap(comparison),
      none: "No models were compared in this time.")
    lines += section(
      "Trials", TrialStep.byTrial(report.trials).flatMap { trial($0.trial, $0.entries) },
      none: "No trial was recorded in this time.")
    lines += section("Findings", HTMLReport.latest(report.checks).flatMap(findings), none: "None.")
    lines += section("What people added", people(report.people), none: "Nothing.")
    lines += section("In force, recorded earlier", standing(report.standing), none: "Nothing.")
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

  private static func verdicts(_ checks: [AuditReport.Check]) -> [String] {
    guard !checks.isEmpty else { return [] }
    return Markdown.table(
      ["Model", "Digest", "Verdict", "Licence", "As of", "Entry"],
      HTMLReport.latest(checks).map { check in
        [
          Markdown.escaped(check.statement.name), Markdown.code(check.statement.model),
          "**\(check.statement.verdict.rawValue)**" + state(check),
          Markdown.escaped(check.statement.licences.joined(separator: ", ")),
          check.statement.asOf.description, String(check.entry.index),
        ]
      })
  }

  /// A verdict that no longer stands is never shown without that word.
  private static func state(_ check: AuditReport.Check) -> String {
    check.fallenState.map { " (\($0))" } ?? ""
  }

  /// What was recorded before the span and was in force at its end.
  private static func standing(_ standing: AuditReport.Standing) -> [String] {
    let checks = standing.checks.map { check in
      "- Entry \(check.entry.index): \(Markdown.escaped(check.statement.name)) is "
        + "**\(check.statement.verdict.rawValue)**\(state(check))"
    }
    let edges = standing.edges.map { item in
      "- Entry \(item.entry.index): \(Markdown.escaped(item.statement.childName ?? "")) came from "
        + "\(Markdown.escaped(item.statement.ancestorWord ?? "")), "
        + "\(item.statement.edge.relation?.rawValue ?? ""), \(item.statement.edge.grade.rawValue)"
    }
    return checks + edges + people(standing.people)
  }

  private static func edges(_ edges: [AuditReport.Edge]) -> [String] {
    guard !edges.isEmpty else { return [] }
    return Markdown.table(
      ["Ancestor", "Child", "Relation", "Grade", "Entry"],
      edges.map { item in
        [
          Markdown.escaped(item.statement.ancestorWord ?? ""),
          Markdown.escaped(item.statement.childName ?? ""),
          item.statement.edge.relation?.rawValue ?? "",
          item.statement.edge.grade.rawValue + (item.isRetracted ? ", taken back" : ""),
          String(item.entry.index),
        ]
      })
  }

  private static func comparison(_ comparison: AuditReport.Comparison) -> [String] {
    [
      "### \(Markdown.escaped(comparison.suspect))", "",
      "Entry \(comparison.entry.index). \(ComparisonTable.caution)", "",
    ] + ComparisonDocuments.table(recorded: comparison) + [""]
  }

  private static func trial(_ name: String, _ entries: [AuditReport.Trial]) -> [String] {
    let rows = entries.map { item -> [String] in
      let step = TrialStep(item.event)
      let verdict = step.verdict.map { ["**\($0.rawValue)**"] } ?? []
      let lines = step.lines.map { line in
        Markdown.escaped(line.text) + (line.digest.map { " \(Markdown.digest($0))" } ?? "")
      }
      return [
        String(item.entry.index), item.entry.time?.rfc3339 ?? "",
        ([Markdown.escaped(step.title)] + verdict + lines).joined(separator: "<br>"),
        Markdown.code(item.key),
      ]
    }
    return [
      "### Trial \(Markdown.digest(name))", "",
      "Texts: \(entries.first?.entry.subject.map(Markdown.code) ?? "")", "",
    ] + Markdown.table(["Entry", "When", "What", "Signed by key"], rows) + [""]
  }

  private static func findings(_ check: AuditReport.Check) -> [String] {
    guard !check.findings.isEmpty else { return [] }
    return ["### \(Markdown.escaped(check.statement.name))", ""]
      + check.findings.map { finding in
        "- \(finding.severity.rawValue) **\(Markdown.escaped(finding.id))** "
          + Markdown.escaped(finding.message)
      } + [""]
  }

  private static func people(_ people: AuditReport.People) -> [String] {
    let conclusions = people.conclusions.map { item in
      let words = item.statement
      return "- Entry \(item.entry.index): **\(Markdown.escaped(words.by))** concluded about "
        + "\(Markdown.escaped(words.childName ?? "")): \(words.edge.relation?.rawValue ?? ""); "
        + Markdown.escaped(words.reason) + (item.isRetracted ? " (taken back)" : "")
    }
    let waivers = people.waivers.map { item in
      let words = item.statement
      return "- Entry \(item.entry.index): **\(Markdown.escaped(words.by))** waived "
        + "\(Markdown.escaped(words.rule)) from \(words.from) to \(words.to): "
        + Markdown.escaped(words.reason) + (item.isWithdrawn ? " (withdrawn)" : "")
    }
    let retractions = people.retractions.map { item in
      let entries = item.statement.entries.map(String.init).joined(separator: " and ")
      return "- Entry \(item.entry.index): **\(Markdown.escaped(item.statement.by))** took back "
        + "entry \(entries): \(Markdown.escaped(item.statement.reason))"
    }
    return conclusions + waivers + retractions
  }
}
