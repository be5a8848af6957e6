// /v1/decisions: the register as the API shows it, with the state of each decision today.

import Audit
import Base
import HTTP
import Register

extension Services {
  var decisionRoutes: [Route] {
    [
      Route(
        method: .get, template: "/v1/decisions", scopes: [.read],
        summary: "decisions, newest first",
        query: [
          QueryParameter(name: "model", schema: Schemas.reference("Digest")),
          QueryParameter(name: "state", schema: Schemas.reference("DecisionState")), .limit,
          .cursor,
        ],
        success: .inline(200, Schemas.list("decisions", of: "Decision")),
        handle: listDecisions),
      Route(
        method: .get, template: "/v1/decisions/{id}", scopes: [.read], summary: "one decision",
        success: .schema(200, "Decision")
      ) { (call) throws(APIError) in
        let id = call.path("id")
        let found = try standing { (standing) throws(Problem) in
          try standing.reader.decision(id: id).map { decision throws(Problem) in
            try standing.apiJSON(try standing.of(decision))
          }
        }
        guard let found else { throw APIError.notFound("decision") }
        return .json(200, found)
      },
    ]
  }

  private func listDecisions(_ call: Call) throws(APIError) -> Response {
    let (limit, before) = try call.page()
    var model: Digest?
    if let text = try call.query("model") {
      guard let digest = Digest(tagged: text) else {
        throw APIError(422, "bad_parameter", "The parameter model is not a digest.")
      }
      model = digest
    }
    var state: DecisionState?
    if let text = try call.query("state") {
      guard let word = DecisionState(rawValue: text) else {
        throw APIError(422, "bad_parameter", "The parameter state is not a state of a decision.")
      }
      state = word
    }
    let (wanted, about) = (state, model)
    let found = try standing { (standing) throws(Problem) in
      try standing.page(of: about, in: wanted, before: before, limit: limit)
    }
    return .json(
      200,
      ["decisions": .array(found.decisions), "next": JSON(found.next.map { String($0) })])
  }
}

extension Standing {
  /// Decisions before an entry, newest first, and where the next page begins. Of those in one
  /// state, since the state is not stored, so many are looked at that the page is full.
  fileprivate func page(
    of model: Digest?, in state: DecisionState?, before entry: Int, limit: Int
  ) throws(Problem) -> (decisions: [JSON], next: Int?) {
    var shown: [JSON] = []
    var before = entry
    while true {
      let batch = try reader.decisions(of: model, before: before, limit: 200)
      for decision in batch {
        guard shown.count < limit else { return (shown, before) }
        let standing = try of(decision)
        before = decision.entry
        if state == nil || standing.state == state { shown.append(try apiJSON(standing)) }
      }
      guard batch.count == 200 else { return (shown, nil) }
    }
  }

  /// A decision with the waivers that stand for its model.
  func apiJSON(_ standing: StandingDecision) throws(Problem) -> JSON {
    var object = standing.apiJSON
    object["waivers"] = .array(
      try reader.standingWaivers(for: standing.decision.check.model).map(\.json))
    return .object(object)
  }
}
