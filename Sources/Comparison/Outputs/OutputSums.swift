// What the output verdicts of one suspect are a function of: sums over documents, and which model
// stands behind each number of the record.

import Base
import Evidence

/// The record of one suspect, with the bundle of each model in it.
public struct OutputSums: Sendable {
  public var panel: PanelRecord
  public var models: [Digest]

  /// The result for each reference; nil for the suspect itself, its relatives by weights, a model
  /// that is not in the record, and where too few controls are left.
  func results(for references: [Digest], run: Run) throws(Problem) -> [ContrastResult?] {
    let results = try panel.results(run: run)
    let relatives = panel.models[panel.suspect].relatives
    return references.map { reference in
      guard let index = models.firstIndex(of: reference), index != panel.suspect,
        !relatives.contains(index), let place = panel.references.firstIndex(of: index)
      else { return nil }
      return results[place]
    }
  }
}
