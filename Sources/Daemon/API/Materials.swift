// The bills of materials of a finished check: CycloneDX and SPDX.

import Base
import Crypto
import Reports

extension Services {
  /// Nil for other formats, and for jobs that are no checks.
  static func materials(of job: JobRecord, _ result: JSON, _ format: ReportFormat) -> [UInt8]? {
    guard job.kind == "check",
      let check = CheckSummary(
        result: result, path: job.request["path"]?.string ?? "", decidedAt: job.finishedAt ?? "",
        identity: SHA256.hash(result.canonicalBytes).bytes)
    else { return nil }
    let document: JSON
    switch format {
    case .cyclonedx: document = CheckBOM.document(check, .v16)
    case .cyclonedx17: document = CheckBOM.document(check, .v17)
    case .spdx: document = CheckSPDX.document(check)
    case .json, .html, .markdown, .sarif, .vsa: return nil
    }
    return document.canonicalBytes + [0x0A]
  }
}
