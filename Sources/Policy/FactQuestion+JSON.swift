// A question to a person as JSON.

import Base

extension FactQuestion {
  /// An element of `questions`.
  public var json: JSON {
    var object: JSONObject = [
      "fact": .string(fact), "question": .string(question), "type": .string(type.rawValue),
      "meaning": .string(meaning), "why": .string(why),
    ]
    if !values.isEmpty { object["values"] = JSON(values) }
    return .object(object)
  }
}
