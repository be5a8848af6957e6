// Reads what a statement about a trial tells out of its predicate, which `TrialRecord` and
// `EarlierTest.swift` write.
//
// Promises: total. A step that cannot be read whole keeps its name and has no content, so that a
// reader of the ledger still sees that there was one.

import Base
import Crypto
import Evidence
import Ledger

extension TrialEvent {
  private static let names = [
    TrialRecord.schema: "committed", TrialRecord.beaconSchema: "beacon",
    TrialRecord.deliveredSchema: "delivered", TrialRecord.testSchema: "tested",
    TrialRecord.revealedSchema: "revealed",
  ]

  /// Nil for statements of other kinds.
  public init?(_ statement: Statement) {
    guard statement.predicateType == StatementType.trial.uri else { return nil }
    let predicate = statement.predicate
    let schema = predicate["schema"]?.string ?? ""
    self.init(
      name: Self.names[schema] ?? schema,
      trial: predicate["record"]?.string ?? SHA256.hash(predicate.canonicalBytes).tagged,
      predicate: predicate)
  }

  /// A step whose name and trial are known.
  public init(name: String, trial: String, predicate: JSON) {
    self.name = name
    self.trial = trial
    step = try? Step(name, ObjectReader(predicate, code: "bad_trial", what: "trial statement"))
  }

  /// When a step says that it was recorded.
  static func time(of statement: Statement) -> Instant? {
    statement.predicate["time"]?.string.flatMap(Instant.init(rfc3339:))
  }
}

extension TrialEvent.Step {
  fileprivate init?(_ name: String, _ reader: ObjectReader) throws(Problem) {
    switch name {
    case "committed": self = .committed(try TrialEvent.Commitment(reader))
    case "beacon":
      guard let beacon = try reader.object("beacon") else { return nil }
      self = .beacon(round: try beacon.filled("round"))
    case "delivered":
      self = .delivered(
        TrialEvent.Delivery(
          customer: try reader.filled("customer"), lineCount: try reader.count("lines"),
          root: try reader.needed("lines_root", try reader.digest("lines_root"), "a digest")))
    case "tested": self = .tested(try TrialEvent.Test(reader))
    case "revealed": self = .revealed(customers: try reader.texts("customers"))
    default: return nil
    }
  }
}

extension TrialEvent.Commitment {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    func names(_ key: String) throws(Problem) -> [String] {
      try reader.objects(key).map { item throws(Problem) in
        try item.needed("name", try item.text("name"), "a name")
      }
    }
    pairCount = try reader.count("pairs")
    equalPairCount = try reader.count("equal_pairs")
    customers = try names("customers")
    references = try names("references")
    let plan = try reader.needed("plan", try reader.object("plan"), "a plan")
    level = try plan.needed("alpha", try plan.number("alpha"), "a level")
  }
}

extension TrialEvent.Test {
  fileprivate init(_ reader: ObjectReader) throws(Problem) {
    suspect = try reader.digest("suspect")
    verdict = try reader.needed(
      "verdict", try reader.word("verdict", as: TrialVerdict.self), "a verdict")
    sentence = try reader.filled("sentence")
    customer = try reader.text("customer")
    decidedBy = try reader.filled("decided_by")
    log10PValue = try reader.number("log10_p_value")
    adjustedP = try reader.number("p_adjusted")
    comparisonCount = try reader.count("comparisons")
  }
}
