// The gate's answer for people: the verdict, then why, then what to do.
//
// Pure: the same result gives the same lines. They are not wrapped and carry no colour. Foreign
// words stand in them as they are: whoever prints a line makes it visible, and it stays one line.

import Audit
import Base
import Licensing
import Policy
import Register

public enum CheckText {
  /// The whole answer.
  public static func lines(_ result: CheckResult) -> [String] {
    var lines = [
      "\(headline(result.verdict))  \(result.name)", "  model \(result.model.tagged)",
      "  as of \(result.asOf)\(until(result))",
    ]
    lines += result.answer.waivedBy.flatMap(waiver)
    lines += licence(result.licence) + lineage(result.lineage)
    let files = result.findings.filter { finding in
      !(result.decision?.findings.contains { $0.id == finding.id } ?? false)
    }
    if !files.isEmpty { lines += ["", "Findings"] + files.map(line) }
    if let decision = result.decision {
      lines += ["", "Policy"] + decision.lines.map { $0.isEmpty ? "" : "  " + $0 }
    } else {
      lines += ["", "Policy was not asked (quick check): the answer cannot be better than review."]
    }
    return lines
  }

  private static func headline(_ verdict: Verdict) -> String {
    switch verdict {
    case .allow: "ALLOW "
    case .deny: "DENY  "
    case .review: "REVIEW"
    }
  }

  private static func until(_ result: CheckResult) -> String {
    result.answer.validUntil.map { ", the same answer until \($0)" } ?? ""
  }

  /// What an answer rests on that somebody granted: it stands before everything else.
  private static func waiver(_ recorded: ModelLineage.RecordedWaiver) -> [String] {
    let waiver = recorded.waiver
    return [
      "  waived: \(waiver.rule), by \(waiver.by), until \(waiver.to) (entry \(recorded.entry))",
      "          \(waiver.reason)",
    ]
  }

  private static func licence(_ report: LicenceReport?) -> [String] {
    guard let report else { return ["  licence: none can be read from a single file"] }
    let declared =
      report.declared.ids.isEmpty ? "nothing" : report.declared.ids.joined(separator: ", ")
    let texts = report.detected.map { text in
      "\(text.file) is \(text.ids.isEmpty ? "not recognised" : text.ids.joined(separator: ", "))"
    }
    return ["  licence: declared \(declared)"] + texts.map { "           \($0)" }
  }

  private static func lineage(_ lineage: ModelLineage) -> [String] {
    guard !lineage.edges.isEmpty else { return ["  lineage: none declared, none recorded"] }
    return lineage.edges.map { edge in
      let ancestor = lineage.names[edge.ancestor] ?? edge.ancestor
      let child =
        edge.child == ModelLineage.node ? "this model" : lineage.names[edge.child] ?? edge.child
      let route = edge.route.map { " through \($0.rawValue)" } ?? ""
      return "  lineage: \(ancestor) → \(child) "
        + "(\(edge.relation?.rawValue ?? "relation not known")\(route), \(edge.grade.rawValue))"
    }
  }

  private static func line(_ finding: Finding) -> String {
    let place = finding.place.map { " (\($0))" } ?? ""
    return "  \(finding.severity.rawValue)  \(finding.id): \(finding.message)\(place)"
  }
}
