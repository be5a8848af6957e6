// The documents that are made of a report.

import Audit
import Base
import Ledger

public enum ReportDocuments {
  /// `report.html`, `report.md` and `report.json`; the JSON is canonical, so that equal reports are
  /// equal bytes.
  public static func of(_ report: AuditReport) -> [ReportDocument] {
    [
      ReportDocument(name: "report.html", bytes: HTMLReport.page(report)),
      ReportDocument(name: "report.md", bytes: ReportMarkdown.text(report)),
      ReportDocument(name: "report.json", bytes: report.json.canonicalBytes + [0x0A]),
    ]
  }
}
