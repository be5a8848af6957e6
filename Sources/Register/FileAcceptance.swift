// Warnings about files that somebody accepted by the digest of the file.
//
// A waiver whose rule is `file:sha256:HEX` accepts what is said of the file with that very content
// as a warning: a person has read the code, or knows what the unread file is. What is said of it
// as an error stands, and so does everything about a file that was changed since.

import Base
import Ledger

public struct FileAcceptance: Sendable {
  private static let prefix = "file:"

  /// What is left.
  let findings: [Finding]
  /// The rules of the waivers that took something away, sorted.
  let rules: [String]
  /// The last day on which the same waivers count; nil if no day changes that.
  let validUntil: CalendarDay?

  init(
    of findings: [Finding], by waivers: [ModelLineage.RecordedWaiver], on day: CalendarDay
  ) {
    let warned = Set(findings.filter { $0.severity == .warning }.compactMap(Self.rule(of:)))
    let about = waivers.map(\.waiver).filter { warned.contains($0.rule) }
    let accepted = Set(about.filter { $0.holds(on: day) }.map(\.rule))
    self.findings = findings.filter { finding in
      finding.severity != .warning || Self.rule(of: finding).map { !accepted.contains($0) } ?? true
    }
    rules = accepted.sorted { ByteName($0) < ByteName($1) }
    validUntil = about.compactMap { waiver -> CalendarDay? in
      if waiver.holds(on: day) { return waiver.to }
      guard day < waiver.from else { return nil }
      return CalendarDay(daysSinceEpoch: waiver.from.daysSinceEpoch - 1)
    }.min()
  }

  /// The rule that a waiver must name to accept a finding; nil if it is not about one known file.
  static func rule(of finding: Finding) -> String? {
    finding.details["sha256"]?.string.flatMap { Digest(tagged: $0) }.map { prefix + $0.tagged }
  }

  /// Days on which a waiver of a file begins to count, or counts no more.
  static func turningDays(
    of waivers: [ModelLineage.RecordedWaiver], after day: CalendarDay
  ) -> [CalendarDay] {
    waivers.map(\.waiver).filter { isRule($0.rule) }.flatMap {
      [$0.from, CalendarDay(daysSinceEpoch: $0.to.daysSinceEpoch + 1)]
    }.filter { $0 > day }
  }

  /// Whether a rule has this form.
  public static func isRule(_ rule: String) -> Bool { rule.hasPrefix(prefix) }

  /// Throws `rule_not_found` or `not_waivable` if there is nothing that the rule could accept.
  /// - Parameter findings: of the newest decision, if there is one.
  public static func check(
    _ rule: String, findings: [Finding], waived: [String], isInAdvance: Bool
  ) throws(Problem) {
    guard Digest(tagged: rule.dropFirst(prefix.count)) != nil else {
      throw Problem(
        .usage, "rule_not_found", place: rule,
        reason: "a file is named by file:sha256: and 64 hexadecimal digits",
        remedy: "take the digest from `assay fingerprint`")
    }
    let about = findings.filter { Self.rule(of: $0) == rule }
    guard !about.contains(where: { $0.severity == .error }) else {
      throw Problem(
        .usage, "not_waivable", place: rule,
        reason: "this cannot be waived: what is said of the file is an error",
        remedy: "remove the file, or take a copy of the model without it")
    }
    guard isInAdvance || !about.isEmpty || waived.contains(rule) else {
      throw Problem(
        .usage, "rule_not_found", place: rule,
        reason: "there is nothing to waive: the newest decision has no warning about this file",
        remedy: "check the model first, or grant it with --in-advance")
    }
  }
}
