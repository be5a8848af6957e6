// From recorded facts to a verdict: the one path, whoever asks and whether a model was read just
// now or long ago.
//
//     deny     code hides in the files, or a rule forbids the use
//     review   a rule cannot decide, a licence is unclear or contradicted, a file is not what it
//              should be, the lineage cannot be relied on, or policy was not asked
//     allow    the files are clean or accepted by their digest, the licence is recognised, and no
//              rule has anything against it
//
// A missing fact is asked back, never assumed.

import Base
import Ledger
import Policy
import State

/// What is asked about a model, besides what was recorded of it.
public struct Question: Sendable {
  public var profile: Profile?
  public var asOf: CalendarDay
  /// Whether the day was named; else a day in the profile goes before it.
  public var isDayNamed: Bool
  public var horizon: Horizon?

  public init(
    profile: Profile?, asOf: CalendarDay, isDayNamed: Bool = false, horizon: Horizon? = nil
  ) {
    self.profile = profile
    self.asOf = asOf
    self.isDayNamed = isDayNamed
    self.horizon = horizon
  }
}

/// A verdict and everything it rests on.
public struct Answer: Sendable {
  public let verdict: Verdict
  /// Of all parts, gravest first.
  public let findings: [Finding]
  public let lineage: ModelLineage
  /// Nil: policy was not asked, because nobody said what the model is for.
  public let policy: PolicyDecision?
  /// What would settle a review, most useful first.
  public let missing: [OpenFact]
  /// The last day on which the same answer follows by itself; nil: no known day changes it.
  public let validUntil: CalendarDay?
  /// Those of the findings that tell of a duty of whoever passes the model on, which this use does
  /// not ask for.
  public let unowed: [Finding]

  /// Rules of the waivers that accept a file (`FileAcceptance`) and took a finding away.
  public let acceptedFiles: [String]
  /// The day that the answer is for; nil: a quick one, which no waiver changes.
  private let day: CalendarDay?

  /// Waivers of the log that took a finding away.
  public var waivedBy: [ModelLineage.RecordedWaiver] {
    guard let day else { return [] }
    let rules = Set(waived.map { ByteName($0) })
    return lineage.waivers.filter { recorded in
      recorded.waiver.holds(on: day) && rules.contains(ByteName(recorded.waiver.rule))
    }
  }

  /// The rules whose findings were taken away.
  public var waived: [String] { (policy?.waived.map(\.id) ?? []) + acceptedFiles }

  /// Decides. Throws for a profile that does not fit the vocabulary.
  /// - Parameter options: what is worked out beside the verdict.
  public init(
    _ question: Question, about facts: ModelFacts, lineage: ModelLineage, pack: PolicyPack,
    options: Policy.Options = .init()
  ) throws(Problem) {
    var findings = (facts.licence?.findings ?? []) + lineage.findings
    findings += facts.statedConflicts
    if facts.licence == nil, facts.stated(.licence) == nil {
      findings.append(
        Finding(
          id: "licence.missing", severity: .error,
          message: "Nothing was read about a licence.", place: facts.name))
    }
    var decision: PolicyDecision?
    var validUntil: CalendarDay?
    let request = try question.policyRequest(about: facts, lineage: lineage, pack: pack)
    let duties = facts.duties(under: request)
    do throws(Problem) {
      let answer = try Policy.evaluate(pack, request, options: options)
      findings += answer.findings.map(\.finding)
      validUntil = try PolicyTimeline(pack, request).validUntil(from: answer.asOf)
      decision = answer
    } catch {
      // Nobody has said what the model is for: that leaves it open, it does not end the check.
      guard error.code == "missing_request" else { throw error }
      findings.append(Self.notAsked(error))
    }
    let day = decision?.asOf ?? question.asOf
    let files = FileAcceptance(of: facts.fileFindings, by: lineage.waivers, on: day)
    let verdict = Self.verdict(
      policy: decision?.verdict, files: files.findings, about: facts, lineage: lineage,
      duties: duties)
    let asks = options.missing && verdict == .review && decision?.verdict != .allow
    self.init(
      verdict: verdict, findings: Self.sorted(files.findings + findings), lineage: lineage,
      policy: decision, validUntil: [validUntil, files.validUntil].compactMap { $0 }.min(),
      missing: asks ? try Policy.openFacts(pack, request) : [],
      unowed: findings.filter { $0.isOwedWhenPassedOn && !duties.contains($0) },
      acceptedFiles: files.rules, day: day)
  }

  init(
    verdict: Verdict, findings: [Finding], lineage: ModelLineage, policy: PolicyDecision?,
    validUntil: CalendarDay?, missing: [OpenFact] = [], unowed: [Finding] = [],
    acceptedFiles: [String] = [], day: CalendarDay? = nil
  ) {
    self.verdict = verdict
    self.findings = findings
    self.lineage = lineage
    self.policy = policy
    self.validUntil = validUntil
    self.missing = missing
    self.unowed = unowed
    self.acceptedFiles = acceptedFiles
    self.day = day
  }

  /// The same answer with another verdict and other findings.
  func with(verdict: Verdict, findings: [Finding]) -> Answer {
    Answer(
      verdict: verdict, findings: findings, lineage: lineage, policy: policy,
      validUntil: validUntil, missing: missing, unowed: unowed, acceptedFiles: acceptedFiles,
      day: day)
  }

  /// Files and licence alone; policy is not asked, so the answer is no more than review.
  public static func quick(about facts: ModelFacts, lineage: ModelLineage) -> Answer {
    Answer(
      verdict: verdict(
        policy: nil, files: facts.fileFindings, about: facts, lineage: lineage, duties: []),
      findings: sorted(
        facts.fileFindings + (facts.licence?.findings ?? []) + lineage.findings
          + facts.statedConflicts),
      lineage: lineage, policy: nil, validUntil: nil)
  }

  /// What policy's verdict becomes, with what is known of the model beside it.
  /// - Parameter duties: what is owed for this use and not there.
  static func verdict(
    policy: Verdict?, files: [Finding], about facts: ModelFacts, lineage: ModelLineage,
    duties: [Finding]
  ) -> Verdict {
    verdict(
      isUnsafe: facts.isUnsafe, policy: policy,
      areFilesClean: files.allSatisfy { $0.severity == .note },
      isLicenceClean: (facts.licence?.isClean ?? (facts.stated(.licence) != nil))
        && duties.isEmpty && facts.statedConflicts.isEmpty,
      isLineageSound: lineage.findings.allSatisfy { $0.severity == .note })
  }

  /// Unsafe files deny. Beyond them, only policy denies, and only clean files with a clean licence
  /// and a sound lineage are allowed.
  static func verdict(
    isUnsafe: Bool, policy: Verdict?, areFilesClean: Bool, isLicenceClean: Bool,
    isLineageSound: Bool
  ) -> Verdict {
    if isUnsafe { return .deny }
    switch policy {
    case .deny: return .deny
    case .review, nil: return .review
    case .allow: return areFilesClean && isLicenceClean && isLineageSound ? .allow : .review
    }
  }

  private static func notAsked(_ problem: Problem) -> Finding {
    Finding(
      id: "policy.not_asked", severity: .warning,
      message: "No policy was asked: \(problem.reason) Say it with --use, --form and --in, with "
        + "--profile FILE, or under a name with `assay profile new`.", place: problem.place)
  }

  /// Gravest first, then by id and place.
  private static func sorted(_ findings: [Finding]) -> [Finding] {
    findings.sorted { a, b in
      if a.severity != b.severity { return a.severity > b.severity }
      return (ByteName(a.id), ByteName(a.place ?? ""), ByteName(a.message))
        < (ByteName(b.id), ByteName(b.place ?? ""), ByteName(b.message))
    }
  }
}
