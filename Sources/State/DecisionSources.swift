// What decisions rest on outside the log, as it is now: the packs, the profiles, the day, and the
// catalogue that licences are recognised with.
//
// Promises: a source that is gone is nil, never something else of the same name; each file is read
// at most once for one value of this type, so that one pass over many decisions sees one state.
// Does not: keep anything between passes except packs that were proven, by their digest.

import Base
import Crypto
import Ledger
import Policy
import Store

/// The packs and profiles of a state at one moment.
public final class DecisionSources {
  /// The day that is asked for.
  public let today: CalendarDay
  /// Of the texts and tables that licences are recognised with.
  public let catalogue: Digest
  public let settings: StateSettings
  private let database: Database?
  private var files: [PolicySourceKey: PackSource?] = [:]
  private var digests: [PolicySourceKey: Digest?] = [:]
  private var profiles: [String: StoredProfile?] = [:]

  /// - Parameter database: the state's, with the tables of this module; nil without a state.
  public convenience init(
    state: StateDirectory?, database: Database?, today: CalendarDay, catalogue: Digest
  ) throws(Problem) {
    self.init(
      settings: try StateSettings(state), database: database, today: today, catalogue: catalogue)
  }

  /// With settings that were read a moment ago.
  public init(
    settings: StateSettings, database: Database?, today: CalendarDay, catalogue: Digest
  ) {
    self.settings = settings
    self.database = database
    self.today = today
    self.catalogue = catalogue
  }

  // MARK: Packs

  /// Where the pack of a name comes from: `default` is the shipped one, a stored pack goes before
  /// one that the configuration names. Throws `unknown_policy`.
  public func policySource(named name: String?) throws(Problem) -> PolicyReference.Source {
    guard let name, name != "default" else { return .shipped }
    if try source(.stored(name)) != nil { return .stored(name) }
    if settings.packs[name] != nil { return .configured(name) }
    throw Problem(
      .usage, "unknown_policy", place: name, reason: "there is no policy of this name",
      remedy: "name it in config.json of the state: {\"policies\":{\"\(name)\":\"DIR\"}}")
  }

  /// The pack of a source, loaded and proven. Throws `unknown_policy` if it is gone.
  /// - Parameter name: how a message names the source; its own name if it is left out.
  public func pack(
    _ source: PolicyReference.Source, named name: String? = nil
  ) throws(Problem) -> PolicyPack {
    guard source != .shipped else { return try PolicyPack.shipped() }
    guard let files = try self.source(source) else {
      throw Problem(
        .usage, "unknown_policy", place: name ?? PolicySourceKey(source).place,
        reason: "the policy that the decision rests on is not there any more",
        remedy: "put it back, or check the model under another one")
    }
    return try PolicyPackCache.shared.pack(files)
  }

  /// The digest that the pack of a source has now; nil if it is gone or cannot be read.
  public func policyDigest(_ source: PolicyReference.Source) -> Digest? {
    let key = PolicySourceKey(source)
    if let known = digests[key] { return known }
    let digest: Digest?
    if source == .shipped {
      digest = PolicyPack.shippedDigest
    } else {
      let files = (try? self.source(source)) ?? nil
      digest = files.flatMap { try? PolicyPack.digest(of: $0) }
    }
    digests[key] = .some(digest)
    return digest
  }

  private func source(_ source: PolicyReference.Source) throws(Problem) -> PackSource? {
    let key = PolicySourceKey(source)
    if let known = files[key] { return known }
    let found: PackSource?
    switch source {
    case .shipped: found = nil
    case .stored(let name):
      found = try database.flatMap { database throws(Problem) in
        try StoredPolicies.source(named: name, in: database)
      }
    case .configured(let name): found = try directory(settings.packs[name])
    case .directory(let path): found = try directory(path)
    }
    files[key] = .some(found)
    return found
  }

  private func directory(_ path: String?) throws(Problem) -> PackSource? {
    guard let path, FileSystem.kind(of: path) == .directory else { return nil }
    return try PackSource(directory: path)
  }

  // MARK: Profiles

  /// The profile that counts if a question brings none: `profile` of config.json.
  public var defaultProfile: Profile? {
    settings.profile.map { Profile(name: "default", facts: $0, source: .configuration) }
  }

  /// A stored profile; throws `unknown_profile`.
  public func storedProfile(_ name: String) throws(Problem) -> Profile {
    guard let stored = try stored(name) else {
      throw Problem(
        .usage, "unknown_profile", place: name, reason: "there is no profile of this name",
        remedy: "store it with PUT /v1/profiles/\(name), or give a file with --profile")
    }
    return Profile(name: name, facts: stored.facts, source: .stored)
  }

  /// The profile that a decision made with `reference` rests on, as it is now. Nil: none; for a
  /// profile that came with the question, its facts are in the blob of its digest.
  public func currentProfile(_ reference: ProfileReference?) throws(Problem) -> Profile? {
    switch reference?.source {
    case nil, .configuration: defaultProfile
    case .stored:
      try reference.flatMap { reference throws(Problem) in
        try stored(reference.name).map {
          Profile(name: reference.name, facts: $0.facts, source: .stored)
        }
      }
    case .given: nil
    }
  }

  private func stored(_ name: String) throws(Problem) -> StoredProfile? {
    if let known = profiles[name] { return known }
    let found = try database.flatMap { database throws(Problem) in
      try StoredProfiles.find(name, in: database)
    }
    profiles[name] = .some(found)
    return found
  }
}

/// Facts about the one who asks, and where they come from.
public struct Profile: Equatable, Sendable {
  public let reference: ProfileReference
  /// In the form of a scenario.
  public let facts: JSON

  public init(name: String, facts: JSON, source: ProfileReference.Source) {
    self.facts = facts
    reference = ProfileReference(
      name: name, digest: SHA256.hash(facts.canonicalBytes), source: source)
  }
}

extension Profile {
  /// A profile that a question changes. It bears a name of its own, so that what is decided for it
  /// never passes for a decision about the profile as it is.
  public init(_ base: Profile?, with changes: [FactChange]) {
    let words = changes.map(\.words).joined(separator: ", ")
    let name = base.map { "\($0.reference.name) with \(words)" } ?? words
    self.init(
      name: name, facts: (base?.facts ?? .emptyProfile).profile(with: changes), source: .given)
  }
}

/// A source as a key of a dictionary.
private struct PolicySourceKey: Hashable {
  let kind: Int
  let place: String

  init(_ source: PolicyReference.Source) {
    switch source {
    case .shipped: (kind, place) = (0, "shipped")
    case .stored(let name): (kind, place) = (1, name)
    case .configured(let name): (kind, place) = (2, name)
    case .directory(let path): (kind, place) = (3, path)
    }
  }
}
