// The documents a finished job can be read as. The forms themselves are made by `Reports`; this
// names them and their media types.

import Base
import Crypto
import HTTP
import Reports

enum ReportFormat: String, CaseIterable, Sendable {
  case json, html, markdown, sarif, cyclonedx
  case cyclonedx17 = "cyclonedx-1.7"
  case spdx, vsa

  static let names = allCases.map(\.rawValue)
  static let mediaTypes = Set(allCases.map { String($0.mediaType.prefix { $0 != ";" }) }).sorted()

  var mediaType: String {
    switch self {
    case .json: "application/json"
    case .html: "text/html; charset=utf-8"
    case .markdown: "text/markdown; charset=utf-8"
    case .sarif: "application/sarif+json"
    case .cyclonedx: "application/vnd.cyclonedx+json; version=1.6"
    case .cyclonedx17: "application/vnd.cyclonedx+json; version=1.7"
    case .spdx: "application/spdx+json"
    case .vsa: "application/vnd.in-toto+json"
    }
  }
}

/// Makes the document of a finished job.
typealias ReportRenderer =
  @Sendable (_ job: JobRecord, _ result: JSON, _ format: ReportFormat) throws(APIError) -> Response

/// The job itself as JSON; a check in every format, a comparison and a report for people.
let renderJobReport: ReportRenderer = { (job, result, format) throws(APIError) in
  guard format != .json else {
    return Response(200, type: format.mediaType, body: job.json.canonicalBytes + [0x0A])
  }
  guard let bytes = document(job, result, format) else {
    throw APIError(
      404, "format_unavailable",
      "A job of the kind \(job.kind) cannot be read as \(format.rawValue).")
  }
  return Response(200, type: format.mediaType, body: bytes)
}

private func document(_ job: JobRecord, _ result: JSON, _ format: ReportFormat) -> [UInt8]? {
  switch (job.kind, format) {
  case ("check", _):
    let check = CheckSummary(
      result: result, path: job.request["path"]?.string ?? "", decidedAt: job.finishedAt ?? "",
      identity: SHA256.hash(result.canonicalBytes).bytes)
    return check.flatMap { document($0, format) }
  case ("comparison", .html): return ComparisonDocuments.page(result, time: job.finishedAt)
  case ("comparison", .markdown):
    return ComparisonDocuments.markdown(result, time: job.finishedAt)
  case ("report", .html): return result["report"].map(HTMLReport.page)
  case ("report", .markdown): return result["report"].map(ReportMarkdown.text)
  default: return nil
  }
}

private func document(_ check: CheckSummary, _ format: ReportFormat) -> [UInt8]? {
  let json: JSON
  switch format {
  case .html: return CheckPage.page(check)
  case .markdown: return CheckMarkdown.text(check)
  case .json: return nil
  case .sarif: json = SARIFLog.document(check)
  case .vsa: json = VerificationSummary.document(check)
  case .cyclonedx: json = CheckBOM.document(check, .v16)
  case .cyclonedx17: json = CheckBOM.document(check, .v17)
  case .spdx: json = CheckSPDX.document(check)
  }
  return json.canonicalBytes + [0x0A]
}
