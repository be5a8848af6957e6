// Policies that were put over HTTP, for whoever runs jobs: the name a check gives is looked up when
// the check runs, and the digest of what was found stands in its result.

import Base
import Ledger
import Store

/// Reads the policies of a state.
public struct StoredPolicies: Sendable {
  private let reader: StateReader

  public init(state: StateDirectory) {
    reader = StateReader(path: state.databasePath)
  }

  /// The policy of this name as an object of files; nil if there is none.
  public func document(named name: String) throws(Problem) -> JSON? {
    let text = try reader.readOne { (database) throws(Problem) in
      try database.first("SELECT document FROM policies WHERE name = ?", [.text(name)]) {
        $0.text(0)
      }
    }
    guard let text else { return nil }
    do throws(JSONError) { return try JSON.parse(Array(text.utf8)) } catch {
      throw error.problem(file: "policy \(name)")
    }
  }
}
