// The names of packs as decisions bear them, for whoever types one.
//
// Promises: each once, the shipped pack first and the others sorted by bytes. A pack that cannot be
// read has no name. Does not: prove the packs.

import Base
import Ledger
import Policy

/// Names of packs.
public enum PolicyNames {
  /// Of the shipped pack, of those that are stored in a state, and of those that its configuration
  /// names; without a state the first alone.
  public static func all(of state: StateDirectory?) throws(Problem) -> [String] {
    let shipped = try PolicyPack.shipped().name
    guard let state else { return [shipped] }
    let database = try state.openDatabase()
    try StateTables.migrate(database)
    let stored = try StoredPolicies.names(in: database).compactMap { name in
      try? StoredPolicies.source(named: name, in: database)
    }
    let configured = try StateSettings(state).packs.values
      .filter { FileSystem.kind(of: $0) == .directory }
      .compactMap { try? PackSource(directory: $0) }
    let own = (stored + configured).compactMap { try? PolicyPack.name(of: $0) }
    let names = Set(own.map { ByteName($0) }).subtracting([ByteName(shipped)])
    return [shipped] + names.sorted().map(\.text)
  }
}
