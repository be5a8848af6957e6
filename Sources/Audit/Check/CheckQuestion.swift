// From what was found in a model to a question for policy: typed facts with grade and origin.

import Base
import Formats
import Licensing
import Policy

struct CheckQuestion {
  let request: CheckRequest
  let asOf: CalendarDay
  let pack: PolicyPack
  let lineage: CheckLineage
  let name: String
  let report: LicenceReport?
  let card: ModelCard?

  /// Profile, card, files and lineage, side by side: sources that differ stay apart, and policy
  /// then reads the fact as unknown.
  func policyRequest() throws(Problem) -> PolicyRequest {
    var question = try profile()
    question.state("model.name", .string(name), grade: .measured, origin: "the model's folder")
    for licence in licences() {
      question.state(
        "model.licence", .string(licence.id), grade: .stated, origin: licence.origin)
    }
    if let licence = Array(Set(licences().map(\.id))).only,
      let isOpen = pack.isFreeAndOpen(licence: licence)
    {
      question.state(
        "model.licence_free_open", .bool(isOpen), grade: .stated,
        origin: "the catalogue's entry of \(licence)")
    }
    question.edges += lineage.edges
    question.waivers += lineage.waivers.filter { pack.knows($0.rule) }
    return question
  }

  /// What the one who asks says of actor, request and service.
  private func profile() throws(Problem) -> PolicyRequest {
    var object = request.profile?.object ?? [:]
    object["id"] = .string(name)
    if let horizon = request.horizon { object["horizon"] = .string(horizon.rawValue) }
    var asked = object["request"]?.object ?? [:]
    if request.asOf != nil || asked["date"] == nil { asked["date"] = .string(asOf.description) }
    object["request"] = .object(asked)
    return try PolicyRequest(scenario: .object(object))
  }

  /// Licences of the model with the file that says so: the card's, and each recognised text that
  /// stands for the weights.
  private func licences() -> [(id: String, origin: String)] {
    guard let report else { return [] }
    var found = report.declared.ids.map { (id: $0, origin: "the card") }
    if report.declared.ids.isEmpty {
      found += report.detected.flatMap { text in text.ids.map { ($0, text.file) } }
    }
    return found.filter { pack.covers(licence: $0.id) || $0.id.hasPrefix("LicenseRef-") }
  }
}
