// The documents a finished job can be read as. The forms themselves are made by `Reports`.

import Audit
import Base
import Crypto
import HTTP
import Ledger
import Reports

/// Makes the document of a finished job.
typealias ReportRenderer =
  @Sendable (_ job: JobRecord, _ result: JSON, _ format: ReportFormat) throws(APIError) -> Response

/// The job itself as JSON; a check in every format, a comparison and a report for people. What is
/// to be signed is signed with the state's key, which is read when it is needed.
func jobReportRenderer(of state: StateDirectory) -> ReportRenderer {
  { (job, result, format) throws(APIError) in
    try renderJobReport(job, result, format, state)
  }
}

private func renderJobReport(
  _ job: JobRecord, _ result: JSON, _ format: ReportFormat, _ state: StateDirectory
) throws(APIError) -> Response {
  guard format != .json else {
    return Response(200, type: format.mediaType, body: job.json.canonicalBytes + [0x0A])
  }
  var key: ECDSA.PrivateKey?
  if format == .vsa, job.kind == "check" {
    key = try translated { () throws(Problem) in
      try state.statementKey(passphrase: StateDirectory.passphrase())
    }
  }
  let bytes: [UInt8]?
  do throws(Problem) {
    bytes = try document(job, result, format, key)
  } catch {
    throw APIError(
      404, "format_unavailable", "The result of this job cannot be read: \(error.description)")
  }
  guard let bytes else {
    throw APIError(
      404, "format_unavailable",
      "A job of the kind \(job.kind) cannot be read as \(format.rawValue).")
  }
  return Response(200, type: format.mediaType, body: bytes)
}

/// Nil: there is no such document of such a job. Throws for a result that is none of its kind.
private func document(
  _ job: JobRecord, _ result: JSON, _ format: ReportFormat, _ key: ECDSA.PrivateKey?
) throws(Problem) -> [UInt8]? {
  switch (job.kind, format) {
  case ("check", _):
    let check = CheckSummary(
      try CheckAnswer(json: result), decidedAt: job.finishedAt ?? "",
      identity: SHA256.hash(result.canonicalBytes))
    return try check.document(format, signedBy: key)
  case ("comparison", .html):
    return ComparisonDocuments.page(
      try ComparisonOutcome.reports(jobResult: result), time: job.finishedAt)
  case ("comparison", .markdown):
    return ComparisonDocuments.markdown(
      try ComparisonOutcome.reports(jobResult: result), time: job.finishedAt)
  case ("report", .html): return HTMLReport.page(try AuditReport(jobResult: result))
  case ("report", .markdown): return ReportMarkdown.text(try AuditReport(jobResult: result))
  default: return nil
  }
}
