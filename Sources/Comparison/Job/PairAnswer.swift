// The answers for one pair, one line of evidence each, and for one suspect against all references.

import Base
import Evidence

/// One suspect against one reference, both lines.
public struct PairAnswer: Equatable, Sendable {
  public var reference: ComparedModel
  public var weightLineage: WeightLineage
  public var outputDescent: OutputDescentAnswer

  public var json: JSON {
    var reference = reference.json.object ?? [:]
    reference["training_text"] = JSON(self.reference.trainingText)
    return [
      "reference": .object(reference), "weight_lineage": weightLineage.json,
      "output_descent": outputDescent.json,
    ]
  }
}

/// One suspect against all references.
public struct SuspectReport: Equatable, Sendable {
  public var suspect: ComparedModel
  public var comparisons: [PairAnswer]

  public var json: JSON {
    ["suspect": suspect.json, "comparisons": .array(comparisons.map(\.json))]
  }
}
