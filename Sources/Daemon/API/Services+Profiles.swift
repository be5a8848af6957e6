// /v1/profiles: facts about organisations, stored under a name, for checks that ask by it.

import Audit
import Base
import HTTP
import Policy
import State

extension Services {
  var profileRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/profiles", scopes: [.read], summary: "profiles by name",
        success: .inline(
          200, Schemas.object(["profiles": Schemas.array(of: "ProfileInfo")], all: true))
      ) { (_) throws(APIError) in
        let found = try read { (database) throws(Problem) in
          try StoredProfiles.all(in: database)
        }
        return .json(200, ["profiles": .array(found.map { Self.json($0, whole: false) })])
      },
      Route(
        method: .get, template: "/v1/profiles/{name}", scopes: [.read], summary: "one profile",
        success: .schema(200, "ProfileInfo")
      ) { (call) throws(APIError) in
        let name = call.path("name")
        let found = try read { (database) throws(Problem) in
          try StoredProfiles.find(name, in: database)
        }
        guard let found else { throw APIError.notFound("profile") }
        return .json(200, Self.json(found, whole: true))
      },
      Route(
        method: .put, template: "/v1/profiles/{name}", scopes: [.admin],
        summary: "store facts about an organisation; what rests on them is decided again",
        body: ["type": "object"], success: .schema(200, "ProfileInfo"), bodyLimit: 1 << 20,
        handle: putProfile),
      Route(
        method: .delete, template: "/v1/profiles/{name}", scopes: [.admin],
        summary: "remove a profile; decisions that rest on it stand no more", success: .empty(204)
      ) { (call) throws(APIError) in
        let name = call.path("name")
        let removed = try write { (state) throws(Problem) in
          try StoredProfiles.remove(name, in: state.database)
        }
        guard removed else { throw APIError.notFound("profile") }
        return Response(204)
      },
    ]
  }

  private static func json(_ profile: StoredProfile, whole: Bool) -> JSON {
    var object: JSONObject = [
      "name": .string(profile.name), "digest": .string(profile.digest.tagged),
    ]
    if whole { object["profile"] = profile.facts }
    return .object(object)
  }

  private func putProfile(_ call: Call) throws(APIError) -> Response {
    let name = call.path("name")
    guard StoredProfile.isName(name), name != "default" else {
      throw APIError(
        BodyFault("", "a name is 1 to 64 letters, digits, dots, dashes; default is taken"))
    }
    let facts = try call.json()
    try Self.check(profile: facts, at: "")
    let profile = StoredProfile(name: name, facts: facts)
    let now = clock.now()
    let isNew = try write { (state) throws(Problem) in
      try StoredProfiles.put(profile, at: now, in: state.database)
    }
    return .json(isNew ? 201 : 200, Self.json(profile, whole: true))
  }

  /// Refuses facts that do not fit the vocabulary, with their place below `pointer`.
  static func check(profile: JSON, at pointer: String) throws(APIError) {
    do throws(Problem) { try PolicyPack.shipped().check(profile: profile) } catch {
      throw APIError(BodyFault(pointer + (error.place ?? ""), error.reason))
    }
  }
}
