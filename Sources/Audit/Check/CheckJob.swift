// The gate: identity, safety of the files, licence, lineage, law; one verdict.
//
//   deny     code hides in the files, or a rule forbids the use
//   review   a rule cannot decide, a licence is unclear or contradicted, or policy was not asked
//   allow    the files are clean, the licence is recognised, and no rule has anything against it
//
// Nothing is loaded that could run. A missing fact is asked back, never assumed.

import Base
import Crypto
import Fingerprint
import Formats
import Ledger
import Policy

/// Checks models against one pack and one state.
public struct CheckJob: Sendable {
  let pack: PolicyPack
  /// Where lineage is read from; nil: only the card speaks.
  let state: StateDirectory?
  let clock: WallClock

  public init(pack: PolicyPack, state: StateDirectory?, clock: WallClock = .system) {
    self.pack = pack
    self.state = state
    self.clock = clock
  }

  /// Throws for a model that is malformed or unreadable (exit 4), and for a profile that does not
  /// fit the vocabulary.
  public func run(
    _ request: CheckRequest, progress: Progress = .none
  ) throws(Problem) -> CheckResult {
    let contents = try ModelContents.read(request.path, links: request.links)
    guard contents.model != nil || !contents.findings.isEmpty else {
      throw Problem(
        .malformed, "no_weights", place: request.path, reason: "there are no weights in it",
        remedy: "give the directory that holds the weights")
    }
    let fingerprint = try Fingerprint.compute(
      contents: contents,
      options: FingerprintOptions(threads: request.threads, isCancelled: request.isCancelled),
      progress: progress)
    let now = clock.now()
    let asOf = request.asOf ?? CalendarDay(now)
    var findings = fingerprint.findings
    let report: LicenceReport?
    var card: ModelCard?
    if contents.isDirectory {
      report = try licenceCheck(directory: request.path, models: request.models)
      card = try? ModelCard.read(request.path)
    } else {
      report = nil
      findings.append(
        Finding(
          id: "licence.missing", severity: .error,
          message: "A single file carries no card and no licence text.", place: request.path))
    }
    findings += report?.findings ?? []
    let lineage = try lineage(fingerprint.filesRoot, card, report)
    findings += lineage.findings
    var decision: PolicyDecision?
    if request.depth == .full {
      let question = try CheckQuestion(
        request: request, asOf: asOf, pack: pack, lineage: lineage,
        name: FileSystem.lastComponent(request.path), report: report, card: card
      ).policyRequest()
      do throws(Problem) {
        let answer = try Policy.evaluate(pack, question)
        findings += answer.findings.map(\.finding)
        decision = answer
      } catch {
        // Nobody has said what the model is for: that leaves it open, it does not end the check.
        guard error.code == "missing_request" else { throw error }
        findings.append(Self.notAsked(error))
      }
    }
    return CheckResult(
      name: FileSystem.lastComponent(request.path),
      verdict: Self.verdict(fingerprint, report, lineage, decision), fingerprint: fingerprint,
      licence: report, lineage: lineage, decision: decision, findings: Self.sorted(findings),
      asOf: asOf, time: now)
  }

  private func lineage(
    _ model: Digest, _ card: ModelCard?, _ report: LicenceReport?
  ) throws(Problem) -> CheckLineage {
    guard let state, state.exists else {
      return try LineageReader(ledger: nil, trusted: []).read(
        model: model, card: card, report: report)
    }
    let reader = LineageReader(
      ledger: try state.openLedger(), trusted: try state.trustedKeys())
    return try reader.read(model: model, card: card, report: report)
  }

  private static func notAsked(_ problem: Problem) -> Finding {
    Finding(
      id: "policy.not_asked", severity: .warning,
      message: "No policy was asked: \(problem.reason) State it with --profile FILE, or as profile "
        + "in config.json of the state.", place: problem.place)
  }

  /// Unsafe files deny. Beyond them, only policy denies, and only a clean licence allows.
  static func verdict(
    _ fingerprint: Fingerprint, _ report: LicenceReport?, _ lineage: CheckLineage,
    _ decision: PolicyDecision?
  ) -> Verdict {
    if fingerprint.isUnsafe || decision?.verdict == .deny { return .deny }
    guard let decision, decision.verdict == .allow, let report,
      report.exitCode == .yes, lineage.findings.allSatisfy({ $0.severity == .note })
    else { return .review }
    return .allow
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
