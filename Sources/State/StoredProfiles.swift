// Profiles that were stored under a name: facts about an organisation, to be asked for by name.

import Base
import Crypto
import Store

/// A profile as it is stored.
public struct StoredProfile: Equatable, Sendable {
  public let name: String
  /// Facts about actor, request and service, in the form of a scenario.
  public let facts: JSON
  /// Of the canonical JSON of the facts.
  public let digest: Digest

  public init(name: String, facts: JSON) {
    self.name = name
    self.facts = facts
    digest = SHA256.hash(facts.canonicalBytes)
  }

  /// Whether a text can be a profile's name: 1 to 64 letters, digits, `.`, `_` and `-`, and not the
  /// name of a folder that every folder has.
  public static func isName(_ text: String) -> Bool {
    text != "." && text != ".." && (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
      }
  }
}

/// The table of stored profiles.
public enum StoredProfiles {
  public static func find(_ name: String, in database: Database) throws(Problem) -> StoredProfile? {
    let text = try database.first("SELECT document FROM profiles WHERE name = ?", [.text(name)]) {
      $0.text(0)
    }
    guard let text else { return nil }
    do throws(JSONError) {
      return StoredProfile(name: name, facts: try JSON.parse(Array(text.utf8)))
    } catch {
      throw error.problem(file: "profile \(name)")
    }
  }

  /// Every profile, by name.
  public static func all(in database: Database) throws(Problem) -> [StoredProfile] {
    let names = try database.query("SELECT name FROM profiles ORDER BY name") { $0.text(0) }
    var profiles: [StoredProfile] = []
    for name in names {
      if let profile = try find(name, in: database) { profiles.append(profile) }
    }
    return profiles
  }

  /// Stores a profile or replaces the one of its name; true if there was none.
  public static func put(
    _ profile: StoredProfile, at now: Instant, in database: Database
  ) throws(Problem) -> Bool {
    let isNew = try find(profile.name, in: database) == nil
    try database.execute(
      """
      INSERT INTO profiles(name, digest, document, updated_at) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT(name) DO UPDATE SET digest = ?2, document = ?3, updated_at = ?4
      """,
      [
        .text(profile.name), .text(profile.digest.tagged), .text(profile.facts.canonicalText),
        .text(now.rfc3339),
      ])
    return isNew
  }

  /// Whether there was one to remove.
  public static func remove(_ name: String, in database: Database) throws(Problem) -> Bool {
    try database.execute("DELETE FROM profiles WHERE name = ?", [.text(name)])
    return database.changedRowCount == 1
  }
}
