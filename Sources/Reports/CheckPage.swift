// One check as a page: the verdict, why, what to do, and everything it rests on.
//
// Pure: the same answer at the same time gives the same bytes.

import Audit
import Base
import Licensing

public enum CheckPage {
  public static func page(_ report: CheckSummary) -> [UInt8] {
    let answer = report.answer
    let body: HTML = """
      <header><h1>Check of \(answer.name)</h1>
      <p>\(HTMLReport.badge(answer.verdict.rawValue)) \(report.meaning)</p>
      <p class="dim">Model <code>\(answer.model.tagged)</code>, decided at \(report.time), \
      as of \(answer.asOf.description).</p></header>
      <main>
      <section><h2>Findings</h2>\(findings(answer.findings))</section>
      <section><h2>What to do</h2>\(duties(answer.decision))</section>
      <section><h2>Licence</h2>\(licence(answer.licence))</section>
      <section><h2>Lineage</h2>\(lineage(answer.lineage))</section>
      <section><h2>Identity</h2>\(identity(report))</section>
      <section><h2>Policy</h2>\(policy(answer.decision))</section>
      </main>
      """
    return HTMLPage.document(title: "Assay: check of \(answer.name)", body: body)
  }

  private static func findings(_ findings: [Finding]) -> HTML {
    findings.isEmpty ? "<p>None.</p>" : FindingList.list(findings)
  }

  private static func duties(_ decision: CheckAnswer.Decision?) -> HTML {
    let duties = (decision?.duties ?? []).map { duty -> HTML in
      "<li>\(duty.text) <span class=\"dim\">\(duty.id), \(duty.state)</span></li>"
    }
    let missing = (decision?.missing ?? []).map { fact -> HTML in
      "<li>Say what <code>\(fact)</code> is; without it nothing is decided.</li>"
    }
    let all = missing + duties
    return all.isEmpty ? "<p>Nothing.</p>" : "<ul>\(all)</ul>"
  }

  private static func licence(_ licence: LicenceReport?) -> HTML {
    let declared = licence.map { self.declared($0.declared) } ?? "nothing"
    let texts = (licence?.detected ?? []).map { text -> HTML in
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

  private static func declared(_ declared: LicenceReport.Declared) -> HTML {
    guard !declared.ids.isEmpty || !declared.typed.isEmpty else { return "nothing" }
    return """
      <b>\(declared.expression ?? declared.ids.joined(separator: ", "))</b> \
      <span class="dim">(written as \(declared.typed.joined(separator: ", ")))</span>
      """
  }

  private static func lineage(_ edges: [LineageEdge]) -> HTML {
    guard !edges.isEmpty else { return "<p>None is declared and none is recorded.</p>" }
    let rows = edges.map { edge -> HTML in
      """
      <tr><th scope="row">\(edge.ancestor)</th>
      <td>\(edge.child == "model" ? "this model" : edge.child)</td><td>\(edge.words)</td>
      <td>\(edge.licence ?? "")</td></tr>
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
      "<tr><th scope=\"row\">\(name)</th><td><code>\(value.tagged)</code></td><td></td></tr>"
    }
    let files = report.answer.identity.files.map { file -> HTML in
      """
      <tr><th scope="row">\(file.path)</th><td><code>\(file.digest.tagged)</code></td>\
      <td>\(file.byteCount)</td></tr>
      """
    }
    return """
      <table><thead><tr><th scope="col">Name</th><th scope="col">Digest</th>
      <th scope="col">Bytes</th></tr></thead><tbody>\(digests)\(files)</tbody></table>
      """
  }

  private static func policy(_ decision: CheckAnswer.Decision?) -> HTML {
    let packs = (decision?.packFiles ?? []).map { file -> HTML in
      "<tr><th scope=\"row\">\(file.name)</th><td><code>\(file.digest.tagged)</code></td></tr>"
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
