// The answers for one pair, one line of evidence each.

import Base
import Evidence

/// One suspect against one reference, both lines.
public struct PairAnswer: Equatable, Sendable {
  public var reference: ComparedModel
  public var weightLineage: WeightLineage
  public var outputDescent: OutputDescentAnswer
}
