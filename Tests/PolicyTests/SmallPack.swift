// Small packs and questions for the tests of Policy.

import Base

@testable import Policy

/// A vocabulary of one fact of each type, and what the engine knows by name.
let smallFacts: JSON = [
  "schema": "assay.facts/1",
  "facts": [
    ["name": "request.date", "type": "date", "required": true],
    ["name": "request.use", "type": "enum", "values": ["a", "b", "c"], "required": true],
    ["name": "model.licence", "type": "licence-id"],
    ["name": "model.developer", "type": "enum", "values": ["x", "y", "z"]],
    ["name": "model.origin", "type": "region"],
    ["name": "model.name", "type": "string"],
    ["name": "model.lineage_complete", "type": "bool"],
    ["name": "f.flag", "type": "bool"], ["name": "f.other", "type": "bool"],
    ["name": "f.count", "type": "integer"], ["name": "f.size", "type": "number"],
    ["name": "f.day", "type": "date"], ["name": "f.place", "type": "region"],
    ["name": "f.places", "type": "region-set"],
    ["name": "f.kinds", "type": "enum-set", "values": ["p", "q", "r"]],
  ],
]

/// A rule with everything a rule needs; `changes` replaces members, null removes them.
func rule(_ id: String, _ effect: String = "deny", _ changes: JSONObject = [:]) -> JSON {
  var object: JSONObject = [
    "id": .string(id), "jurisdiction": "XX", "kind": "law", "effect": .string(effect),
    "title": "T", "sentence": "S.", "citation": "C", "sources": [],
    "applies": [["from": "2020-01-01", "to": nil, "status": "in_force"]],
    "confidence": "high", "review_by": nil, "waivable": false,
    "scope": ["const": true], "when": ["fact": "f.flag", "eq": true],
  ]
  for (key, value) in changes {
    object[key] = value.isNull && key != "review_by" ? JSON?.none : value
  }
  return .object(object)
}

func rules(_ rules: [JSON], _ more: JSONObject = [:]) -> JSON {
  var file: JSONObject = [
    "schema": "assay.rules/1", "groups": ["G": ["DE", "FR"]], "rules": .array(rules),
  ]
  for (key, value) in more { file[key] = value }
  return .object(file)
}

let smallLicences: JSON = [
  "licences": [
    "FREE": [],
    "NC": [
      [
        "id": "nc", "effect": "deny", "flows": ["self", "derivation"],
        "flows_unclear": ["training-weights"], "when": ["fact": "request.use", "eq": "a"],
        "sentence": "S.", "clause": "1", "confidence": "high",
      ]
    ],
  ]
]
let smallTerms: JSON = [
  "providers": [
    [
      "id": "x", "name": "Xenon",
      "versions": [
        [
          "from": "2024-01-01", "to": "2024-12-31", "train_on_outputs": "competing",
          "document": "Terms", "sentence": "No rivals.", "confidence": "medium",
          "url": "https://x.example/1",
        ],
        [
          "from": "2025-01-01", "to": nil, "train_on_outputs": "forbidden", "document": "Terms 2",
          "sentence": "No training.", "confidence": "high", "url": "https://x.example/2",
        ],
      ],
    ]
  ]
]

func smallPack(
  _ file: JSON, licences: JSON = smallLicences, facts: JSON = smallFacts, terms: JSON = smallTerms
) throws(Problem) -> PolicyPack {
  let files: [(name: String, bytes: [UInt8])] = [
    ("facts.json", facts.canonicalBytes), ("jurisdictions.json", file.canonicalBytes),
    ("licence-rules.json", licences.canonicalBytes), ("api-terms.json", terms.canonicalBytes),
  ]
  return try PackLoader.load(
    name: "small", layers: [PackLayer(prefix: "", files: files)], scenarios: [])
}

/// A question with a known licence; `facts` and `edges` in the form of a scenario.
func question(
  _ facts: JSONObject = [:], edges: [JSON] = [], licence: JSON = "FREE", more: JSONObject = [:]
) -> JSON {
  var object: JSONObject = [
    "id": "q", "request": ["date": "2026-01-01", "use": "a"], "model": ["licence": licence],
    "facts": .object(facts), "ancestors": .array(edges), "horizon": "in_force",
  ]
  for (key, value) in more { object[key] = value }
  return .object(object)
}

func decide(_ pack: PolicyPack, _ question: JSON) throws(Problem) -> PolicyDecision {
  try Policy.evaluate(pack, PolicyRequest(scenario: question))
}

/// The findings as `id effect truth`.
func marks(_ decision: PolicyDecision) -> Set<String> {
  Set(decision.findings.map { "\($0.id) \($0.effect.rawValue) \($0.truth.word)" })
}
