// The named profiles of a state, for whoever edits them one by one: the command line.
//
// Promises: the same table that the API of the daemon writes; one change is one transaction, so two
// writers lose nothing of each other; a change that is refused leaves everything as it was.

import Base
import Ledger
import Policy
import Store

/// Names, finds, changes and removes profiles.
public final class ProfileBook {
  private let database: Database
  private let pack: PolicyPack

  public init(_ state: StateDirectory, pack: PolicyPack) throws(Problem) {
    database = try state.openDatabase()
    self.pack = pack
    try StateTables.migrate(database)
  }

  public func all() throws(Problem) -> [StoredProfile] { try StoredProfiles.all(in: database) }

  /// Throws `no_such_profile`.
  public func find(_ name: String) throws(Problem) -> StoredProfile {
    guard let found = try StoredProfiles.find(name, in: database) else { throw try none(name) }
    return found
  }

  /// Stores a profile under a name that is free. Throws `bad_name` and `profile_exists`.
  public func add(
    _ name: String, _ facts: JSON, at now: Instant
  ) throws(Problem) -> StoredProfile {
    try checkFree(name)
    try pack.check(profile: facts)
    let profile = StoredProfile(name: name, facts: facts)
    try database.transaction { () throws(Problem) in
      try checkFree(name)
      _ = try StoredProfiles.put(profile, at: now, in: database)
    }
    return profile
  }

  /// Throws if a profile of this name cannot be made.
  public func checkFree(_ name: String) throws(Problem) {
    guard StoredProfile.isName(name), name != "default" else {
      throw Problem(
        .usage, "bad_name", place: name,
        reason: "a profile's name is 1 to 64 letters, digits, dots, dashes; default is taken")
    }
    guard try StoredProfiles.find(name, in: database) == nil else {
      throw Problem(
        .usage, "profile_exists", place: name, reason: "there is a profile of this name",
        remedy: "change it with `assay profile set \(name) FACT=VALUE`")
    }
  }

  /// Changes facts of a profile.
  public func change(
    _ name: String, _ changes: [FactChange], at now: Instant
  ) throws(Problem) -> StoredProfile {
    try database.transaction { () throws(Problem) in
      let facts = try find(name).facts.profile(with: changes)
      try pack.check(profile: facts)
      let profile = StoredProfile(name: name, facts: facts)
      _ = try StoredProfiles.put(profile, at: now, in: database)
      return profile
    }
  }

  /// Throws `no_such_profile`.
  public func remove(_ name: String) throws(Problem) {
    guard try StoredProfiles.remove(name, in: database) else { throw try none(name) }
  }

  private func none(_ name: String) throws(Problem) -> Problem {
    let names = try all().map(\.name)
    let nearest = NearestWord.to(name, in: names)
    return Problem(
      .usage, "no_such_profile", place: name,
      reason: "there is no profile of this name" + (nearest.map { "; did you mean \($0)?" } ?? ""),
      remedy: "`assay profile list` shows them", details: ["known": JSON(names)])
  }
}
