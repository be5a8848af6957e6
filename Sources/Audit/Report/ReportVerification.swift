// `verify report`: is this file a report that a signed entry of the ledger names?

import Base
import Crypto
import Ledger

/// What was found about a report's file.
public struct VerifiedReport: Equatable, Sendable {
  public let digest: Digest
  /// The entry that names it, if a trusted key signed one.
  public let ledgerIndex: Int?
  /// The checkpoint that the report stands on.
  public let checkpoint: ReportCheckpoint?

  public var isVerified: Bool { ledgerIndex != nil }

  public var json: JSON {
    [
      "ok": .bool(isVerified), "sha256": .string(digest.tagged),
      "ledger_index": ledgerIndex.map { JSON($0) } ?? .null,
      "checkpoint": checkpoint?.json ?? .null,
    ]
  }
}

/// Looks a report up in the ledger of a state.
public struct ReportVerification: Sendable {
  let state: StateDirectory

  public init(state: StateDirectory) { self.state = state }

  static let reportBytesMax = 256 << 20

  /// Hashes the file and looks for the statement that names its digest.
  public func check(_ path: String) throws(Problem) -> VerifiedReport {
    let bytes = try FileSystem.read(path, limitBytes: Self.reportBytesMax)
    let digest = SHA256.hash(bytes)
    let named = try state.openLedger().newestStatement(
      .report, about: digest, trusted: try state.trustedKeys())
    return VerifiedReport(
      digest: digest, ledgerIndex: named?.index,
      checkpoint: try named.map { named throws(Problem) in
        try ReportStatement(named.statement).checkpoint
      })
  }
}
