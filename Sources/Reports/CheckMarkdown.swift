// One check as Markdown, for issues and merge requests: the verdict first, then why, then what it
// rests on.

import Audit
import Base
import Licensing
import Policy

public enum CheckMarkdown {
  public static func text(_ report: CheckSummary) -> [UInt8] {
    let answer = report.answer
    var lines = [
      "# Check of \(Markdown.escaped(answer.name))", "",
      "**\(answer.verdict.rawValue.uppercased())** \(report.meaning)", "",
      "Model \(Markdown.code(answer.model)), decided at \(report.time), as of \(answer.asOf).",
    ]
    lines += section("Findings", answer.findings.map(finding), none: "None.")
    lines += section("What to do", answer.decision.map(duties) ?? [], none: "Nothing.")
    lines += section(
      "Licence", answer.licence.map(licence) ?? [], none: "Nothing is declared.")
    lines += section(
      "Lineage", lineage(answer.lineage), none: "None is declared and none is recorded.")
    lines += section("Identity", identity(report), none: "")
    lines += section(
      "Policy", policy(answer.decision),
      none: "Policy was not asked: the answer cannot be better than review.")
    return VisibleText.document(lines)
  }

  private static func section(_ title: String, _ lines: [String], none: String) -> [String] {
    ["", "## \(title)", ""] + (lines.isEmpty ? [none] : lines)
  }

  private static func finding(_ finding: Finding) -> String {
    let place = finding.place.map { " (\(Markdown.escaped($0)))" } ?? ""
    let citation = FindingGrounds(finding)?.citation ?? ""
    return "- \(finding.severity.rawValue) **\(Markdown.escaped(finding.id))** "
      + Markdown.escaped(finding.message) + place
      + (citation.isEmpty ? "" : " Source: \(Markdown.escaped(citation))")
  }

  private static func duties(_ decision: CheckAnswer.Decision) -> [String] {
    let missing = decision.missing.map {
      "- Say what \(Markdown.escaped($0)) is; without it nothing is decided."
    }
    let duties = decision.duties.map {
      "- \(Markdown.escaped($0.text)) (\(Markdown.escaped($0.id)), \(Markdown.escaped($0.state)))"
    }
    return missing + duties
  }

  private static func licence(_ licence: LicenceReport) -> [String] {
    var lines: [String] = []
    let declared = licence.declared
    if !declared.ids.isEmpty || !declared.typed.isEmpty {
      let name = declared.expression ?? declared.ids.joined(separator: ", ")
      lines.append(
        "- The card declares \(Markdown.escaped(name)), written as "
          + "\(Markdown.escaped(declared.typed.joined(separator: ", "))).")
    }
    return lines
      + licence.detected.map { text in
        let ids = text.ids.joined(separator: ", ")
        return "- \(Markdown.escaped(text.file)) is "
          + (ids.isEmpty ? "not recognised." : "\(Markdown.escaped(ids)).")
      }
  }

  private static func lineage(_ edges: [LineageEdge]) -> [String] {
    guard !edges.isEmpty else { return [] }
    return Markdown.table(
      ["Ancestor", "Child", "Relation", "Licence"],
      edges.map { edge in
        [
          Markdown.digest(edge.ancestor),
          edge.child == "model" ? "this model" : Markdown.digest(edge.child),
          edge.words, Markdown.escaped(edge.licence ?? ""),
        ]
      })
  }

  private static func identity(_ report: CheckSummary) -> [String] {
    let digests = report.digests.map { [$0.name, Markdown.code($0.value), ""] }
    let files = report.answer.identity.files.map { file in
      [Markdown.escaped(file.path), Markdown.code(file.digest), String(file.byteCount)]
    }
    return Markdown.table(["Name", "Digest", "Bytes"], digests + files)
  }

  private static func policy(_ decision: CheckAnswer.Decision?) -> [String] {
    let files = decision?.packFiles ?? []
    guard !files.isEmpty else { return [] }
    return Markdown.table(
      ["File", "Digest"],
      files.map { [Markdown.escaped($0.name), Markdown.code($0.digest)] })
  }
}
