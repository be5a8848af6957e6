// A beacon as JSON: {"round":…,"value_hex":…|null}, in the record of a trial and in the statement
// that follows when the value is known.

import Base
import Crypto

extension TrialBeacon {
  init?(_ json: JSON) {
    guard let round = json["round"]?.string, Self.isRound(round) else { return nil }
    let text = json["value_hex"] ?? .null
    let value = text.string.flatMap { Hex.decode($0) }
    guard text.isNull || value != nil else { return nil }
    self.init(round: round, value: value)
  }

  var json: JSON {
    ["round": .string(round), "value_hex": value.map { .string(Hex.encode($0)) } ?? .null]
  }

  /// The beacon that a statement about a trial names; nil if it names none.
  init?(stated statement: Statement) {
    guard let beacon = statement.predicate["beacon"].flatMap(TrialBeacon.init) else { return nil }
    self = beacon
  }
}
