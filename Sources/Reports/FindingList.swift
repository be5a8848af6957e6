// Findings as a list: how grave, which rule, what, on which law it rests, along which way.

import Base

enum FindingList {
  static func list(_ findings: [JSON]) -> HTML {
    let items = findings.map { finding -> HTML in
      let citation: HTML =
        finding["citation"]?.string.map { "<br><span class=\"dim\">\($0)</span>" } ?? ""
      return """
        <li><span class="badge \(finding["severity"]?.string ?? "note")">\
        \(HTMLReport.text(finding["severity"]))</span> <b>\(HTMLReport.text(finding["id"]))</b> \
        \(HTMLReport.text(finding["message"]))\(citation)\(path(finding))</li>
        """
    }
    return "<ul class=\"findings\">\(items)</ul>"
  }

  private static func path(_ finding: JSON) -> HTML {
    let edges = finding["path"]?.array ?? []
    guard !edges.isEmpty else { return "" }
    let steps = edges.map { edge -> HTML in
      """
      <code>\(String((edge["ancestor"]?.string ?? "").prefix(23)))…</code> → \
      \(edge["child"]?.string == "model" ? "the model" : HTMLReport.text(edge["child"])) \
      (\(HTMLReport.text(edge["relation"])), \(HTMLReport.text(edge["grade"])))
      """
    }
    return "<br><span class=\"dim\">path: \(steps)</span>"
  }
}
