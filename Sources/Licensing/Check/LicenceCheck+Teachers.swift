// Data sets of the card: their own licence, and the terms of the models whose outputs they hold.
//
// Three kinds of terms on outputs (facts on licences, section 6): the use is barred (error); the
// student may count as a derivative, or a service's terms apply (warning: measured similarity is
// the evidence); free with a label (name, line). A data set nobody knows says nothing.

import Base
import Formats

extension LicenceCheck {
  private static let dataRestrictions = [
    "non_commercial", "research_only", "field_of_use", "flow_down_restrictions", "share_alike",
    "no_derivatives",
  ]

  mutating func checkTeachers() {
    for name in unique(card.datasets) {
      guard let dataSet = catalogue.dataSets[name] else { continue }
      checkDataSet(name, dataSet)
      for generator in unique(dataSet.generators) { checkGenerator(generator, name) }
    }
  }

  private mutating func checkDataSet(_ name: String, _ dataSet: Catalogue.DataSet) {
    for facts in licences(dataSet.licence) {
      let own = declared.ids.compactMap(self.facts)
      let missing = Self.dataRestrictions.filter { type in
        facts.has(type) && !own.contains { $0.has(type) }
      }
      guard !missing.isEmpty || facts.grantsNothing else { continue }
      add(
        "dataset_terms", .warning,
        "The data set \(name) is under \(facts.id)"
          + (missing.isEmpty
            ? ", which grants nothing." : " (\(missing.joined(separator: ", ")))."),
        licence: facts.id)
    }
    if dataSet.licence == nil {
      add("dataset_terms", .warning, "The data set \(name) has no licence.")
    }
  }

  private mutating func checkGenerator(_ generator: String, _ dataSet: String) {
    let service = " (service)"
    if generator.hasSuffix(service) {
      add(
        "teacher_terms", .warning,
        "\(dataSet) holds outputs of \(generator.dropLast(service.count)), whose terms of service "
          + "bind whoever made them and may bar competing models.")
      return
    }
    let teachers = lineage(of: generator)
    guard !teachers.isEmpty else {
      add(
        "teacher_terms", .warning,
        "\(dataSet) holds outputs of \(generator), whose licence is not known.")
      return
    }
    for teacher in teachers {
      for facts in licences(teacher.licence) { checkTerms(facts, teacher.model, dataSet) }
    }
  }

  private mutating func checkTerms(_ facts: LicenceFacts, _ teacher: String, _ dataSet: String) {
    // A model of the family itself is what such terms leave free.
    let ownFamily = Set(ancestors.flatMap { licences($0.licence) }.map(\.id))
    let training = facts.permissions["train_on_outputs"]
    let reach = facts.derivative["trained_on_outputs"]
    let about = "\(dataSet) holds outputs of \(teacher) (\(facts.id))"
    if training?.value == "no" || isResearchOnly(facts) {
      guard !ownFamily.contains(facts.id) else { return }
      let isLow = training?.isLow ?? true
      add(
        "teacher_terms", isLow ? .warning : .error,
        "\(about), which bars training other models on them.", licence: facts.id,
        clause: facts.conditions("no_improve_other_models").first?.clause ?? training?.clause)
      return
    }
    switch reach?.value ?? "unclear" {
    case "yes":
      add(
        "teacher_terms", .warning,
        "\(about), which counts a model made to perform like it as a derivative. Whether this one "
          + "does cannot be told from its card.", licence: facts.id, clause: reach?.clause)
    case "conditional": checkLabels(facts, teacher, about)
    case "no": break
    default:
      add(
        "teacher_terms", .warning, "\(about); whether its terms reach a student is not clear.",
        licence: facts.id, clause: reach?.clause)
    }
  }

  /// Free with a label: only a label that is missing is worth a word.
  private mutating func checkLabels(
    _ facts: LicenceFacts, _ teacher: String, _ about: String
  ) {
    let before = findings.count
    checkName(facts, teacher, reachesOutputs: true)
    checkLine(facts, teacher, reachesOutputs: true)
    let hasLabels = facts.has("name_prefix") || facts.has("display_line")
    if findings.count > before || !hasLabels {
      add(
        "teacher_terms", .warning,
        "\(about), which allows training on them under conditions that are not met or not visible.",
        licence: facts.id)
    }
  }

  /// Outputs for research only, and a student that is declared for everybody.
  private func isResearchOnly(_ facts: LicenceFacts) -> Bool {
    let isLimited =
      facts.permissions["train_on_outputs"]?.value == "conditional"
      && (facts.has("research_only") || facts.has("output_restriction"))
    let own = declared.ids.compactMap(self.facts)
    return isLimited && !own.contains { $0.has("research_only") || $0.has("non_commercial") }
  }
}
