// /v1/models, /v1/fingerprints, /v1/decisions: what the state knows about models.

import Base
import HTTP
import Store

extension Services {
  var modelRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/models", scopes: [.read], summary: "models that were checked",
        query: [.limit, .cursor], success: .inline(200, Schemas.list("models", of: "Model")),
        isQuick: true, handle: listModels),
      Route(
        method: .get, template: "/v1/models/{digest}", scopes: [.read], summary: "one model",
        success: .schema(200, "Model"), isQuick: true
      ) { (call) throws(APIError) in .json(200, try model(call).json) },
      Route(
        method: .get, template: "/v1/models/{digest}/lineage", scopes: [.read],
        summary: "the edges the ledger knows to and from a model",
        success: .schema(200, "Lineage"), handle: lineage),
      Route(
        method: .get, template: "/v1/fingerprints/{digest}", scopes: [.read],
        summary: "the identity of a model in full",
        success: .inline(
          200,
          [
            "type": "object", "required": ["digest"],
            "properties": ["digest": Schemas.reference("Digest")],
          ]), isQuick: true, handle: identity),
    ]
  }

  private struct ModelRow: Sendable {
    let digest: String
    let path: String
    let firstSeen: String
    let lastChecked: String
    let fingerprint: [UInt8]?
    let decision: DecisionRecord?

    var json: JSON {
      [
        "digest": .string(digest), "path": .string(path), "first_seen": .string(firstSeen),
        "last_checked": .string(lastChecked), "decision": decision?.json ?? .null,
      ]
    }
  }

  private static func row(_ row: Row, in database: Database) throws(Problem) -> ModelRow {
    var decision: DecisionRecord?
    if let id = row.optionalText(5) {
      decision = try DecisionTable.find(id: id, in: database)
    }
    return ModelRow(
      digest: row.text(0), path: row.text(1), firstSeen: row.text(2), lastChecked: row.text(3),
      fingerprint: row.optionalBlob(4), decision: decision)
  }

  private static let columns = "digest, path, first_seen, last_checked, fingerprint, decision"

  /// The cursor of this list is the last digest of a page, without its tag.
  private func listModels(_ call: Call) throws(APIError) -> Response {
    let limit = try call.number("limit", in: 1...500) ?? 50
    let cursor = try call.query("cursor") ?? ""
    guard cursor.isEmpty || Digest(hex: cursor) != nil else {
      throw APIError(422, "bad_parameter", "The cursor is not one this list gave.")
    }
    let rows = try read { (database) throws(Problem) in
      try database.query(
        "SELECT \(Self.columns) FROM models WHERE digest > ? ORDER BY digest LIMIT ?",
        [.text("sha256:\(cursor)"), .int(limit + 1)]
      ) { (row) throws(Problem) in try Self.row(row, in: database) }
    }
    let shown = rows.prefix(limit)
    let next = rows.count > limit ? shown.last.map { String($0.digest.dropFirst(7)) } : nil
    return .json(200, ["models": .array(shown.map(\.json)), "next": JSON(next)])
  }

  private func model(_ call: Call) throws(APIError) -> ModelRow {
    let digest = try call.digest()
    let found = try read { (database) throws(Problem) in
      try database.first(
        "SELECT \(Self.columns) FROM models WHERE digest = ?", [.text(digest.tagged)]
      ) { (row) throws(Problem) in try Self.row(row, in: database) }
    }
    guard let found else { throw APIError.notFound("model") }
    return found
  }

  private func identity(_ call: Call) throws(APIError) -> Response {
    let model = try model(call)
    var object: JSONObject = ["digest": .string(model.digest)]
    if let bytes = model.fingerprint {
      let fingerprint = try translated { () throws(Problem) in try stored(bytes) }
      for (key, value) in fingerprint.object ?? [:] { object[key] = value }
    }
    return .json(200, .object(object))
  }

  private func lineage(_ call: Call) throws(APIError) -> Response {
    let digest = try call.digest()
    _ = try model(call)
    let edges = try write { (state) throws(Problem) in try state.edges(of: digest) }
    return .json(200, ["digest": .string(digest.tagged), "edges": .array(edges)])
  }
}

extension Call {
  /// The digest in the path.
  func digest() throws(APIError) -> Digest {
    guard let digest = Digest(tagged: path("digest")) else {
      throw APIError(
        422, "bad_digest", "A digest is sha256: and 64 lower-case hexadecimal digits.")
    }
    return digest
  }
}
