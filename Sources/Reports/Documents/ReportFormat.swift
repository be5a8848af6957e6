// The forms that an answer can be read in, the same for the command line and the API.

import Base
import Crypto

/// A form of a finished check, comparison or report.
public enum ReportFormat: String, CaseIterable, Sendable {
  case json, html, markdown, sarif, cyclonedx
  case cyclonedx17 = "cyclonedx-1.7"
  case spdx, vsa

  public static let names = allCases.map(\.rawValue)
  public static let mediaTypes = Set(
    allCases.map { String($0.mediaType.prefix { $0 != ";" }) }
  ).sorted()

  public var mediaType: String {
    switch self {
    case .json: "application/json"
    case .html: "text/html; charset=utf-8"
    case .markdown: "text/markdown; charset=utf-8"
    case .sarif: "application/sarif+json"
    case .cyclonedx: "application/vnd.cyclonedx+json; version=1.6"
    case .cyclonedx17: "application/vnd.cyclonedx+json; version=1.7"
    case .spdx: "application/spdx+json"
    case .vsa: "application/vnd.dsse.envelope.v1+json"
    }
  }
}

extension CheckSummary {
  /// The document of a check in a form; JSON is canonical and ends with a newline. Nil for `json`,
  /// which is the answer itself and no document about it.
  /// - Parameter key: signs a verification summary; throws `no_key` where one is wanted without.
  public func document(
    _ format: ReportFormat, signedBy key: ECDSA.PrivateKey?
  ) throws(Problem) -> [UInt8]? {
    let json: JSON
    switch format {
    case .html: return CheckPage.page(self)
    case .markdown: return CheckMarkdown.text(self)
    case .json: return nil
    case .sarif: json = SARIFLog.document(self)
    case .vsa:
      guard let key else {
        throw Problem(
          .usage, "no_key", reason: "a verification summary is signed, and there is no key",
          remedy: "make a state with `assay init --state DIR` and give --state DIR")
      }
      return try VerificationSummary.envelope(self, signedBy: key)
    case .cyclonedx: json = CheckBOM.document(self, .v16)
    case .cyclonedx17: json = CheckBOM.document(self, .v17)
    case .spdx: json = CheckSPDX.document(self)
    }
    return json.canonicalBytes + [0x0A]
  }
}
