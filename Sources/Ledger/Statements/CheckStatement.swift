// A verdict of the gate on one model, with everything that is needed to decide again later and to
// tell whether it still holds.
//
// The subject is the model. The predicate:
//
//     verdict, name, as_of, time, depth (full | quick | question), trigger (check | decide)
//     licences            what the model's own card and texts name
//     stated?             what a person stated of the model: StatedFact
//     weights_digest?, tensor_set_digest?
//     facts?              blob: what was recorded of the model; see Register
//     result?             blob: the whole answer
//     policy?             {name, digest, source, place?}
//     profile?            {name, digest, source}; its facts are a blob of that digest
//     valid_until?        last day on which the same answer follows
//     basis?              what of the ledger was used
//     because             why a decision was made anew: [{event, ledger_index?, detail}]
//     findings, waived
//
// Entries from before decisions were kept lack most of it; they say what a model's licences are and
// can never be relied on as a decision.

import Base
import Crypto

/// A check as it stands in the log.
public struct CheckStatement: StatementBody {
  public static let type = StatementType.check

  /// What asked for the verdict.
  public enum Trigger: String, Sendable { case check, decide }

  /// `quick` looked at files and licence alone; `question` asked about another day or about rules
  /// that are not in force, and is kept for what a person stated in it. Their verdicts are no
  /// decisions.
  public enum Depth: String, Sendable { case quick, question, full }

  public var model: Digest
  public var name: String
  public var verdict: Verdict
  public var asOf: CalendarDay
  public var time: Instant?
  public var depth = Depth.full
  public var trigger = Trigger.check
  public var licences: [String] = []
  /// What a person stated of the model at the check.
  public var stated: [StatedFact] = []
  /// Digests of names and values of the tensors, and of the values alone.
  public var weights: Digest?
  public var tensorSet: Digest?
  /// Blob of the recorded facts, and of the whole answer.
  public var facts: Digest?
  public var result: Digest?
  public var policy: PolicyReference?
  public var profile: ProfileReference?
  public var validUntil: CalendarDay?
  public var basis: DecisionBasis?
  public var because: [DecisionCause] = []
  public var findings: [Finding] = []
  /// Ids of findings that a waiver took away.
  public var waived: [String] = []

  public init(model: Digest, name: String, verdict: Verdict, asOf: CalendarDay, time: Instant?) {
    self.model = model
    self.name = name
    self.verdict = verdict
    self.asOf = asOf
    self.time = time
  }

  /// Whether it was asked of rules and kept what deciding again needs.
  public var isDecision: Bool { depth == .full && facts != nil && basis != nil && policy != nil }
}

// MARK: Writing

extension CheckStatement {
  public func statement() -> Statement {
    Statement(
      subjects: [.init(name: name, sha256: model)], predicateType: Self.type.uri,
      predicate: .object(members))
  }

  /// The members of the predicate.
  public var members: JSONObject {
    var object: JSONObject = [
      "verdict": .string(verdict.rawValue), "name": .string(name),
      "as_of": .string(asOf.description), "depth": .string(depth.rawValue),
      "trigger": .string(trigger.rawValue), "licences": JSON(licences),
      "because": .array(because.map(\.json)), "findings": .array(findings.map(\.json)),
      "waived": JSON(waived),
    ]
    if !stated.isEmpty { object["stated"] = .array(stated.map(\.json)) }
    object["time"] = time.map { .string($0.rfc3339) }
    object["weights_digest"] = weights.map { .string($0.tagged) }
    object["tensor_set_digest"] = tensorSet.map { .string($0.tagged) }
    object["facts"] = facts.map { .string($0.tagged) }
    object["result"] = result.map { .string($0.tagged) }
    object["policy"] = policy?.json
    object["profile"] = profile?.json
    object["valid_until"] = validUntil.map { .string($0.description) }
    object["basis"] = basis?.json
    return object
  }
}

// MARK: Reading

extension CheckStatement {
  public init(_ statement: Statement) throws(Problem) {
    let reader = try PredicateReader(statement, as: Self.type)
    let subject = try statement.onlySubject(as: Self.type)
    guard let verdict = try reader.word("verdict", as: Verdict.self) else {
      throw reader.malformed("verdict", "a verdict is needed")
    }
    guard let asOf = try reader.day("as_of") else {
      throw reader.malformed("as_of", "a day is needed")
    }
    self.init(
      model: subject.digest, name: try reader.text("name") ?? subject.name ?? "",
      verdict: verdict, asOf: asOf, time: try reader.time("time"))
    depth = try reader.word("depth", as: Depth.self) ?? .full
    trigger = try reader.word("trigger", as: Trigger.self) ?? .check
    licences = try reader.texts("licences")
    for item in try reader.objects("stated") { stated.append(try StatedFact(item)) }
    weights = try reader.digest("weights_digest")
    tensorSet = try reader.digest("tensor_set_digest")
    facts = try reader.digest("facts")
    result = try reader.digest("result")
    if let policy = try reader.object("policy") { self.policy = try PolicyReference(policy) }
    if let profile = try reader.object("profile") { self.profile = try ProfileReference(profile) }
    validUntil = try reader.day("valid_until")
    if let basis = try reader.object("basis") { self.basis = try DecisionBasis(basis) }
    for cause in try reader.objects("because") { because.append(try DecisionCause(cause)) }
    for (position, item) in try reader.list("findings").enumerated() {
      guard let finding = Finding(json: item) else {
        throw reader.malformed("findings/\(position)", "a finding is needed")
      }
      findings.append(finding)
    }
    waived = try reader.texts("waived")
  }
}
