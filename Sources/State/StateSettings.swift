// What a state says about the one who asks and about its gates: STATE/config.json.
//
//     profile    facts about actor, request and service, in the form of a scenario
//     policies   names of packs of the user's own: {"name": "directory"}
//     gate       {"policy"?: name, "profile"?: name}: decisions under these alone open a gate
//
// Read anew whenever it is asked for, so an edit counts at once. An unknown key is an error: a
// misspelt setting that is ignored is a rule that is not applied.

import Base
import Ledger
import Policy

/// Settings of a state; without a state nothing is set.
public struct StateSettings: Equatable, Sendable {
  /// Facts about the one who asks; nil: nothing is said.
  public private(set) var profile: JSON?
  /// Directories of the user's own packs, by name.
  public private(set) var packs: [String: String] = [:]
  /// What gates demand of a decision.
  public private(set) var gate = GateDemand()

  /// Throws for a file that is no configuration.
  public init(_ state: StateDirectory?) throws(Problem) {
    guard let state, FileSystem.exists(state.configPath) else { return }
    let file = state.configPath
    let bytes = try FileSystem.read(file, limitBytes: 1 << 20)
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch { throw error.problem(file: file) }
    guard let object = json.object else { throw Self.problem(file, "an object is wanted") }
    for key in object.keys where !["profile", "policies", "gate"].contains(key) {
      throw Self.problem(file, "the key \"\(key)\" is not known")
    }
    if let profile = object["profile"], !profile.isNull {
      guard profile.object != nil else { throw Self.problem(file, "profile is not an object") }
      self.profile = profile
    }
    let policies = object["policies"] ?? .null
    guard policies.isNull || policies.object != nil else {
      throw Self.problem(file, "policies is not {name: directory}")
    }
    for (name, value) in policies.object ?? [:] {
      guard let directory = value.string else {
        throw Self.problem(file, "policies/\(name) is not a directory's name")
      }
      packs[name] = directory
    }
    if let gate = object["gate"], !gate.isNull {
      guard let demand = GateDemand(json: gate) else {
        throw Self.problem(file, "gate is not {\"policy\"?: name, \"profile\"?: name}")
      }
      self.gate = demand
    }
  }

  private static func problem(_ file: String, _ reason: String) -> Problem {
    Problem(
      .malformed, "bad_configuration", place: file, reason: reason,
      remedy: "known are profile, policies and gate")
  }
}

/// Under which rules and for whom a decision must have been made to open a gate; nil: any.
public struct GateDemand: Equatable, Sendable {
  /// The name of the pack, as decisions name it.
  public var policy: String?
  /// The name of the profile.
  public var profile: String?

  public init(policy: String? = nil, profile: String? = nil) {
    self.policy = policy
    self.profile = profile
  }

  init?(json: JSON) {
    guard let object = json.object else { return nil }
    for (key, value) in object {
      guard let name = value.string, !name.isEmpty else { return nil }
      switch key {
      case "policy": policy = name
      case "profile": profile = name
      default: return nil
      }
    }
  }
}
