// Documents are compared with files that were read by people and by the validators of each
// format. ASSAY_GOLDEN=1 writes them anew; the change is then for a reviewer to read.

import Base
import Crypto
import Foundation
import Testing

@testable import Reports

@Suite("Documents of a check")
struct GoldenTests {
  @Test("A document is its golden file, byte for byte", arguments: Documents.allCases)
  func golden(_ document: Documents) throws {
    let file = goldenFolder.appending(path: document.rawValue)
    let bytes = document.bytes(try goldenReport())
    if ProcessInfo.processInfo.environment["ASSAY_GOLDEN"] == "1" {
      try Data(bytes).write(to: file)
    }
    #expect(try bytes == Array(Data(contentsOf: file)))
  }

  @Test("Serial and document identifiers change with the time and with the answer")
  func identifiers() throws {
    let first = try goldenReport()
    let later = try goldenReport(time: "2026-11-25T12:34:57Z")
    let other = try report(["verdict": "review"])
    let serials = [first, later, other].map {
      CheckBOM.document($0, .v16)["serialNumber"]?.string ?? ""
    }
    #expect(Set(serials).count == 3)
    #expect(try goldenReport().uuid(for: "spdx") == first.uuid(for: "spdx"))
    #expect(first.uuid(for: "spdx") != first.uuid(for: "sarif"))
    let digits = Array(first.uuid(for: "spdx"))
    #expect(digits.count == 36 && digits[14] == "8" && "89ab".contains(digits[19]))
  }

  @Test("Without a time the day of the answer stands")
  func day() throws {
    #expect(try goldenReport(time: "").time == "2026-11-25T00:00:00Z")
  }

  @Test("What is not the answer of a check makes no document")
  func other() {
    #expect(throws: Problem.self) { try summary(["comparisons": []], time: "") }
    #expect(throws: Problem.self) { try report(["model": "sha256:0"]) }
  }

  @Test("The answer itself is no document about it, every other form is one")
  func forms() throws {
    let report = try goldenReport()
    let key = try ECDSA.PrivateKey.generate()
    for format in ReportFormat.allCases {
      let document = try report.document(format, signedBy: key)
      #expect((document == nil) == (format == .json), "\(format)")
    }
  }

  @Test("A verification summary is an envelope over the statement, and needs a key")
  func signed() throws {
    let report = try goldenReport()
    let key = try ECDSA.PrivateKey.generate()
    let bytes = try #require(try report.document(.vsa, signedBy: key))
    let envelope = try Envelope(parsing: bytes)
    let payload = try #require(envelope.verified(by: [key.publicKey]))
    #expect(payload.bytes == VerificationSummary.document(report).canonicalBytes)
    #expect(payload.type == Statement.payloadType)
    let other = try ECDSA.PrivateKey.generate()
    #expect(envelope.verified(by: [other.publicKey]) == nil)
    let problem = #expect(throws: Problem.self) { try report.document(.vsa, signedBy: nil) }
    #expect(problem?.code == "no_key" && problem?.remedy?.contains("assay init") == true)
  }
}
