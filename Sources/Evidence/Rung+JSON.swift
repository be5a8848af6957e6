// A rung of the ladder as JSON: {"rung":n,"test":…,"outcome":…} and the numbers of the test.

import Base

extension Rung {
  public var json: JSON {
    var object = details
    object["rung"] = .number(JSONNumber(rung))
    object["test"] = .string(test)
    object["outcome"] = .string(outcome.rawValue)
    return .object(object)
  }

  public init(_ reader: AnswerReader) throws(Problem) {
    self.init(
      try reader.needed("rung", reader.whole("rung")),
      try reader.needed("test", reader.text("test")),
      try reader.needed("outcome", reader.word("outcome", as: RungOutcome.self)),
      details: reader.members(without: ["rung", "test", "outcome"]))
  }
}
