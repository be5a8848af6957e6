// /v1/models, /v1/fingerprints: what the register and this machine know about models.

import Audit
import Base
import HTTP
import Register
import State
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
      ) { (call) throws(APIError) in .json(200, try model(call)) },
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

  /// The cursor of this list is the last digest of a page, without its tag.
  private func listModels(_ call: Call) throws(APIError) -> Response {
    try modelPage.answer(
      to: call.head.target.query ?? [], commitCount: { writer.commitCount },
      nowSeconds: WallClock.monotonicSeconds
    ) { () throws(APIError) in try makeModelPage(call) }
  }

  private func makeModelPage(_ call: Call) throws(APIError) -> Response {
    let limit = try call.number("limit", in: 1...500) ?? 50
    let cursor = try call.query("cursor") ?? ""
    guard cursor.isEmpty || Digest(hex: cursor) != nil else {
      throw APIError(422, "bad_parameter", "The cursor is not one this list gave.")
    }
    let page = try standing(forList: true) { (standing) throws(Problem) in
      let found = try standing.reader.checkedModels(
        after: "sha256:\(cursor)", limit: limit + 1)
      var shown: [JSON] = []
      for model in found.prefix(limit) { shown.append(try standing.json(model)) }
      let next = found.count > limit ? found[limit - 1].digest.hex : nil
      return (shown: shown, next: next)
    }
    return .json(200, ["models": .array(page.shown), "next": JSON(page.next)])
  }

  private func model(_ call: Call) throws(APIError) -> JSON {
    let digest = try call.digest()
    let found = try standing { (standing) throws(Problem) in
      try standing.reader.checkedModel(digest).map { model throws(Problem) in
        try standing.json(model)
      }
    }
    guard let found else { throw APIError.notFound("model") }
    return found
  }

  private func identity(_ call: Call) throws(APIError) -> Response {
    let digest = try call.digest()
    let place = try read { (database) throws(Problem) in try Places.find(digest, in: database) }
    guard let place else { throw APIError.notFound("model") }
    var object: JSONObject = ["digest": .string(digest.tagged)]
    for (key, value) in place.fingerprint?.object ?? [:] { object[key] = value }
    return .json(200, .object(object))
  }

  private func lineage(_ call: Call) throws(APIError) -> Response {
    let digest = try call.digest()
    let edges = try standing { (standing) throws(Problem) -> [JSON]? in
      guard try standing.reader.checkedModel(digest) != nil else { return nil }
      let lineage = try standing.reader.lineage(of: digest)
      var seen: Set<Int> = []
      return (lineage.ancestors + lineage.descendants)
        .filter { $0.retracted == nil && seen.insert($0.entry).inserted }.map(\.json)
    }
    guard let edges else { throw APIError.notFound("model") }
    return .json(200, ["digest": .string(digest.tagged), "edges": .array(edges)])
  }
}

extension Standing {
  fileprivate func json(_ model: CheckedModel) throws(Problem) -> JSON {
    let decision = try reader.newestDecision(of: model.digest).map { newest throws(Problem) in
      try apiJSON(try of(newest))
    }
    let place = try Places.find(model.digest, in: reader.connection)
    return [
      "digest": .string(model.digest.tagged), "name": .string(model.name),
      "path": .string(place?.path ?? ""), "first_seen": JSON(model.firstSeen),
      "last_checked": JSON(model.lastChecked), "decision": decision ?? .null,
    ]
  }
}

extension RecordedLineage.Edge {
  /// The edge with its entry and what it rests on.
  var json: JSON {
    var object = statement.edge.json.object ?? [:]
    object["relation"] = object["relation"] ?? .null
    object["ledger_index"] = JSON(entry)
    object["evidence"] = statement.evidence
    return .object(object)
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
