// The documents under test, and the small answer that the golden files were made of.

import Audit
import Base
import Crypto
import Foundation
import Testing

@testable import Reports

/// Every document that a check can be read as, by the name of its golden file.
enum Documents: String, CaseIterable {
  case html = "check.html"
  case markdown = "check.md"
  case sarif = "check.sarif.json"
  case cyclonedx = "check.cdx-1.6.json"
  case cyclonedx17 = "check.cdx-1.7.json"
  case spdx = "check.spdx.json"
  case vsa = "check.vsa.json"

  static let json: [Documents] = [.sarif, .cyclonedx, .cyclonedx17, .spdx, .vsa]

  func bytes(_ report: CheckSummary) -> [UInt8] {
    switch self {
    case .html: CheckPage.page(report)
    case .markdown: CheckMarkdown.text(report)
    case .sarif: pretty(SARIFLog.document(report))
    case .cyclonedx: pretty(CheckBOM.document(report, .v16))
    case .cyclonedx17: pretty(CheckBOM.document(report, .v17))
    case .spdx: pretty(CheckSPDX.document(report))
    case .vsa: pretty(VerificationSummary.document(report))
    }
  }

  private func pretty(_ json: JSON) -> [UInt8] { Array((json.prettyText + "\n").utf8) }
}

let goldenFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

/// The answer behind the golden files: one signed, one declared and one suspected edge.
func goldenAnswer() throws -> JSONObject {
  let bytes = try Data(contentsOf: goldenFolder.appending(path: "check.json"))
  return try #require(try JSON.parse(Array(bytes)).object)
}

/// The golden answer at a time.
func goldenReport(time: String = "2026-11-25T12:34:56.789Z") throws -> CheckSummary {
  try summary(.object(goldenAnswer()), time: time)
}

/// The same answer with other members.
func report(_ changes: JSONObject) throws -> CheckSummary {
  try summary(.object(goldenAnswer().merging(changes)), time: "2026-11-25T12:34:56Z")
}

/// As the daemon makes it.
func summary(_ result: JSON, time: String) throws -> CheckSummary {
  CheckSummary(
    try CheckAnswer(json: result), decidedAt: time, identity: SHA256.hash(result.canonicalBytes))
}
