// The rule language by definition: slow, over plain JSON, every simple path walked.
//
// Spec: Policies/README.md. Covers expressions, rules, defeats, statuses, staleness, licences and
// duties; not waivers, overrides and contradictions, which have tests of their own. Reads its
// input as correct: only what the loader of Policy accepted belongs here.

import Base

/// A pack as JSON. Truth: 0 no, 1 unknown, 2 yes.
public struct PolicyTwin {
  public let rules: [JSON]
  public let licences: JSON
  public let providers: [JSON]
  public let groups: JSON
  public let definitions: JSON

  public init(jurisdictions: JSON, licenceRules: JSON, apiTerms: JSON) {
    rules = jurisdictions["rules"]?.array ?? []
    groups = jurisdictions["groups"] ?? [:]
    definitions = jurisdictions["definitions"] ?? [:]
    licences = licenceRules["licences"] ?? [:]
    providers = apiTerms["providers"]?.array ?? []
  }

  /// Verdict and findings `id effect truth`.
  public func answer(_ question: JSON) -> (verdict: String, findings: Set<String>) {
    let asked = AskedTwin(twin: self, question: question)
    var found: [String: (effect: String, truth: Int)] = [:]
    for rule in rules {
      guard let status = asked.status(rule), rule["effect"] != "allow" else { continue }
      asked.note(rule, rule["id"]?.string ?? "", asked.effective(rule), status, &found)
    }
    for (licence, conditions) in licences.object ?? [:] {
      for condition in conditions.array ?? [] {
        let truth = min(asked.reach(licence, condition), asked.holds(condition))
        asked.note(
          condition, licence + "#" + (condition["id"]?.string ?? ""), truth, "in_force", &found)
      }
    }
    if asked.unknownLicence > 0 { found["licence.unknown"] = ("review", asked.unknownLicence) }
    let scopes = rules.filter { asked.status($0) != nil && asked.isStale($0) }.map(asked.scope)
    if let worst = scopes.max(), worst > 0 { found["rules.stale"] = ("review", worst) }
    let denied = found.values.contains { $0.effect == "deny" && $0.truth == 2 }
    return (
      denied ? "deny" : found.isEmpty ? "allow" : "review",
      Set(found.map { "\($0.key) \($0.value.effect) \($0.value.truth == 2 ? "true" : "unknown")" })
    )
  }
}

/// One question to the twin.
struct AskedTwin {
  let twin: PolicyTwin
  let question: JSON

  var day: String { question["request"]?["date"]?.string ?? "" }
  var edges: [JSON] { question["ancestors"]?.array ?? [] }

  func fact(_ name: String) -> JSON? {
    for section in ["request", "model"] where name.hasPrefix(section + ".") {
      let key = String(name.dropFirst(section.count + 1))
      if let value = question[section]?[key] { return value.isNull ? nil : value }
    }
    guard let value = question["facts"]?[name], !value.isNull else { return nil }
    return value
  }

  // MARK: Rules

  /// The status on the day, if it counts under the horizon.
  func status(_ rule: JSON) -> String? {
    let interval = rule["applies"]?.array?.first {
      ($0["from"]?.string ?? "") <= day && day <= ($0["to"]?.string ?? "9999-12-31")
    }
    let horizon = question["horizon"]?.string ?? "in_force"
    guard let status = interval?["status"]?.string else { return nil }
    switch status {
    case "in_force", "not_enforced", "unconfirmed": return status
    case "adopted": return horizon == "in_force" ? nil : status
    case "proposed": return horizon == "proposed" ? status : nil
    default: return nil
    }
  }

  func isStale(_ rule: JSON) -> Bool { rule["review_by"]?.string.map { day > $0 } ?? false }
  func scope(_ rule: JSON) -> Int { rule["scope"].map(truth) ?? 2 }

  func effective(_ rule: JSON) -> Int {
    var when = holds(rule)
    if rule["needs_complete_lineage"] == true, truth(rule["when"] ?? nil) == 0,
      fact("model.lineage_complete") != true
    {
      when = min(1, 2 - (rule["unless"].map(truth) ?? 0))
    }
    var result = min(scope(rule), when)
    for other in twin.rules where other["defeats"]?.array?.contains(rule["id"] ?? nil) ?? false {
      guard let status = status(other) else { continue }
      let weak = isStale(other) || status == "not_enforced" || status == "unconfirmed"
      result = min(result, 2 - min(effective(other), weak ? 1 : 2))
    }
    return result
  }

  func holds(_ clause: JSON) -> Int {
    min(truth(clause["when"] ?? nil), 2 - (clause["unless"].map(truth) ?? 0))
  }

  func note(
    _ clause: JSON, _ id: String, _ truth: Int, _ status: String,
    _ found: inout [String: (effect: String, truth: Int)]
  ) {
    var effect = clause["effect"]?.string ?? ""
    if effect == "obligation" {
      let isRefused = (clause["obligations"]?.array ?? []).contains {
        fact("duty." + ($0["id"]?.string ?? "")) == "refused"
      }
      guard isRefused else { return }
      effect = clause["on_refused"]?.string ?? ""
    }
    if status == "not_enforced" || status == "unconfirmed" { effect = "review" }
    if truth > 0 { found[id] = (effect, truth) }
  }

  // MARK: Lineage

  /// All simple paths from the edge to the model.
  func paths(_ edge: JSON) -> [[JSON]] {
    let child = edge["child"]?.string ?? "model"
    if child == "model" { return [[edge]] }
    return edges.filter { $0["id"]?.string == child }.flatMap { paths($0).map { [edge] + $0 } }
  }

  func truth(_ path: [JSON], _ kind: String) -> Int {
    let training = ["distilled", "data"]
    let none = ["architecture", "evaluated"]
    return path.enumerated().map { position, edge in
      let grade = ["signed", "declared"].contains(edge["grade"]?.string ?? "") ? 2 : 1
      guard let relation = edge["relation"]?.string else { return min(grade, 1) }
      let fits =
        switch kind {
        case "any": !none.contains(relation)
        case "training" where position == 0: training.contains(relation)
        default: !none.contains(relation) && !training.contains(relation)
        }
      return fits ? grade : 0
    }.min() ?? 2
  }

  func matches(_ pattern: JSON, _ edge: JSON?) -> Int {
    (pattern.object ?? [:]).map { key, wanted in
      let list = (wanted.array ?? []).flatMap(expanded)
      let values = self.values(of: key, edge)
      return verdict(
        values.map { value in
          key == "origin" ? list.contains { within(value, $0) } : list.contains(value)
        })
    }.min() ?? 2
  }

  func values(of key: String, _ edge: JSON?) -> [String] {
    guard let edge else { return (fact("model." + key)?.string).map { [$0] } ?? [] }
    let ofNode = edges.filter { $0["id"] == edge["id"] }
    switch key {
    case "developer", "origin": return Array(Set(ofNode.compactMap { $0[key]?.string })).sorted()
    case "by": return [edge["by"]?.string ?? "self"]
    case "api_train":
      return values(of: "developer", edge).flatMap { name in
        let versions = twin.providers.first { $0["id"]?.string == name }?["versions"]?.array ?? []
        guard let day = edge["date"]?.string else {
          return versions.compactMap { $0["train_on_outputs"]?.string } + ["unknown"]
        }
        let held = versions.first {
          ($0["from"]?.string ?? "") <= day && day <= ($0["to"]?.string ?? "9999-12-31")
        }
        return [held?["train_on_outputs"]?.string ?? "unknown"]
      }
    default: return edge[key]?.string.map { [$0] } ?? []
    }
  }

  // MARK: Licences

  func reach(_ licence: String, _ condition: JSON) -> Int {
    let flows = (condition["flows"]?.array ?? []).compactMap(\.string)
    var result = flows.contains("self") && fact("model.licence")?.string == licence ? 2 : 0
    for edge in edges where edge["licence"]?.string == licence {
      for path in paths(edge) {
        if flows.contains("derivation") { result = max(result, truth(path, "derivation")) }
        let training = truth(path, "training")
        let route = edge["route"]?.string
        if flows.contains("training"), route != "api" {
          result = max(result, min(training, route == nil ? 1 : 2))
        }
        if condition["flows_unclear"] != nil, route == nil || route == "weights" {
          result = max(result, min(training, 1))
        }
      }
    }
    return result
  }

  var unknownLicence: Int {
    var result = fact("model.licence")?.string.map { twin.licences[$0] == nil ? 2 : 0 } ?? 2
    for edge in edges where edge["licence"]?.string.map({ twin.licences[$0] == nil }) ?? true {
      let route = edge["route"]?.string
      for path in paths(edge) {
        let training = min(truth(path, "training"), route == "api" ? 0 : route == nil ? 1 : 2)
        result = max(result, truth(path, "derivation"), training)
      }
    }
    return result
  }
}
