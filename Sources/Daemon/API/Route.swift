// A route as a value: method, path template, who may use it, what it takes and gives. The router
// and the OpenAPI document are both made from the same list, so neither can say what the other does
// not.

import Audit
import Base
import HTTP

/// One method of one path.
struct Route: Sendable {
  /// What the OpenAPI document says of the answer that a request gets when all is well.
  enum Success: Sendable {
    /// JSON of a named schema.
    case schema(Int, String)
    /// JSON of a schema that stands here alone.
    case inline(Int, JSON)
    /// Content of these media types.
    case content(Int, [String])
    case empty(Int)
  }

  let method: HTTP.Method
  /// `/v1/jobs/{id}`; a last part `{path}` in `Router.openEnded` takes any number of segments.
  let template: String
  /// Any of these is enough; none: no token is asked for.
  let scopes: Set<Scope>
  let summary: String
  var query: [QueryParameter] = []
  /// The schema of the JSON body; nil if there is none.
  var body: JSON?
  let success: Success
  /// Whether the answer is made on the loop's thread: for reads of a few rows.
  var isQuick = false
  var takesIdempotencyKey = false
  var bodyLimit = 4 << 20
  let handle: @Sendable (Call) throws(APIError) -> Response

  /// The parts of the template.
  var parts: [Substring] {
    template.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }
}

/// A parameter of the query string.
struct QueryParameter: Sendable {
  let name: String
  let schema: JSON
  var isRequired = false

  static let limit = QueryParameter(
    name: "limit", schema: ["type": "integer", "minimum": 1, "maximum": 500, "default": 50])
  static let cursor = QueryParameter(
    name: "cursor", schema: ["type": "string", "maxLength": 256])
}

/// One call of a route.
struct Call: Sendable {
  let request: Request
  let caller: Caller?
  let parameters: [String: String]
  /// The route's template, under which it is counted and its idempotency keys are kept.
  let template: String

  var head: RequestHead { request.head }
  var requestID: String { request.head.requestID }

  /// A parameter of the path.
  func path(_ name: String) -> String { parameters[name] ?? "" }

  /// The body as strict JSON.
  func json() throws(APIError) -> JSON {
    do throws(JSONError) {
      return try JSON.parse(request.body)
    } catch {
      throw APIError(
        400, "invalid_json", "The body is not JSON: \(error.reason) (byte \(error.offset)).")
    }
  }

  /// The one value of a query parameter.
  func query(_ name: String) throws(APIError) -> String? {
    guard let all = head.target.parameters else {
      throw APIError(400, "bad_query", "The query string cannot be decoded.")
    }
    let values = all.filter { $0.name == name }
    guard values.count <= 1 else {
      throw APIError(400, "bad_query", "The parameter \(name) is given twice.")
    }
    return values.first?.value
  }

  /// A whole number from the query.
  func number(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
    guard let text = try query(name) else { return nil }
    guard let number = Int(text), range.contains(number), text.utf8.first != UInt8(ascii: "+")
    else {
      throw APIError(
        422, "bad_parameter", "The parameter \(name) is not a whole number in its range.",
        faults: [BodyFault("", "the query parameter \(name)")])
    }
    return number
  }

  /// `limit` and `cursor` of a list that runs from the newest to the oldest number.
  func page() throws(APIError) -> (limit: Int, before: Int) {
    let limit = try number("limit", in: 1...500) ?? 50
    return (limit, try number("cursor", in: 0...Int.max) ?? Int.max)
  }
}
