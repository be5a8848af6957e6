// What `compare` is asked, whoever asks: the command line or the daemon.

import Base

/// One call of `compare`: every suspect against every reference.
public struct CompareRequest: Sendable {
  public enum Line: String, Sendable, CaseIterable { case weights, outputs }

  public var suspects: [ListedModel]
  public var references: [ListedModel]
  /// Recorded outputs in the place of a suspect; only the output line can speak of it.
  public var recorded: RecordedOutputs?
  /// Models known to be unrelated to the references.
  public var panel: [ListedModel]
  /// Nil: both lines.
  public var only: Line?
  /// Whether a model is left out against itself (the batch form), or reported as a copy.
  public var skipsSelf = false
  /// Whether scored outcomes are named by digest, which costs a hash over each model's, and the
  /// bits of tensors are counted, which costs a pass over each pair.
  public var keepsRecord = false

  public init(
    suspects: [ListedModel], references: [ListedModel], panel: [ListedModel] = [],
    only: Line? = nil
  ) {
    self.suspects = suspects
    self.references = references
    self.panel = panel
    self.only = only
  }

  /// The lines that are to be answered: without controls nobody can ask about outputs, and a
  /// recording has no weights.
  var asked: [Line] {
    if let only { return [only] }
    if recorded != nil { return [.outputs] }
    return panel.isEmpty ? [.weights] : Line.allCases
  }

  func skips(_ suspect: ListedModel, _ reference: ListedModel) -> Bool {
    skipsSelf && suspect.path == reference.path
  }
}
