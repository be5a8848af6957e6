// One check as a page: the verdict, why, what to do, and everything it rests on.
//
// Pure: the same answer at the same time gives the same bytes.

import Base

public enum CheckPage {
  public static func page(_ report: CheckSummary) -> [UInt8] {
    let body: HTML = """
      <header><h1>Check of \(report.name)</h1>
      <p>\(HTMLReport.badge(report.verdict)) \(report.meaning)</p>
      <p class="dim">Model <code>sha256:\(report.model)</code>, decided at \(report.time), \
      as of \(HTMLReport.text(report.result["as_of"])).</p></header>
      <main>
      <section><h2>Findings</h2>\(findings(report))</section>
      <section><h2>What to do</h2>\(duties(report.result["decision"]))</section>
      <section><h2>Licence</h2>\(licence(report.licence))</section>
      <section><h2>Lineage</h2>\(lineage(report))</section>
      <section><h2>Identity</h2>\(identity(report))</section>
      <section><h2>Policy</h2>\(policy(report.result))</section>
      </main>
      """
    return HTMLPage.document(title: "Assay: check of \(report.name)", body: body)
  }

  private static func findings(_ report: CheckSummary) -> HTML {
    report.findings.isEmpty ? "<p>None.</p>" : FindingList.list(report.findings)
  }

  private static func duties(_ decision: JSON?) -> HTML {
    let duties = (decision?["obligations"]?.array ?? []).map { duty -> HTML in
      """
      <li>\(HTMLReport.text(duty["text"])) <span class="dim">\(HTMLReport.text(duty["id"])), \
      \(HTMLReport.text(duty["state"]))</span></li>
      """
    }
    let missing = (decision?["missing"]?["attributes"]?.array ?? []).map { fact -> HTML in
      "<li>Say what <code>\(HTMLReport.text(fact))</code> is; without it nothing is decided.</li>"
    }
    let all = missing + duties
    return all.isEmpty ? "<p>Nothing.</p>" : "<ul>\(all)</ul>"
  }

  private static func licence(_ licence: CheckSummary.Licence) -> HTML {
    let declared: HTML =
      licence.ids.isEmpty && licence.typed.isEmpty
      ? "nothing"
      : """
      <b>\(licence.expression ?? licence.ids.joined(separator: ", "))</b> \
      <span class="dim">(written as \(licence.typed.joined(separator: ", ")))</span>
      """
    let texts = licence.texts.map { text -> HTML in
      """
      <tr><th scope="row">\(text.file)</th>
      <td>\(text.ids.isEmpty ? "not recognised" : text.ids.joined(separator: ", "))</td></tr>
      """
    }
    let table: HTML =
      texts.isEmpty
      ? "<p>No licence text was found.</p>"
      : """
      <table><thead><tr><th scope="col">File</th><th scope="col">Text</th></tr></thead>\
      <tbody>\(texts)</tbody></table>
      """
    return "<p>The card declares \(declared).</p>\(table)"
  }

  private static func lineage(_ report: CheckSummary) -> HTML {
    guard !report.edges.isEmpty else { return "<p>None is declared and none is recorded.</p>" }
    let rows = report.edges.map { edge -> HTML in
      """
      <tr><th scope="row">\(edge.ancestor)</th>
      <td>\(edge.child == "model" ? "this model" : edge.child)</td><td>\(edge.words)</td>
      <td>\(HTMLReport.text(edge.json["licence"]))</td></tr>
      """
    }
    return """
      <table><thead><tr><th scope="col">Ancestor</th><th scope="col">Child</th>
      <th scope="col">Relation</th><th scope="col">Licence</th></tr></thead>\
      <tbody>\(rows)</tbody></table>
      """
  }

  private static func identity(_ report: CheckSummary) -> HTML {
    let digests = report.digests.map { name, value -> HTML in
      "<tr><th scope=\"row\">\(name)</th><td><code>\(value)</code></td><td></td></tr>"
    }
    let files = report.files.map { file -> HTML in
      """
      <tr><th scope="row">\(file.path)</th><td><code>sha256:\(file.sha256)</code></td>\
      <td>\(file.byteCount)</td></tr>
      """
    }
    return """
      <table><thead><tr><th scope="col">Name</th><th scope="col">Digest</th>
      <th scope="col">Bytes</th></tr></thead><tbody>\(digests)\(files)</tbody></table>
      """
  }

  private static func policy(_ result: JSON) -> HTML {
    let packs = (result["decision"]?["policies"]?.array ?? []).map { file -> HTML in
      """
      <tr><th scope="row">\(HTMLReport.text(file["name"]))</th>\
      <td><code>\(HTMLReport.text(file["sha256"]))</code></td></tr>
      """
    }
    guard !packs.isEmpty else {
      return "<p>Policy was not asked: the answer cannot be better than review.</p>"
    }
    return """
      <table><thead><tr><th scope="col">File</th><th scope="col">Digest</th></tr></thead>\
      <tbody>\(packs)</tbody></table>
      """
  }
}
