// Findings as a list: how grave, which rule, what, on which law it rests, along which way.

import Base
import Policy

enum FindingList {
  static func list(_ findings: [Finding]) -> HTML {
    let items = findings.map { finding -> HTML in
      let grounds = FindingGrounds(finding)
      let citation: HTML =
        grounds?.citation.map { "<br><span class=\"dim\">\($0)</span>" } ?? ""
      let severity = finding.severity.rawValue
      return """
        <li><span class="badge \(severity)">\(severity)</span> <b>\(finding.id)</b> \
        \(finding.message)\(citation)\(path(grounds?.path ?? []))</li>
        """
    }
    return "<ul class=\"findings\">\(items)</ul>"
  }

  private static func path(_ edges: [LineageEdge]) -> HTML {
    guard !edges.isEmpty else { return "" }
    let steps = edges.map { edge -> HTML in
      """
      <code>\(String(edge.ancestor.prefix(23)))…</code> → \
      \(edge.child == "model" ? "the model" : edge.child) \
      (\(edge.relation?.rawValue ?? ""), \(edge.grade.rawValue))
      """
    }
    return "<br><span class=\"dim\">path: \(steps)</span>"
  }
}
