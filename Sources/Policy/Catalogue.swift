// Licences that only the catalogue describes, turned into executable conditions by type.
//
// Spec: Policies/README.md, "From the catalogue to conditions"; licences.json (format 1).
// Promises: the same catalogue gives the same conditions, in the catalogue's order; a low
// confidence never denies by itself; what the catalogue calls unclear, what no fact measures and
// every type of condition not known here ask for review. Policies and terms of services are no
// licences and give nothing.
// Does not: improve on the catalogue. Conditions written by hand (licence-rules.json) come first.

import Base

enum Catalogue {
  /// The conditions of an entry in the form of licence-rules.json; nil for what is no licence.
  static func conditions(of entry: PolicyReader, id: String) throws(Problem) -> [JSON]? {
    guard entry.json["kind"]?.string == "licence" else { return nil }
    var draft = CatalogueDraft(entry: entry.json, licence: id)
    draft.addPermissions()
    for item in try entry.optional("conditions")?.elements() ?? [] {
      draft.add(item.json, type: try item.member("type").text())
    }
    draft.addUnclearReach()
    return draft.conditions
  }
}

/// The conditions of one licence while they are put together.
struct CatalogueDraft {
  let entry: JSON
  let licence: String
  private(set) var conditions: [JSON] = []
  private var names: [String: Int] = [:]

  init(entry: JSON, licence: String) {
    self.entry = entry
    self.licence = licence
  }

  // MARK: Expressions that conditions share

  static let commercial: JSON = [
    "fact": "request.use", "in": ["internal-business", "commercial-product"],
  ]
  static let unclearUse: JSON = [
    "fact": "request.use", "in": ["government", "military", "evaluation"],
  ]
  static let military: JSON = [
    "any": [
      ["fact": "request.use", "eq": "military"], ["fact": "end_user.kind", "in": ["defence"]],
    ]
  ]
  static let always: JSON = ["const": true]
  static let otherLicence: JSON = ["fact": "actor.developer_licence", "eq": true]

  /// The forms in which copies leave; hosting counts where the licence is one of models.
  func distributed(hosting: Bool) -> JSON {
    let hosted: [JSON] = hosting && licence.hasPrefix("LicenseRef-") ? ["hosted-api"] : []
    return [
      "fact": "request.form",
      "in": .array(["weights-published", "weights-transferred", "embedded-app"] + hosted),
    ]
  }

  // MARK: How far the licence reaches

  private func reach(_ way: String) -> String {
    entry["derivative"]?[way]?["value"]?.string ?? "unclear"
  }

  var reachesDerivation: Bool {
    ["fine_tune", "quantised", "merge"].contains { reach($0) != "no" }
  }
  var reachesTraining: Bool { reach("trained_on_outputs") == "yes" }
  /// Conditions on naming, display and use may reach a student that the rest does not reach.
  var namesTraining: Bool {
    ["yes", "conditional"].contains(reach("trained_on_outputs"))
  }

  // MARK: Adding

  /// A bar: deny, or review where the confidence is low.
  mutating func bar(
    _ name: String, _ source: JSON, _ sentence: String, when: JSON, flows: [String],
    effect: RuleEffect = .deny
  ) {
    let isLow = source["confidence"]?.string != "high" && source["confidence"]?.string != "medium"
    var condition = draft(name, source, sentence, when, flows)
    condition["effect"] = .string(isLow ? "review" : effect.rawValue)
    condition["unless"] = Self.otherLicence
    if ["unclear", "yes"].contains(reach("distilled_from_weights")), !flows.contains("training") {
      condition["flows_unclear"] = ["training-weights"]
    }
    append(condition)
  }

  mutating func duty(
    _ name: String, _ source: JSON, _ sentence: String, when: JSON, flows: [String]
  ) {
    var condition = draft(name, source, sentence, when, flows)
    condition["effect"] = "obligation"
    condition["on_refused"] = "deny"
    append(condition)
  }

  private func draft(
    _ name: String, _ source: JSON, _ sentence: String, _ when: JSON, _ flows: [String]
  ) -> JSONObject {
    let isReached = { (flow: String) in flow != "derivation" || reachesDerivation }
    return [
      "id": .string(name), "flows": JSON(flows.filter(isReached)), "when": when,
      "sentence": .string(sentence),
      "clause": .string(source["clause"]?.string ?? ""),
      "confidence": .string(source["confidence"]?.string ?? "low"),
      "catalogue_type": .string(source["type"]?.string ?? name),
    ]
  }

  /// A second condition of one name gets a number; a duty takes the final name.
  private mutating func append(_ draft: JSONObject) {
    var condition = draft
    guard let name = draft["id"]?.string, draft["flows"]?.array?.isEmpty == false else { return }
    let count = names[name, default: 0] + 1
    names[name] = count
    let id = count == 1 ? name : "\(name)-\(count)"
    condition["id"] = .string(id)
    if condition["effect"] == "obligation" {
      condition["obligations"] = [
        ["id": .string("\(licence)#\(id)"), "text": condition["sentence"] ?? ""]
      ]
    }
    conditions.append(.object(condition))
  }

  // MARK: Permissions

  /// What the licence withholds, and where the catalogue is not sure enough to decide.
  mutating func addPermissions() {
    let types = Set((entry["conditions"]?.array ?? []).compactMap { $0["type"]?.string })
    let permissions = entry["permissions"] ?? .null
    func value(_ name: String) -> String { permissions[name]?["value"]?.string ?? "unclear" }
    let both = ["self", "derivation"]
    if value("use") == "no" {
      bar(
        "no-use", permissions["use"] ?? .null, "The licence gives no right to use.",
        when: Self.always, flows: both)
    }
    if value("commercial") == "no", types.isDisjoint(with: ["non_commercial", "research_only"]) {
      addNonCommercial(permissions["commercial"] ?? .null)
    }
    if value("redistribute") == "no", !types.contains("no_redistribution") {
      bar(
        "no-redistribution", permissions["redistribute"] ?? .null,
        "Copies may not be given to others.", when: distributed(hosting: false), flows: both)
    }
    if value("modify") == "no", !types.contains("no_derivatives") {
      bar(
        "no-modification", permissions["modify"] ?? .null, "Changed versions may not be made.",
        when: Self.always, flows: ["derivation"])
    }
    if value("host_as_service") == "no", !types.contains("hosting_licence") {
      bar(
        "no-hosting", permissions["host_as_service"] ?? .null,
        "Offering the model as a service is not permitted.",
        when: ["fact": "request.form", "eq": "hosted-api"], flows: both)
    }
    let doubtful = ["use", "modify", "redistribute", "commercial"].filter {
      value($0) == "unclear" || permissions[$0]?["confidence"]?.string == "low"
    }
    guard !doubtful.isEmpty else { return }
    bar(
      "read-the-text", ["confidence": "low"],
      "The catalogue is not sure about: \(doubtful.joined(separator: ", ")). Read the licence.",
      when: Self.always, flows: both, effect: .review)
  }

  mutating func addNonCommercial(_ source: JSON) {
    bar(
      "noncommercial", source, "Commercial use is not permitted.", when: Self.commercial,
      flows: ["self", "derivation"])
    bar(
      "noncommercial-unclear", source,
      "Whether this use is non-commercial depends on the circumstances.", when: Self.unclearUse,
      flows: ["self", "derivation"], effect: .review)
  }

  /// A licence with bars whose reach over a model trained on outputs cannot be told.
  mutating func addUnclearReach() {
    let hasBars = conditions.contains { $0["effect"]?.string != "obligation" }
    guard hasBars, reach("trained_on_outputs") == "unclear" else { return }
    bar(
      "trained-on-outputs-unclear", ["confidence": "low"],
      "The text leaves open whether its terms reach a model trained on outputs.",
      when: Self.always, flows: ["training"], effect: .review)
  }
}
