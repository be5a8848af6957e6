// The types of conditions the catalogue knows, one case each.
//
// Spec: Policies/README.md, "From the catalogue to conditions".
// Promises: a type that is not listed asks for review, so a new type in the data is never ignored.

import Base

extension CatalogueDraft {
  private static let both = ["self", "derivation"]

  mutating func add(_ source: JSON, type: String) {
    if addDuty(source, type) || addBar(source, type) || Self.informs.contains(type) { return }
    bar(
      type.replacing("_", with: "-"), source,
      "The licence has a condition of the type \(type), which needs a reader.",
      when: Self.always, flows: Self.both, effect: .review)
  }

  /// Types that give or withhold nothing a question here could turn on.
  private static let informs: Set<String> = [
    "patent_retaliation", "no_patent_grant", "output_freedom", "remote_restriction", "indemnify",
    "time_limited", "accept_updates", "exception",
  ]

  // MARK: Duties

  private mutating func addDuty(_ source: JSON, _ type: String) -> Bool {
    let name = type.replacing("_", with: "-")
    let told = source["what"]?.string ?? source["text"]?.string
    func words(_ start: String) -> String { told.map { "\(start): \($0)." } ?? "\(start)." }
    let plain = distributed(hosting: false)
    switch type {
    case "licence_copy":
      duty(name, source, words("Give a copy of the licence"), when: plain, flows: Self.both)
    case "notice_file":
      duty(name, source, words("Carry the notice"), when: plain, flows: Self.both)
    case "attribution":
      duty(name, source, words("Credit the authors"), when: plain, flows: Self.both)
    case "acknowledge", "share_with_model", "no_false_attribution", "no_endorsement",
      "no_trademark", "report_back", "naming", "name_change", "content_filter",
      "no_guardrail_bypass", "no_reverse_engineering":
      duty(
        name, source, words(Self.dutySentences[type] ?? "Keep the condition"), when: plain,
        flows: Self.both)
    case "state_changes":
      duty(name, source, words("Say what was changed"), when: plain, flows: ["derivation"])
    case "share_alike", "source_disclosure":
      duty(
        name, source,
        type == "share_alike"
          ? "Changed versions go out under the same licence."
          : "Offer the corresponding source.",
        when: plain, flows: type == "share_alike" ? ["derivation"] : Self.both)
    case "network_source":
      duty(
        name, source, "Offer the corresponding source, also to users over a network.",
        when: Self.copiesOrHosting, flows: Self.both)
    case "registration":
      duty(
        name, source, words("Commercial users register"), when: Self.commercial, flows: Self.both)
    case "flow_down_restrictions":
      duty(
        name, source, words("Pass the use restrictions on to every recipient"),
        when: distributed(hosting: true),
        flows: Self.both + (reachesTraining ? ["training"] : []))
    case "display_line": addDisplayLine(source)
    default: return false
    }
    return true
  }

  private static let dutySentences = [
    "acknowledge": "Acknowledge the source", "share_with_model": "Keep it with the model",
    "no_false_attribution": "Do not attribute changes to the authors",
    "no_endorsement": "Do not use the authors' names to promote the product",
    "no_trademark": "Do not use the trademarks", "report_back": "Report back to the licensor",
    "naming": "Do not keep the reserved name", "name_change": "Change the name of a changed text",
    "content_filter": "Filter or review the outputs",
    "no_guardrail_bypass": "Keep the guardrails or replace them by similar ones",
    "no_reverse_engineering": "Do not reverse engineer",
  ]

  /// All copies and the hosted form, whatever the family of the licence.
  private static let copiesOrHosting: JSON = [
    "fact": "request.form",
    "in": ["weights-published", "weights-transferred", "embedded-app", "hosted-api"],
  ]

  private mutating func addDisplayLine(_ source: JSON) {
    guard source["strength"]?.string != "encouraged" else { return }
    let trigger = source["when"]?.string ?? ""
    let line = source["text"]?.string ?? "the required line"
    var when = distributed(hosting: true)
    if trigger.contains("threshold is passed") {
      let thresholds = (entry["conditions"]?.array ?? []).filter {
        $0["type"]?.string == "threshold"
      }
      let tests = thresholds.map { Self.measured($0).map { $0("ge") } ?? Self.always }
      when = ["all": [Self.commercial, ["any": .array(tests.isEmpty ? [Self.always] : tests)]]]
    } else if trigger.contains("commercial") {
      when = Self.commercial
    }
    let training = namesTraining && trigger.contains("outputs") ? ["training"] : []
    duty("display-line", source, "Display \"\(line)\".", when: when, flows: Self.both + training)
  }

  // MARK: Bars

  private mutating func addBar(_ source: JSON, _ type: String) -> Bool {
    switch type {
    case "non_commercial": addNonCommercial(source)
    case "research_only":
      bar(
        "research-only", source, "Research purposes alone.", when: Self.commercial,
        flows: Self.both)
      bar(
        "research-unclear", source, "Whether this use is research depends on the circumstances.",
        when: Self.unclearUse, flows: Self.both, effect: .review)
    case "threshold": addThreshold(source)
    case "territory_exclusion": addTerritory(source)
    case "name_prefix": addNamePrefix(source)
    case "no_improve_other_models":
      bar(
        "no-improve-other-models", source, "Outputs may not improve another model.",
        when: Self.always, flows: ["training"])
    case "no_compete_models", "non_compete_product":
      bar(
        "no-compete", source, "Nothing may be made that competes with the licensor.",
        when: ["fact": "model.competes_with_provider", "eq": true], flows: ["training"])
    case "no_derivatives":
      bar(
        "no-derivatives", source, "Changed versions may not be shared.",
        when: distributed(hosting: false), flows: ["derivation"])
    case "no_redistribution", "no_commercial_distribution":
      let copies = distributed(hosting: false)
      bar(
        "no-redistribution", source, "Copies may not be given to others.",
        when: type == "no_redistribution" ? copies : ["all": [copies, Self.commercial]],
        flows: Self.both)
    case "commercial_agreement", "royalty":
      bar(
        "commercial-agreement", source, "Commercial use needs an agreement with the licensor.",
        when: Self.commercial, flows: Self.both)
    case "hosting_licence":
      bar(
        "hosting-licence", source, "Offering a hosted service needs a licence of its own.",
        when: ["fact": "request.form", "eq": "hosted-api"], flows: Self.both)
    case "output_restriction", "output_terms", "output_ownership":
      bar(
        type.replacing("_", with: "-"), source, "The use of outputs is restricted.",
        when: Self.commercial, flows: Self.both + (namesTraining ? ["training"] : []),
        effect: .review)
    case "field_of_use", "acceptable_use": addUse(source, type)
    default: return false
    }
    return true
  }

  /// A threshold on a fact that the vocabulary has; the catalogue does not say whether the bound
  /// itself counts, so exactly the bound is a review.
  private mutating func addThreshold(_ source: JSON) {
    let consequence = source["consequence"]?.string ?? ""
    guard !consequence.contains("display") else { return }
    let text = consequence + " " + (source["scope"]?.string ?? "")
    let isCommercial = text.contains("commercial")
    func gated(_ test: JSON) -> JSON { isCommercial ? ["all": [Self.commercial, test]] : test }
    let value = source["value"]?.number?.text ?? "?"
    let metric = (source["metric"]?.string ?? "size").replacing("_", with: " ")
    let sentence = "Above \(value) (\(metric)): \(consequence)."
    guard let test = Self.measured(source) else {
      bar(
        "threshold", source, sentence + " No fact of the vocabulary measures it.",
        when: gated(Self.always), flows: Self.both, effect: .review)
      return
    }
    bar("threshold", source, sentence, when: gated(test("gt")), flows: Self.both)
    bar(
      "threshold-itself", source, "Exactly at the threshold of \(value): read the text.",
      when: gated(test("eq")), flows: Self.both, effect: .review)
  }

  /// The test of a threshold as a function of the operator; nil when no fact measures it.
  private static func measured(_ source: JSON) -> ((String) -> JSON)? {
    guard let value = source["value"], value.double != nil else { return nil }
    let currency = source["currency"]?.string ?? "USD"
    let fact: String
    switch source["metric"]?.string {
    case "monthly_active_users": fact = "actor.mau"
    case "annual_revenue" where currency == "USD": fact = "actor.revenue_usd_year"
    case "monthly_revenue" where currency == "USD": fact = "actor.revenue_usd_month"
    default: return nil
    }
    return { .object(["fact": .string(fact), $0: value]) }
  }

  private mutating func addTerritory(_ source: JSON) {
    let names = (source["territories"]?.array ?? []).compactMap(\.string)
    let places = JSON(names.map { $0 == "EU" ? "@EU" : $0 })
    guard !names.isEmpty else {
      bar(
        "territory", source, "Some territories are excluded.", when: Self.always,
        flows: Self.both, effect: .review)
      return
    }
    let scope = source["scope"]?.string ?? ""
    let list = names.joined(separator: ", ")
    if scope.contains("multimodal") {
      bar(
        "territory-multimodal", source,
        "No rights in multimodal models for those based in \(list).",
        when: [
          "all": [
            ["fact": "model.modalities", "any_of": ["image", "audio", "video"]],
            ["fact": "actor.principal_place", "within": places],
          ]
        ], flows: Self.both)
    } else {
      bar(
        "territory", source, "No licence in \(list).",
        when: ["fact": "request.deploy_to", "overlaps": places],
        flows: Self.both + (reachesTraining || scope.contains("outputs") ? ["training"] : []))
    }
  }

  private mutating func addNamePrefix(_ source: JSON) {
    guard let prefix = source["prefix"]?.string, !prefix.isEmpty else { return }
    let trigger = source["when"]?.string ?? ""
    bar(
      "name-prefix", source, "The name of a model made with it begins with \"\(prefix)\".",
      when: [
        "all": [
          distributed(hosting: true),
          ["not": ["fact": "model.name", "starts_with": .string(prefix)]],
        ]
      ],
      flows: ["derivation"] + (namesTraining && trigger.contains("outputs") ? ["training"] : []))
  }

  /// Uses that a list forbids: decided where a fact decides, otherwise a person reads the list.
  private mutating func addUse(_ source: JSON, _ type: String) {
    let name = type == "field_of_use" ? "field-of-use" : "acceptable-use"
    let list = (source["restrictions"]?.array ?? []).compactMap(\.string)
    let training = reachesTraining ? ["training"] : []
    if list.contains(where: { $0.contains("military") || $0.contains("weapon") }) {
      bar(
        "no-military", source, "Military use is excluded.", when: Self.military,
        flows: Self.both + training)
    }
    let named = list.isEmpty ? source["policy"]?.string ?? "a policy" : list.joined(separator: "; ")
    bar(
      name, source, "Uses are restricted: \(named). Check this use against the text.",
      when: Self.always, flows: Self.both + training, effect: .review)
  }
}
