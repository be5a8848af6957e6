// The documents under test, and the small answer that the golden files were made of.

import Base
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

  func bytes(_ report: CheckReport) -> [UInt8] {
    switch self {
    case .html: CheckPage.page(report)
    case .markdown: CheckMarkdown.text(report)
    case .sarif: pretty(SARIFLog.document(report))
    case .cyclonedx: pretty(CycloneDX.document(report, version: .v1_6))
    case .cyclonedx17: pretty(CycloneDX.document(report, version: .v1_7))
    case .spdx: pretty(SPDXDocument.document(report))
    case .vsa: pretty(VerificationSummary.document(report))
    }
  }

  private func pretty(_ json: JSON) -> [UInt8] { Array((json.prettyText + "\n").utf8) }
}

let goldenFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

/// The answer behind the golden files: one signed, one declared and one suspected edge.
func goldenReport(time: String? = "2026-11-25T12:34:56.789Z") throws -> CheckReport {
  let bytes = try Data(contentsOf: goldenFolder.appending(path: "check.json"))
  return try #require(CheckReport(try JSON.parse(Array(bytes)), time: time))
}

/// The same answer with other members.
func report(_ changes: JSONObject) throws -> CheckReport {
  var object = try #require(try goldenReport().result.object)
  for (key, value) in changes { object[key] = value }
  return try #require(CheckReport(.object(object), time: "2026-11-25T12:34:56Z"))
}
