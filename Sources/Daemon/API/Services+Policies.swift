// /v1/policies: the policies of this state, by name: packs as objects with a member for each file.
// One that cannot be loaded, or that its own scenarios disprove, is refused. Each is kept whole,
// with its digest as entity tag, so that two people who edit one notice each other (RFC 9110,
// section 13.1.1).

import Audit
import Base
import Crypto
import HTTP
import Policy
import Store

extension Services {
  var policyRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/policies", scopes: [.read], summary: "policies by name",
        success: .inline(
          200, Schemas.object(["policies": Schemas.array(of: "PolicyInfo")], all: true)),
        isQuick: true
      ) { (_) throws(APIError) in
        let found = try read { (database) throws(Problem) in
          try database.query("SELECT name, digest FROM policies ORDER BY name") { row -> JSON in
            ["name": .string(row.text(0)), "digest": .string(row.text(1))]
          }
        }
        return .json(200, ["policies": .array(found)])
      },
      Route(
        method: .get, template: "/v1/policies/{name}", scopes: [.read], summary: "one policy",
        success: .schema(200, "PolicyInfo"), isQuick: true, handle: getPolicy),
      Route(
        method: .put, template: "/v1/policies/{name}", scopes: [.admin],
        summary: "store a policy; If-Match guards against lost updates",
        body: Self.packBody, success: .schema(200, "PolicyInfo"), bodyLimit: 1 << 20,
        handle: putPolicy),
    ]
  }

  /// An object with a member for each file of a pack.
  private static var packBody: JSON {
    var files: JSONObject = [:]
    for name in PackSource.fileNames { files[name] = ["type": "object"] }
    return ["type": "object", "properties": .object(files), "additionalProperties": false]
  }

  private func getPolicy(_ call: Call) throws(APIError) -> Response {
    let name = call.path("name")
    let found = try read { (database) throws(Problem) in
      try database.first("SELECT digest, document FROM policies WHERE name = ?", [.text(name)]) {
        (row) throws(Problem) in (row.text(0), try stored(row.blob(1)))
      }
    }
    guard let (digest, document) = found else { throw APIError.notFound("policy") }
    return .json(
      200, ["name": .string(name), "digest": .string(digest), "document": document],
      fields: [("ETag", "\"\(digest)\"")])
  }

  private func putPolicy(_ call: Call) throws(APIError) -> Response {
    let name = try Self.name(call.path("name"), at: "")
    let document = try call.json()
    guard let files = document.object else { throw APIError(BodyFault("", "an object is wanted")) }
    try Self.prove(name, files)
    let digest = SHA256.hash(document.canonicalBytes).tagged
    let expected = call.head.value(of: "if-match")
    let now = clock.now()
    enum Outcome: Sendable { case created, replaced, changedMeanwhile }
    let outcome = try write { (state) throws(Problem) -> Outcome in
      let known = try state.database.first(
        "SELECT digest FROM policies WHERE name = ?", [.text(name)]
      ) { $0.text(0) }
      if let known, known != digest {
        let isGuarded = expected.map { $0 == "*" || $0 == "\"\(known)\"" } ?? true
        guard isGuarded else { return .changedMeanwhile }
      } else if known == nil, let expected {
        return expected == "*" || !expected.isEmpty ? .changedMeanwhile : .created
      }
      try state.database.execute(
        """
        INSERT INTO policies(name, digest, document, updated_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT(name) DO UPDATE SET digest = ?2, document = ?3, updated_at = ?4
        """,
        [.text(name), .text(digest), .text(document.canonicalText), .text(now.rfc3339)])
      return known == nil ? .created : .replaced
    }
    switch outcome {
    case .changedMeanwhile:
      throw APIError(412, "policy_changed", "The policy is not the one If-Match names.")
    case .created, .replaced:
      return .json(
        outcome == .created ? 201 : 200, ["name": .string(name), "digest": .string(digest)],
        fields: [("ETag", "\"\(digest)\"")])
    }
  }

  /// Refuses what no check could use.
  private static func prove(_ name: String, _ files: JSONObject) throws(APIError) {
    guard name != "default" else {
      throw APIError(BodyFault("", "the name default stands for the shipped pack"))
    }
    do throws(Problem) {
      _ = try PolicyPack.load(PackSource(name: name, document: files))
    } catch {
      throw APIError(
        422, "policy_refused", error.reason,
        faults: [BodyFault(error.place ?? "", error.remedy ?? error.reason)])
    }
  }

  /// A name of a policy or a schedule.
  static func name(_ text: String, at pointer: String) throws(APIError) -> String {
    let bytes = Array(text.utf8)
    let isPlain = bytes.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }
    guard (1...64).contains(bytes.count), isPlain, bytes[0] != UInt8(ascii: "."),
      bytes[0] != UInt8(ascii: "-")
    else {
      throw APIError(
        BodyFault(
          pointer, "a name is 1 to 64 of a-z, 0-9, dot and dash, and begins with a letter or digit")
      )
    }
    return text
  }
}
