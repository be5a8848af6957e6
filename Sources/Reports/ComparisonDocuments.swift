// One comparison as a page and as Markdown: what each line of evidence says of each reference.

import Base

public enum ComparisonDocuments {
  /// `result` is the answer of a comparison job.
  public static func page(_ result: JSON, time: String?) -> [UInt8] {
    let name = HTMLReport.text(result["suspect"]?["id"])
    let body: HTML = """
      <header><h1>Comparison of \(name)</h1>
      <p class="dim">Model <code>\(HTMLReport.text(result["suspect"]?["fingerprint"]))</code>, \
      compared at \(time ?? "a time that is not known").</p>
      <p>\(ComparisonTable.caution)</p></header>
      <main><section><h2>Evidence</h2>
      \(ComparisonTable.table(result["comparisons"]))</section></main>
      """
    return HTMLPage.document(title: "Assay: comparison of \(name)", body: body)
  }

  public static func markdown(_ result: JSON, time: String?) -> [UInt8] {
    let suspect = result["suspect"]
    let lines =
      [
        "# Comparison of \(Markdown.escaped(suspect?["id"]))", "",
        "Model \(Markdown.digest(HTMLReport.text(suspect?["fingerprint"]))), compared at "
          + "\(Markdown.escaped(time ?? "a time that is not known")).", "",
        ComparisonTable.caution, "",
      ] + table(result["comparisons"])
    return VisibleText.document(lines)
  }

  /// What each line of evidence says of each reference.
  static func table(_ comparisons: JSON?) -> [String] {
    let rows = (comparisons?.array ?? []).map { item -> [String] in
      [Markdown.escaped(item["reference"]?["id"])]
        + [item["weight_lineage"], item["output_descent"]].map { (line: JSON?) -> String in
          let relation = line?["relation"]?.string.map { ", \(Markdown.escaped($0))" } ?? ""
          return "**\(Markdown.escaped(line?["verdict"]))**\(relation). "
            + Markdown.escaped(line?["sentence"])
        }
    }
    return Markdown.table(["Against", "Weight lineage", "Output descent"], rows)
  }
}
