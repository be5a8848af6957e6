// The answer about a suspect as JSON: {"suspect":{…},"comparisons":[…]}, whole for whoever asked,
// portable in verdict.json of an evidence pack (PairAnswer+JSON.swift has the forms).

import Base
import Evidence

extension SuspectReport {
  public var json: JSON {
    ["suspect": suspect.json, "comparisons": .array(comparisons.map(\.json))]
  }

  /// The answer without what belongs to the machine that gave it.
  public var portable: JSON {
    ["suspect": suspect.named, "comparisons": .array(comparisons.map(\.portable))]
  }

  /// Reads an answer of any form.
  /// - Parameter place: the file it stands in, or empty.
  public init(json: JSON, at place: String = "") throws(Problem) {
    let reader = try AnswerReader(json, at: place)
    self.init(
      suspect: try ComparedModel(reader.needed("suspect", reader.object("suspect"))),
      comparisons: try reader.objects("comparisons").map { item throws(Problem) in
        try PairAnswer(item)
      })
  }

  /// Reads a comparison as an entry of a report has it: the whole answer in `body` if its blob is
  /// still there, else what the statement says.
  public init(recorded entry: JSON) throws(Problem) {
    let reader = try AnswerReader(entry)
    try self.init(json: reader.member("body") ?? entry)
  }
}
