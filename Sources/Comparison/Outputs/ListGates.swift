// The gates of rung 5 that are known before any control is read: how many there are, and what they
// learned from.
//
// Where one of them, or that on tokenizers (`TokenizerGate`), fails for every pair of a call that
// asks about outputs alone, scoring cannot decide, so the call says so at once. `OutputGates` asks
// all of them again with the rest.

import Base
import Evidence

/// What the list of a call says: the number of controls and the declared training texts.
struct ListGates {
  let references: [ListedModel]
  let panel: [ListedModel]

  /// One control is the rival; no more than the others are left.
  private static let panelMin = OutputGates.controlsMin + 1

  /// Whether some control can tell about some reference.
  var isDecidable: Bool { references.contains { refusal($0) == nil } }

  /// For each reference why it cannot be decided about.
  var answers: [OutputDescentAnswer] {
    references.map { refusal($0) ?? .keptFromScoring }
  }

  private func refusal(_ reference: ListedModel) -> OutputDescentAnswer? {
    textRefusal(reference) ?? countRefusal
  }

  /// Two models that learned from the same text resemble each other without one having learned
  /// from the other. Only a control that learned from that text too shows how much.
  private func textRefusal(_ reference: ListedModel) -> OutputDescentAnswer? {
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

  private var countRefusal: OutputDescentAnswer? {
    let count = Set(panel.map { ByteName($0.path) }).count
    guard count < Self.panelMin else { return nil }
    return .undecidable(
      because: "there are too few controls: \(count), and at least \(Self.panelMin) are needed",
      wouldDecide: [
        DecidingStep(
          option: "--panel LIST",
          why: "\(Self.panelMin) models or more that share nothing with the reference")
      ])
  }
}
