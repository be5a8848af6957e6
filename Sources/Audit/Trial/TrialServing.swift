// Handing out what a customer gets: the prompt and the served twin, and never the other one.
//
// A server of files: lines of JSON, for whoever delivers them. Refused until the commitment is in
// a ledger, and if any text or secret has changed since.

import Base
import Evidence

/// Serves a committed trial.
public struct TrialServing: Sendable {
  let trial: CommittedTrial

  public init(_ folder: TrialFolder) throws(Problem) { trial = try folder.committed() }

  /// The lines for a customer (the only one, if none is named): of one pair, or of all.
  public func lines(customer name: String?, index: Int?) throws(Problem) -> [JSON] {
    let commitment = trial.commitment(of: try trial.secret.customer(name))
    if let index, !trial.pairs.indices.contains(index) {
      throw Problem(
        .usage, "no_such_index", reason: "there is no pair \(index)",
        remedy: "indices run from 0 to \(trial.pairs.count - 1)")
    }
    let chosen = index.map { [trial.pairs[$0]] } ?? trial.pairs
    return chosen.map { $0.served(isB: commitment.servesB($0.index)) }
  }
}
