// A person's exception from a rule for one model, between two days.
//
// The subject is the model. The predicate:
//
//     rule    id of the rule or licence condition, or file:sha256:HEX for warnings about that file
//     by      who grants it
//     reason  why
//     from    first day, YYYY-MM-DD
//     to      last day
//     time?   when it was recorded
//
// Does not: say whether the rule can be waived; that is asked before it is written.

import Base
import Crypto

/// A waiver as it stands in the log.
public struct WaiverStatement: StatementBody {
  public static let type = StatementType.waiver

  public var model: Digest
  /// For people.
  public var modelName: String?
  public var rule: String
  public var by: String
  public var reason: String
  /// First and last day on which it counts.
  public var from: CalendarDay
  public var to: CalendarDay
  /// When it was recorded; nil in entries from before this was kept.
  public var time: Instant?

  public init(
    model: Digest, modelName: String?, rule: String, by: String, reason: String,
    from: CalendarDay, to: CalendarDay, time: Instant?
  ) {
    self.model = model
    self.modelName = modelName
    self.rule = rule
    self.by = by
    self.reason = reason
    self.from = from
    self.to = to
    self.time = time
  }

  /// Whether it counts on a day.
  public func holds(on day: CalendarDay) -> Bool { from <= day && day <= to }

  public func statement() throws(Problem) -> Statement {
    guard !rule.isEmpty, !by.isEmpty, !reason.isEmpty else {
      throw Problem(
        .usage, "bad_value", reason: "a waiver needs a rule, a name and a reason",
        remedy: "say who grants it and why")
    }
    guard from <= to else {
      throw Problem(
        .usage, "bad_span", reason: "the waiver ends on \(to), before it begins on \(from)",
        remedy: "give the first day with --from and the last with --to")
    }
    return Statement(
      subjects: [.init(name: modelName, sha256: model)], predicateType: Self.type.uri,
      predicate: .object(members))
  }

  /// The members of the predicate.
  public var members: JSONObject {
    var object: JSONObject = [
      "rule": .string(rule), "by": .string(by), "reason": .string(reason),
      "from": .string(from.description), "to": .string(to.description),
    ]
    object["time"] = time.map { .string($0.rfc3339) }
    return object
  }

  /// Reads a waiver. The daemon once wrote another form, with several rules and a moment as its
  /// end; `WaiverStatement.all(in:)` reads both.
  public init(_ statement: Statement) throws(Problem) {
    let all = try Self.all(in: statement)
    guard all.count == 1 else {
      throw PredicateReader.malformed(.waiver, "/predicate/rules", "one rule is needed")
    }
    self = all[0]
  }

  /// The waivers of a statement: one, or in the daemon's former form one for each of its rules,
  /// from the day it was written to the day it ended on.
  public static func all(in statement: Statement) throws(Problem) -> [WaiverStatement] {
    let reader = try PredicateReader(statement, as: type)
    let subject = try statement.onlySubject(as: type)
    if reader.member("rules") != nil { return try former(reader, subject) }
    guard let from = try reader.day("from") else {
      throw reader.malformed("from", "a day is needed")
    }
    guard let to = try reader.day("to") else { throw reader.malformed("to", "a day is needed") }
    guard from <= to else { throw reader.malformed("to", "it ends before it begins") }
    return [
      WaiverStatement(
        model: subject.digest, modelName: subject.name, rule: try reader.filled("rule"),
        by: try reader.filled("by"), reason: try reader.filled("reason"), from: from, to: to,
        time: try reader.time("time"))
    ]
  }

  private static func former(
    _ reader: PredicateReader, _ subject: (name: String?, digest: Digest)
  ) throws(Problem) -> [WaiverStatement] {
    guard let from = try reader.time("at"), let to = try reader.time("expires_at") else {
      throw reader.malformed("expires_at", "two times are needed")
    }
    guard CalendarDay(from) <= CalendarDay(to) else {
      throw reader.malformed("expires_at", "it ends before it begins")
    }
    let (by, reason) = (try reader.filled("by"), try reader.filled("reason"))
    let rules = try reader.texts("rules")
    guard !rules.isEmpty, !rules.contains("") else {
      throw reader.malformed("rules", "at least one rule is needed, and none without a name")
    }
    return rules.map { rule in
      WaiverStatement(
        model: subject.digest, modelName: subject.name, rule: rule, by: by, reason: reason,
        from: CalendarDay(from), to: CalendarDay(to), time: from)
    }
  }
}
