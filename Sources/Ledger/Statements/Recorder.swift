// From the statements a job hands back to entries of the ledger.

import Base
import Crypto

/// Signs statements and appends them.
public struct Recorder: Sendable {
  let state: StateDirectory

  public init(state: StateDirectory) { self.state = state }

  /// Signs the statements with the state's key and appends them in one transaction.
  @discardableResult
  public func record(_ statements: [JobStatement]) throws(Problem) -> [Receipt] {
    try append(try signed(statements))
  }

  /// The statements, signed with the state's key.
  public func signed(_ statements: [JobStatement]) throws(Problem) -> [[UInt8]] {
    guard !statements.isEmpty else { return [] }
    let key = try state.statementKey(passphrase: try StateDirectory.passphrase())
    return try Self.entries(statements, key: key)
  }

  /// Appends signed statements in one transaction.
  public func append(_ entries: [[UInt8]]) throws(Problem) -> [Receipt] {
    guard !entries.isEmpty else { return [] }
    return try state.openLedger(passphrase: try StateDirectory.passphrase()).append(entries)
  }

  /// Signed entries, for whoever appends them in a transaction of its own.
  public static func entries(
    _ statements: [JobStatement], key: ECDSA.PrivateKey
  ) throws(Problem) -> [[UInt8]] {
    try statements.map { statement throws(Problem) in
      try statement.inToto.signed(by: key).bytes
    }
  }
}

extension JobStatement {
  /// The in-toto statement.
  public var inToto: Statement {
    Statement(
      subjects: subjects.map { .init(name: $0.name, sha256: $0.digest) },
      predicateType: predicateType, predicate: predicate)
  }

  /// An edge as a statement; its child must be named by digest.
  public init(_ lineage: LineageStatement) throws(Problem) {
    let statement = try lineage.statement()
    self.init(
      predicateType: statement.predicateType,
      subjects: statement.subjects.compactMap { subject in
        subject.sha256.map { .init(name: subject.name ?? $0.tagged, digest: $0) }
      },
      predicate: statement.predicate)
  }
}
