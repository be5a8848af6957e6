// What the output verdicts of one suspect are a function of: sums over documents, and which model
// stands behind each number of the record.

import Base
import Evidence

/// The record of one suspect, with the bundle of each model in it.
public struct OutputSums: Sendable {
  public var panel: PanelRecord
  public var models: [Digest]
}
