// Whether any control can tell descent from a common training text: the one gate of rung 5 that is
// known before anything is scored.
//
// Two models that learned from the same text resemble each other without one having learned from
// the other. Only a control that learned from that text too shows how much. Where no reference of
// a call has one, scoring cannot decide, so the call says so at once.

import Base
import Evidence

/// The declared training texts of one call.
struct TrainingTextCheck {
  let references: [ListedModel]
  let panel: [ListedModel]

  /// Whether some control can tell about some reference.
  var isDecidable: Bool { references.contains { refusal($0) == nil } }

  /// For each reference why it cannot be decided about.
  var answers: [OutputDescentAnswer] {
    references.map { refusal($0) ?? .notTested("another reference kept the call from scoring") }
  }

  private func refusal(_ reference: ListedModel) -> OutputDescentAnswer? {
    let wanted = Set(reference.trainingText)
    guard !wanted.isEmpty else {
      return .undecidable(
        because: "it is not said which training text \(reference.id) learned from",
        wouldDecide: [
          DecidingStep(
            option: "--training-text TAG",
            why: "names the training text of the reference, as its publisher declares it"),
          DecidingStep(
            option: "--panel LIST",
            why: "a line {\"path\":…,\"training_text\":[TAG]} says which controls learned "
              + "from the same training text; one of them is needed"),
        ])
    }
    guard !panel.contains(where: { !wanted.isDisjoint(with: $0.trainingText) }) else { return nil }
    return .undecidable(
      because: Gate.noSharedText,
      wouldDecide: [
        DecidingStep(
          option: "--panel LIST",
          why: "a control that learned from the training text "
            + "\(wanted.sorted().joined(separator: ", ")) too, ideally a twin of the reference")
      ])
  }
}
