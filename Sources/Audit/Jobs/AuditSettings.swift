// What a state says about the one who asks: STATE/config.json.
//
//     profile    facts about actor, request and service, in the form of a scenario
//     policies   names of packs of the user's own: {"name": "directory"}
//
// An unknown key is an error: a misspelt setting that is ignored is a rule that is not applied.

import Base
import Ledger
import Policy

/// Settings of a state; without a state nothing is set.
struct AuditSettings: Sendable {
  var profile: JSON?
  private var packs: [String: String] = [:]

  init(_ state: StateDirectory?) throws(Problem) {
    guard let state, FileSystem.exists(state.configPath) else { return }
    let bytes = try FileSystem.read(state.configPath, limitBytes: 1 << 20)
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch {
      throw error.problem(file: state.configPath)
    }
    guard let object = json.object else {
      throw Self.problem(state.configPath, "an object is wanted")
    }
    for key in object.keys where !["profile", "policies"].contains(key) {
      throw Self.problem(state.configPath, "the key \"\(key)\" is not known")
    }
    profile = object["profile"]
    for (name, value) in object["policies"]?.object ?? [:] {
      guard let directory = value.string else {
        throw Self.problem(state.configPath, "policies/\(name) is not a directory's name")
      }
      packs[name] = directory
    }
  }

  /// The files of a pack of the user's.
  func source(named name: String) throws(Problem) -> PackSource {
    guard let directory = packs[name] else {
      throw Problem(
        .usage, "unknown_policy", place: name, reason: "there is no policy of this name",
        remedy: "name it in config.json of the state: {\"policies\":{\"\(name)\":\"DIR\"}}")
    }
    return try PackSource(directory: directory)
  }

  private static func problem(_ file: String, _ reason: String) -> Problem {
    Problem(
      .malformed, "bad_configuration", place: file, reason: reason,
      remedy: "known are profile and policies")
  }
}
