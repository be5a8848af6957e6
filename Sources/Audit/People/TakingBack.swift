// Taking back what was stated: a declared edge, a conclusion with its edge, a waiver. The entries
// stay; from the retraction on they count no more.
//
// Only what this state's own key signed can be taken back, and no measurement: what `compare` found
// is no declaration.

import Base
import Crypto
import Ledger
import Register

/// Entries that somebody wants to take back.
public struct TakingBack: Sendable {
  public var entry: Int
  public var by: String
  public var reason: String

  public init(entry: Int, by: String, reason: String) {
    self.entry = entry
    self.by = by
    self.reason = reason
  }

  /// Takes back a declaration, or a conclusion and its edge, whichever of the two is named.
  /// Within the transaction that appends the statement.
  ///
  /// Throws `no_such_entry`, `not_an_edge`, `not_a_declaration`, `already_retracted`.
  public func edge(
    at time: Instant, key: ECDSA.PublicKey, in reader: RegisterReader
  ) throws(Problem) -> RetractionStatement {
    try checkEntry(reader)
    guard let edge = try reader.retractableEdge(entry: entry) else {
      throw refused("not_an_edge", "entry \(entry) states no edge")
    }
    guard edge.isDeclaration, edge.signer == key.identifier else {
      throw refused(
        "not_a_declaration",
        edge.isDeclaration
          ? "entry \(entry) was signed by another key" : "entry \(entry) was measured, not declared"
      )
    }
    guard !edge.isRetracted else {
      throw refused("already_retracted", "entry \(entry) was taken back before")
    }
    return RetractionStatement(
      target: .edge, entries: edge.entries, models: edge.models, by: by, reason: reason, time: time)
  }

  /// Withdraws a waiver. Throws `no_such_entry`, `not_a_waiver`, `already_withdrawn`.
  public func waiver(
    at time: Instant, key: ECDSA.PublicKey, in reader: RegisterReader
  ) throws(Problem) -> RetractionStatement {
    try checkEntry(reader)
    guard let waiver = try reader.withdrawableWaiver(entry: entry), waiver.signer == key.identifier
    else { throw refused("not_a_waiver", "entry \(entry) is no waiver of this state") }
    guard !waiver.isRetracted else {
      throw refused("already_withdrawn", "the waiver of entry \(entry) was withdrawn before")
    }
    return RetractionStatement(
      target: .waiver, entries: waiver.entries, models: waiver.models, by: by, reason: reason,
      time: time)
  }

  private func checkEntry(_ reader: RegisterReader) throws(Problem) {
    guard entry >= 0, entry < (try reader.size()) else {
      throw refused("no_such_entry", "the log has no entry \(entry)")
    }
  }

  private func refused(_ code: String, _ reason: String) -> Problem {
    Problem(
      .usage, code, place: "ledger entry \(entry)", reason: reason,
      remedy: "see `assay lineage show` or `assay decisions` for the entries")
  }
}
