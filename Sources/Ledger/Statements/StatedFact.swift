// A fact about a model that a person states when it is checked, because nothing in the model says
// it.
//
//     {"fact": name of the vocabulary, "value", "grade": "stated", "origin": who states it}
//
// It stands in the statement of the check, so that whoever reads the log sees on whose word a
// decision rests.

import Base

/// A person's word about a model.
public struct StatedFact: Equatable, Sendable {
  /// `model.licence`, `model.base`, `model.developer` or `model.origin`.
  public enum Name: String, Sendable, CaseIterable {
    case licence = "model.licence"
    /// The value is `ORG/NAME=relation`.
    case base = "model.base"
    case developer = "model.developer"
    case origin = "model.origin"
  }

  public var fact: Name
  public var value: String
  /// Who states it.
  public var origin: String

  public init(_ fact: Name, _ value: String, by origin: String) {
    self.fact = fact
    self.value = value
    self.origin = origin
  }

  public var json: JSON {
    [
      "fact": .string(fact.rawValue), "value": .string(value), "grade": "stated",
      "origin": .string(origin),
    ]
  }

  /// Reads what `json` writes.
  public init(_ reader: ObjectReader) throws(Problem) {
    guard let fact = try reader.word("fact", as: Name.self) else {
      throw reader.malformed("fact", "the name of a fact is needed")
    }
    guard try reader.text("grade") == "stated" else {
      throw reader.malformed("grade", "\"stated\" is needed")
    }
    self.init(fact, try reader.filled("value"), by: try reader.filled("origin"))
  }
}
