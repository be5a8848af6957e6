// The answer for one pair as JSON, in three forms that one reader reads:
//
//   whole      {"reference":{model, path, training text},"weight_lineage","output_descent"}
//   portable   the same without what belongs to the machine that gave it: paths, training text,
//              and how many models came from a cache
//   short      what a statement of the ledger holds: verdicts with the figures they rest on

import Base
import Evidence

extension PairAnswer {
  public var json: JSON {
    [
      "reference": reference.described, "weight_lineage": weightLineage.json,
      "output_descent": outputDescent.json,
    ]
  }

  var portable: JSON {
    var outputs = outputDescent
    outputs.passes = nil
    return [
      "reference": reference.named, "weight_lineage": weightLineage.json,
      "output_descent": outputs.json,
    ]
  }

  var summary: JSON {
    [
      "reference": reference.named, "weight_lineage": weightLineage.summary,
      "output_descent": outputDescent.summary,
    ]
  }

  init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      reference: try ComparedModel(
        reader.needed("reference", reader.object("reference"))),
      weightLineage: try WeightLineage(
        reader.needed("weight_lineage", reader.object("weight_lineage"))),
      outputDescent: try OutputDescentAnswer(
        reader.needed("output_descent", reader.object("output_descent"))))
  }
}
