// One check as Markdown, for issues and merge requests: the verdict first, then why, then what it
// rests on.

import Base

public enum CheckMarkdown {
  public static func text(_ report: CheckSummary) -> [UInt8] {
    var lines = [
      "# Check of \(Markdown.escaped(report.name))", "",
      "**\(Markdown.escaped(report.verdict.uppercased()))** \(report.meaning)", "",
      "Model \(Markdown.digest("sha256:" + report.model)), decided at \(report.time), as of "
        + "\(Markdown.escaped(report.result["as_of"])).",
    ]
    lines += section("Findings", report.findings.map(finding), none: "None.")
    lines += section("What to do", duties(report.result["decision"]), none: "Nothing.")
    lines += section("Licence", licence(report.licence), none: "Nothing is declared.")
    lines += section("Lineage", lineage(report), none: "None is declared and none is recorded.")
    lines += section("Identity", identity(report), none: "")
    lines += section(
      "Policy", policy(report.result),
      none: "Policy was not asked: the answer cannot be better than review.")
    return VisibleText.document(lines)
  }

  private static func section(_ title: String, _ lines: [String], none: String) -> [String] {
    ["", "## \(title)", ""] + (lines.isEmpty ? [none] : lines)
  }

  private static func finding(_ finding: JSON) -> String {
    let place = finding["place"]?.string.map { " (\(Markdown.escaped($0)))" } ?? ""
    let citation = finding["citation"]?.string ?? ""
    return "- \(Markdown.escaped(finding["severity"])) **\(Markdown.escaped(finding["id"]))** "
      + Markdown.escaped(finding["message"]) + place
      + (citation.isEmpty ? "" : " Source: \(Markdown.escaped(citation))")
  }

  private static func duties(_ decision: JSON?) -> [String] {
    let missing = (decision?["missing"]?["attributes"]?.array ?? []).map {
      "- Say what \(Markdown.escaped($0)) is; without it nothing is decided."
    }
    let duties = (decision?["obligations"]?.array ?? []).map {
      "- \(Markdown.escaped($0["text"])) (\(Markdown.escaped($0["id"])), "
        + "\(Markdown.escaped($0["state"])))"
    }
    return missing + duties
  }

  private static func licence(_ licence: CheckSummary.Licence) -> [String] {
    var lines: [String] = []
    if !licence.ids.isEmpty || !licence.typed.isEmpty {
      let name = licence.expression ?? licence.ids.joined(separator: ", ")
      lines.append(
        "- The card declares \(Markdown.escaped(name)), written as "
          + "\(Markdown.escaped(licence.typed.joined(separator: ", "))).")
    }
    return lines
      + licence.texts.map { text in
        let ids = text.ids.joined(separator: ", ")
        return "- \(Markdown.escaped(text.file)) is "
          + (ids.isEmpty ? "not recognised." : "\(Markdown.escaped(ids)).")
      }
  }

  private static func lineage(_ report: CheckSummary) -> [String] {
    guard !report.edges.isEmpty else { return [] }
    return Markdown.table(
      ["Ancestor", "Child", "Relation", "Licence"],
      report.edges.map { edge in
        [
          Markdown.digest(edge.ancestor),
          edge.child == "model" ? "this model" : Markdown.digest(edge.child),
          Markdown.escaped(edge.words), Markdown.escaped(edge.json["licence"]),
        ]
      })
  }

  private static func identity(_ report: CheckSummary) -> [String] {
    let digests = report.digests.map { [$0.name, Markdown.digest($0.value), ""] }
    let files = report.files.map { file in
      [
        Markdown.escaped(file.path), Markdown.digest("sha256:" + file.sha256),
        String(file.byteCount),
      ]
    }
    return Markdown.table(["Name", "Digest", "Bytes"], digests + files)
  }

  private static func policy(_ result: JSON) -> [String] {
    let files = result["decision"]?["policies"]?.array ?? []
    guard !files.isEmpty else { return [] }
    return Markdown.table(
      ["File", "Digest"],
      files.map { [Markdown.escaped($0["name"]), Markdown.digest(HTMLReport.text($0["sha256"]))] })
  }
}
