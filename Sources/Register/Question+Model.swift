// From what is known of a model to a question for policy: typed facts with grade and origin.

import Base
import Ledger
import Policy

extension Question {
  /// Profile, card, files and lineage, side by side: sources that differ stay apart, and policy
  /// then reads the fact as unknown.
  func policyRequest(
    about facts: ModelFacts, lineage: ModelLineage, pack: PolicyPack
  ) throws(Problem) -> PolicyRequest {
    var request = try asked(about: facts.name)
    // Rules about names speak of what stands behind the slash.
    request.state(
      "model.name", .string(FileSystem.lastComponent(facts.name)), grade: .measured,
      origin: "the model's folder")
    let licences = Self.licences(of: facts, pack)
    for licence in licences {
      request.state("model.licence", .string(licence.id), grade: .stated, origin: licence.origin)
    }
    if let licence = Array(Set(licences.map(\.id))).only,
      let isOpen = pack.isFreeAndOpen(licence: licence)
    {
      request.state(
        "model.licence_free_open", .bool(isOpen), grade: .stated,
        origin: "the catalogue's entry of \(licence)")
    }
    for fact in [StatedFact.Name.developer, .origin] {
      guard let stated = facts.stated(fact) else { continue }
      request.state(fact.rawValue, .string(stated.value), grade: .stated, origin: stated.origin)
    }
    if let bound = Self.endUserBound(request) { request.bounds.append(bound) }
    request.edges += lineage.edges.map(pack.fitting)
    request.waivers += lineage.waivers.map(\.policy).filter { pack.knows($0.rule) }
    return request
  }

  /// What stays within the organisation is used by the one who asks, so the end user's country lies
  /// where it is used, unless it is given.
  static func endUserBound(_ request: PolicyRequest) -> FactBound? {
    func values(_ fact: String) -> [JSON] {
      request.statements.filter { $0.fact == fact && !$0.value.isNull }.map(\.value)
    }
    let forms = values("request.form")
    guard !forms.isEmpty, forms.allSatisfy({ $0 == "internal" }) else { return nil }
    let places = values("request.deploy_to").flatMap { $0.array ?? [] }.compactMap(\.string)
    return places.isEmpty ? nil : FactBound("end_user.country", within: places)
  }

  /// What the one who asks says of actor, request and service.
  private func asked(about name: String) throws(Problem) -> PolicyRequest {
    var object = profile?.facts.object ?? [:]
    object["id"] = .string(name)
    if let horizon { object["horizon"] = .string(horizon.rawValue) }
    var asked = object["request"]?.object ?? [:]
    if isDayNamed || asked["date"] == nil { asked["date"] = .string(asOf.description) }
    object["request"] = .object(asked)
    return try PolicyRequest(profile: .object(object))
  }

  /// Licences of the model with the file that says so: the card's, or else each recognised text
  /// that stands for the weights.
  private static func licences(
    of facts: ModelFacts, _ pack: PolicyPack
  ) -> [(id: String, origin: String)] {
    let stated = facts.stated(.licence)
    var found: [(id: String, origin: String)] = []
    if let licence = facts.licence {
      found = licence.declared.map { (id: $0, origin: "the card") }
      if found.isEmpty {
        found = licence.texts.flatMap { text in text.ids.map { (id: $0, origin: text.file) } }
      }
    }
    if let stated { found.append((stated.value, stated.origin)) }
    return found.filter { pack.covers(licence: $0.id) || $0.id.hasPrefix("LicenseRef-") }
  }

  /// Whether the answer may stand in the register: the law in force, on the day itself. Anything
  /// else is a question about another world.
  public var isDecision: Bool {
    let named = horizon?.rawValue ?? profile?.facts["horizon"]?.string
    let day = isDayNamed ? nil : profile?.date
    return (named ?? Horizon.inForce.rawValue) == Horizon.inForce.rawValue && day == nil
  }
}
