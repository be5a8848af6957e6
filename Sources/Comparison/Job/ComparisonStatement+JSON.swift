// The predicate of a comparison's statement (Ledger/schema/comparison.schema.json):
//
//   {"suspect":{…},"result":"sha256:…","time"?,"comparisons":[short answers]}

import Base
import Crypto
import Evidence
import Ledger

extension ComparisonStatement {
  var json: JSON {
    var predicate: JSONObject = [
      "suspect": suspect.named, "result": .string(result.tagged),
      "comparisons": .array(comparisons.map(\.summary)),
    ]
    if let time { predicate["time"] = .string(time.rfc3339) }
    return .object(predicate)
  }

  public init(_ statement: Statement) throws(Problem) {
    guard statement.predicateType == Self.type.uri else {
      throw Problem(
        .malformed, "bad_comparison", place: "/predicateType",
        reason: "this is no statement about a comparison")
    }
    let reader = try AnswerReader(statement.predicate, at: "/predicate")
    self.init(
      suspect: try ComparedModel(reader.needed("suspect", reader.object("suspect"))),
      result: try reader.needed("result", reader.digest("result")),
      comparisons: try reader.objects("comparisons").map { item throws(Problem) in
        try PairAnswer(item)
      },
      time: try Self.time(reader))
  }

  /// When a comparison says that it was recorded; nil if it says nothing, as one that had no room
  /// for its predicate.
  static func time(of statement: Statement) throws(Problem) -> Instant? {
    try time(AnswerReader(statement.predicate, at: "/predicate"))
  }

  private static func time(_ reader: AnswerReader) throws(Problem) -> Instant? {
    guard let text = try reader.text("time") else { return nil }
    guard let time = Instant(rfc3339: text) else {
      throw reader.malformed("time", "an RFC 3339 time is wanted")
    }
    return time
  }
}
