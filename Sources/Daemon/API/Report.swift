// The documents a finished job can be read as. The forms themselves are made by `Reports`; this
// names them and their media types.

import Base
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

/// The renderers there are.
let renderJobReport: ReportRenderer = { (job, result, format) throws(APIError) in
  guard format == .json else {
    throw APIError(
      404, "format_unavailable", "This program does not make reports of this format.")
  }
  return Response(200, type: format.mediaType, body: job.json.canonicalBytes + [0x0A])
}
