// One question on many days: what the answer will be if nothing but the day changes.
//
// Promises: an answer of a day is the same that `Policy.evaluate` gives to the question as of that
// day; between two turning days the answer cannot change. Rules whose turning does not touch the
// answer turn nothing: the answers are compared, not the rules.
// Does not: look for what is missing, or describe findings; a timeline is asked often.

import Base

/// A question against a pack, to be asked for any day.
public struct PolicyTimeline: Sendable {
  private let evaluation: Evaluation
  private let refusedOverrides: [Int]

  /// Throws what `Policy.evaluate` throws.
  public init(_ pack: PolicyPack, _ request: PolicyRequest) throws(Problem) {
    let resolved = try pack.resolve(request)
    evaluation = resolved.evaluation
    refusedOverrides = resolved.refusedOverrides
  }

  /// What is answered on a day, as far as days can be told apart by it.
  public struct DayAnswer: Equatable, Sendable {
    public let verdict: Verdict
    /// Id, truth and effect of each finding, sorted by id.
    public let findings: [String]
    /// Id, state and certainty of each duty, sorted by id.
    public let duties: [String]
    /// Ids of findings that a waiver took away.
    public let waived: [String]

    /// Ids that one answer has and the other has not, or has otherwise.
    public func changedRules(since before: DayAnswer) -> [String] {
      let changed = Set(findings).symmetricDifference(before.findings)
      let ids = changed.map { $0.split(separator: " ").first.map(String.init) ?? $0 }
      return Set(ids).sorted { ByteName($0) < ByteName($1) }
    }
  }

  public func answer(on day: CalendarDay) -> DayAnswer {
    var evaluation = evaluation.asOf(day.daysSinceEpoch)
    let outcome = evaluation.decided(refusedOverrides)
    return DayAnswer(
      verdict: outcome.verdict,
      findings: outcome.findings.map { "\($0.id) \($0.truth.word) \($0.effect.rawValue)" },
      duties: outcome.duties.map { "\($0.id) \($0.state.rawValue)" }
        + outcome.possibleDuties.map { "\($0.id) possible" },
      waived: outcome.waived.map(\.id))
  }

  /// The days after `day` on which the answer could change, ascending: a rule begins, ends, or is
  /// due for review; a day that a rule names; a waiver begins or has ended.
  public func turningDays(after day: CalendarDay) -> [CalendarDay] {
    var days = evaluation.pack.turningDays
    for waiver in evaluation.waivers {
      if let from = waiver.from { days.insert(from.daysSinceEpoch) }
      if let to = waiver.to { days.insert(to.daysSinceEpoch + 1) }
    }
    return days.filter { $0 > day.daysSinceEpoch }.sorted().map(CalendarDay.init(daysSinceEpoch:))
  }

  /// The last day, from `day` on, with the answer of `day`; nil if no known day changes it.
  public func validUntil(from day: CalendarDay) -> CalendarDay? {
    let today = answer(on: day)
    let turn = turningDays(after: day).first { answer(on: $0) != today }
    return turn.map { CalendarDay(daysSinceEpoch: $0.daysSinceEpoch - 1) }
  }
}

extension PolicyPack {
  /// Days since 1970-01-01 on which some rule of the pack may say something else than the day
  /// before.
  var turningDays: Set<Int> {
    var days: Set<Int> = []
    for span in spans {
      days.insert(span.from)
      if span.to != Int.max { days.insert(span.to + 1) }
    }
    for day in reviewBy where day != Int.max { days.insert(day + 1) }
    func add(_ bound: Double) {
      days.insert(Int(bound))
      days.insert(Int(bound) + 1)
    }
    for case .asOf(_, let bound) in program.nodes { add(bound) }
    for atom in program.atoms where atom.fact == wellKnown.date {
      switch atom.test {
      case .compares(_, let bound): add(bound)
      case .equals(.day(let day)): add(Double(day))
      case .isOne(let values):
        for case .day(let day) in values { add(Double(day)) }
      default: break
      }
    }
    return days
  }
}

extension Evaluation {
  /// The same question for another day.
  func asOf(_ day: Int) -> Evaluation {
    var facts = facts
    if let date = pack.wellKnown.date {
      facts[date] = facts[date].map {
        FactCandidate(value: .day(day), grade: $0.grade, origin: $0.origin)
      }
    }
    var evaluation = Evaluation(
      pack: pack, asOf: day, horizon: horizon, waivers: waivers, lineage: lineage, facts: facts)
    for (fact, regions) in bounds { evaluation.bind(fact, within: regions) }
    return evaluation
  }
}
