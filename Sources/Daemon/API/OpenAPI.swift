// The API's description (OpenAPI 3.1), made from the routes themselves, once, at the start.

import Base
import HTTP

enum OpenAPI {
  static func document(of routes: [Route]) -> JSON {
    var paths = JSONObject()
    for route in routes where route.template.hasPrefix("/ui") == false {
      var item = paths[route.template]?.object ?? [:]
      if item.isEmpty {
        let names = route.parts.filter { $0.first == "{" }.map { $0.dropFirst().dropLast() }
        if !names.isEmpty { item["parameters"] = .array(names.map { parameter(String($0)) }) }
      }
      item[route.method.rawValue.lowercased()] = operation(route)
      paths[route.template] = .object(item)
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Assay", "version": .string(assayVersion),
        "description": """
        What is this model, where does it come from, may we use it here: asked over HTTP. \
        Errors are problem documents (RFC 9457) with a stable code.
        """,
      ],
      "servers": [["url": "/"]], "security": [["bearer": []]], "paths": .object(paths),
      "components": [
        "schemas": .object(Schemas.all),
        "responses": [
          "Problem": [
            "description": "the request was refused",
            "content": [
              "application/problem+json": ["schema": Schemas.reference("Problem")]
            ],
          ]
        ],
        "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
      ],
    ]
  }

  private static func parameter(_ name: String) -> JSON {
    let schema: JSON =
      name == "digest"
      ? Schemas.reference("Digest") : ["type": "string", "minLength": 1, "maxLength": 256]
    return ["name": .string(name), "in": "path", "required": true, "schema": schema]
  }

  private static func operation(_ route: Route) -> JSON {
    var operation: JSONObject = [
      "operationId": .string(identifier(route)), "summary": .string(route.summary),
    ]
    // OpenAPI 3.1 lets any scheme list the roles it needs; any one object of the list is enough.
    operation["security"] = .array(
      route.scopes.map(\.rawValue).sorted().map { ["bearer": JSON([$0])] })
    var parameters = route.query.map { parameter -> JSON in
      [
        "name": .string(parameter.name), "in": "query", "schema": parameter.schema,
        "required": .bool(parameter.isRequired),
      ]
    }
    if route.takesIdempotencyKey {
      parameters.append([
        "name": "Idempotency-Key", "in": "header",
        "schema": ["type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"],
      ])
    }
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    if let body = route.body {
      operation["requestBody"] = [
        "required": true, "content": ["application/json": ["schema": body]],
      ]
    }
    operation["responses"] = responses(route)
    return .object(operation)
  }

  private static func responses(_ route: Route) -> JSON {
    var responses = JSONObject()
    switch route.success {
    case .schema(let status, let name):
      responses["\(status)"] = answer("application/json", Schemas.reference(name))
      if route.method == .put {
        responses["201"] = answer("application/json", Schemas.reference(name))
      }
    case .inline(let status, let schema):
      responses["\(status)"] = answer("application/json", schema)
    case .content(let status, let types):
      var content = JSONObject()
      for type in types { content[type] = [:] }
      responses["\(status)"] = ["description": "as asked", "content": .object(content)]
    case .empty(let status):
      responses["\(status)"] = ["description": "done"]
    }
    responses["default"] = ["$ref": "#/components/responses/Problem"]
    return .object(responses)
  }

  private static func answer(_ type: String, _ schema: JSON) -> JSON {
    var content = JSONObject()
    content[type] = ["schema": schema]
    return ["description": "as asked", "content": .object(content)]
  }

  /// `get_v1_jobs_id` for GET /v1/jobs/{id}.
  private static func identifier(_ route: Route) -> String {
    var words = [route.method.rawValue.lowercased()]
    for part in route.parts { words.append(String(part.filter { $0.isLetter || $0.isNumber })) }
    return words.joined(separator: "_")
  }
}
