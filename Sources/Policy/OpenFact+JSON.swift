// What to ask, as JSON.

import Base

extension OpenFact {
  /// An element of `missing` in the answer of a check.
  public var json: JSON {
    [
      "fact": .string(fact), "question": .string(question), "why": .string(why),
      "would_close": JSON(wouldClose), "short_list": .bool(isOnShortList),
    ]
  }
}
