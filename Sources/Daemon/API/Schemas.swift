// The shapes of the API's JSON, as the OpenAPI document shows them (JSON Schema 2020-12). One place
// for each: routes refer to them by name.

import Base
import Register

enum Schemas {
  static func reference(_ name: String) -> JSON {
    ["$ref": .string("#/components/schemas/\(name)")]
  }

  static func array(of name: String) -> JSON {
    ["type": "array", "items": reference(name)]
  }

  /// An object; with `all`, every property is there.
  static func object(_ properties: JSONObject, required: [String] = [], all: Bool = false) -> JSON {
    [
      "type": "object", "required": JSON(all ? properties.keys : required),
      "properties": .object(properties),
    ]
  }

  /// One page of a list.
  static func list(_ name: String, of schema: String) -> JSON {
    var properties: JSONObject = ["next": ["type": ["string", "null"]]]
    properties[name] = array(of: schema)
    return object(properties, all: true)
  }

  static func requestName(_ kind: String) -> String {
    switch kind {
    case "check": "CheckRequest"
    case "comparison": "ComparisonRequest"
    default: "ReportRequest"
    }
  }

  private static func optional(_ schema: JSON) -> JSON {
    ["anyOf": [schema, ["type": "null"]]]
  }

  private static func closed(_ properties: JSONObject, required: [String]) -> JSON {
    var schema = object(properties, required: required).object ?? [:]
    schema["additionalProperties"] = false
    return .object(schema)
  }

  private static let path: JSON = ["type": "string", "pattern": "^/", "maxLength": 4096]
  private static let time = reference("Time")
  private static let name: JSON = ["type": "string", "pattern": "^[a-z0-9][a-z0-9.-]{0,63}$"]
  private static let string: JSON = ["type": "string"]
  private static let profileName: JSON = ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"]
  private static let integer: JSON = ["type": "integer"]
  private static let verdict: JSON = ["enum": ["allow", "deny", "review"]]

  /// `components/schemas`.
  static let all: JSONObject = [
    "Digest": ["type": "string", "pattern": "^sha256:[0-9a-f]{64}$"],
    "Time": ["type": "string", "format": "date-time", "pattern": "Z$"],
    "JobState": ["enum": JSON(JobState.allCases.map(\.rawValue))],
    "Problem": problem,
    "Finding": object(
      [
        "id": string, "severity": ["enum": ["error", "warning", "note"]], "message": string,
        "place": string,
      ], required: ["id", "severity", "message"]),
    "CheckRequest": closed(
      [
        "path": path, "policy": string, "profile": ["enum": ["quick", "full"]],
        "facts": ["type": "object"], "as": profileName,
      ], required: ["path"]),
    "ComparisonRequest": closed(
      [
        "suspect": path,
        "references": ["type": "array", "minItems": 1, "maxItems": 256, "items": path],
        "panel": ["type": "array", "maxItems": 256, "items": path],
        "only": ["enum": ["weights", "outputs"]], "seed": ["type": "integer", "minimum": 0],
      ], required: ["suspect", "references"]),
    "ReportRequest": closed(
      ["kind": ["const": "audit"], "from": time, "to": time, "models": array(of: "Digest")],
      required: ["kind", "from", "to"]),
    "WithdrawalRequest": closed(
      ["reason": ["type": "string", "minLength": 1, "maxLength": 2000]], required: ["reason"]),
    "DecisionState": ["enum": JSON(DecisionState.allCases.map(\.rawValue))],
    "ProfileInfo": object(
      ["name": profileName, "digest": reference("Digest"), "profile": ["type": "object"]],
      required: ["name", "digest"]),
    "WaiverRequest": closed(
      [
        "reason": ["type": "string", "minLength": 10, "maxLength": 2000], "expires_at": time,
        "rules": ["type": "array", "minItems": 1, "maxItems": 100, "items": string],
      ], required: ["reason", "expires_at", "rules"]),
    "ScheduleRequest": closed(
      [
        "name": name, "cron": ["type": "string", "maxLength": 200],
        "timezone": ["type": "string", "maxLength": 64],
        "task": object(
          [
            "kind": ["enum": ["check", "report", "decide", "compare"]], "path": path,
            "suspects": ["anyOf": [path, ["type": "array", "minItems": 1, "items": path]]],
            "references": ["type": "array", "minItems": 1, "maxItems": 256, "items": path],
            "only": ["enum": ["weights", "outputs"]],
          ], required: ["kind"]),
        "catch_up": ["enum": ["latest", "none"], "default": "latest"],
      ], required: ["name", "cron", "timezone", "task"]),
    "WebhookRequest": closed(
      [
        "url": ["type": "string", "pattern": "^https?://", "maxLength": 2000],
        "events": [
          "type": "array", "minItems": 1, "uniqueItems": true,
          "items": ["enum": JSON(WebhookEvent.allCases.map(\.rawValue))],
        ],
      ], required: ["url", "events"]),
    "Job": job, "Model": model, "Decision": decision, "Lineage": lineage,
    "PolicyInfo": object(
      ["name": string, "digest": reference("Digest"), "document": ["type": "object"]],
      required: ["name", "digest"]),
    "Schedule": object(
      [
        "name": string, "cron": string, "timezone": string, "next": optional(time),
        "last_fired": optional(time), "task": ["type": "object"], "catch_up": string,
      ], required: ["name", "cron", "timezone", "next"]),
    "WatchedDirectory": object(
      [
        "path": string, "models": integer,
        "unchecked": [
          "type": "array",
          "items": object(
            ["path": string, "reason": string, "since": time, "next": optional(time)], all: true),
        ],
      ], all: true),
    "AdmissionReview": object(
      [
        "apiVersion": ["const": "admission.k8s.io/v1"], "kind": ["const": "AdmissionReview"],
        "request": object(
          ["uid": ["type": "string", "minLength": 1, "maxLength": 128], "operation": string],
          required: ["uid", "operation"]),
        "response": object(["uid": string, "allowed": ["type": "boolean"]]),
      ], required: ["apiVersion", "kind"]),
  ]

  private static let problem = object(
    [
      "type": string, "title": string, "status": ["type": ["integer", "string"]],
      "detail": string, "code": string, "request_id": string,
      "errors": [
        "type": "array", "items": object(["pointer": string, "detail": string], all: true),
      ],
    ], required: ["type", "title", "status", "code", "request_id"])

  private static let job = object(
    [
      "id": string, "kind": ["enum": ["check", "comparison", "report", "decide"]],
      "trigger": object(
        ["kind": ["enum": ["api", "watch", "schedule"]], "name": string, "planned_at": time],
        required: ["kind"]),
      "request": ["type": "object"], "state": reference("JobState"), "created_at": time,
      "started_at": optional(time), "finished_at": optional(time),
      "attempts": ["type": "integer", "minimum": 0],
      "progress": object(["done": integer, "total": integer, "unit": string]),
      "result": ["type": ["object", "null"]], "error": optional(reference("Problem")),
    ],
    required: ["id", "kind", "state", "created_at", "attempts", "result", "error"])

  private static let model = object(
    [
      "digest": reference("Digest"), "name": string, "path": string, "first_seen": time,
      "last_checked": time,
      "decision": optional(reference("Decision")),
    ], required: ["digest"])

  private static let decision = object(
    [
      "id": string, "model": reference("Digest"), "verdict": verdict,
      "policy": reference("Digest"), "policy_name": string, "created_at": time, "name": string,
      "state": reference("DecisionState"), "as_of": string, "valid_until": optional(string),
      "because": ["type": "array", "items": ["type": "object"]],
      "changes": ["type": "array", "items": ["type": "object"]],
      "ledger_index": integer, "findings": array(of: "Finding"),
      "waivers": ["type": "array", "items": ["type": "object"]],
    ], required: ["id", "model", "verdict", "policy", "created_at"])

  private static let lineage = object(
    [
      "digest": reference("Digest"),
      "edges": [
        "type": "array",
        "items": object(
          ["child": string, "ancestor": string, "grade": string],
          required: ["child", "ancestor", "relation", "grade"]),
      ],
    ], required: ["digest", "edges"])
}
