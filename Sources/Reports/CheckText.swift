// The gate's answer for people: the verdict and the name, why, what to do, and then the details.
//
// Promises: at most five lines of reasons, as they are printed, and three steps before the details,
// whatever was found, and none of them contradicts another; the same result gives the same lines.
// They are not broken to the width yet and carry no colour. Foreign words stand in them as they
// are: whoever prints a line makes it visible and breaks it. Digests are short: whole ones are in
// JSON and in `fingerprint`.

import Audit
import Base
import Licensing
import Policy
import Register

public enum CheckText {
  /// The whole answer.
  /// - Parameters:
  ///   - isDetailed: Whether open questions and the rules behind them are told one by one with all
  ///     that is known of them; else they are counted, and the few stand that come first.
  ///   - columns: How wide the lines will be printed.
  public static func lines(
    _ result: CheckResult, isDetailed: Bool = false, columns: Int = WrappedText.columns
  ) -> [String] {
    let remainder = isDetailed ? "the whole is below" : "the whole with --details"
    let reasons = CheckReasons(
      result, lines: ReasonLines(columns: columns, remainder: remainder))
    var lines = ["\(headline(result.verdict))  \(result.name)", "Why"]
    lines += reasons.why.map { "  \($0)" }
    if result.verdict != .allow {
      lines += ["What to do"] + reasons.steps.map { "  \($0)" }
    }
    return lines + [""] + details(result, isDetailed: isDetailed)
  }

  private static func details(_ result: CheckResult, isDetailed: Bool) -> [String] {
    var lines = [
      "Details", "  model \(result.model.short)", "  as of \(result.asOf)\(until(result))",
    ]
    if let profile = result.profile { lines.append("  asked for \(profile.reference.name)") }
    lines += result.answer.waivedBy.flatMap(waiver)
    lines += result.facts.stated.map {
      "  stated: \($0.fact.rawValue) is \($0.value), by \($0.origin)"
    }
    lines += licence(result.licence) + lineage(result.lineage)
    let others = result.findings.filter { finding in
      !(result.decision?.findings.contains { $0.id == finding.id } ?? false)
    }
    if !others.isEmpty { lines += ["", "Findings"] + others.map(line) }
    lines += questions(result, isDetailed: isDetailed)
    if let decision = result.decision {
      lines += ["", "Policy"]
      lines += decision.detailLines(isWhole: isDetailed).map { $0.isEmpty ? "" : "  " + $0 }
    } else if result.depth == .quick {
      lines += ["", "Policy was not asked (quick check): the answer cannot be better than review."]
    }
    return lines
  }

  /// What is not known: first what can settle everything, then what matters only if that does not.
  private static func questions(_ result: CheckResult, isDetailed: Bool) -> [String] {
    let open = result.answer.missing
    guard !open.isEmpty else { return [] }
    guard let decision = result.decision else { return unasked(result, isDetailed: isDetailed) }
    let first = open.filter(\.isOnShortList)
    let rest = open.filter { !$0.isOnShortList }
    let rules = decision.findings.count { $0.truth == .unknown }
    var lines = ["", "Open questions"]
    if !rest.isEmpty {
      let few = first.count == 1 ? "one" : "\(first.count)"
      lines.append(
        "  \(open.count) facts are not known; \(few) of them "
          + "can settle \(rules == 1 ? "the open rule" : "all \(rules) open rules"):")
    }
    lines += first.map { question($0, isDetailed: isDetailed) }
    guard !rest.isEmpty else { return lines }
    if isDetailed {
      lines.append("  If these do not settle it:")
      lines += rest.map { question($0, isDetailed: true) }
    } else {
      lines.append("  The others, and each rule with its source: --details.")
    }
    return lines
  }

  /// Where no rule was asked yet: what every rule needs, and how many questions may follow.
  private static func unasked(_ result: CheckResult, isDetailed: Bool) -> [String] {
    let open = result.answer.missing
    let first = open.filter { CheckReasons.isAskedFirst($0.fact) }
    let rest = open.filter { !CheckReasons.isAskedFirst($0.fact) }
    var lines = ["", "Open questions"] + first.map { question($0, isDetailed: isDetailed) }
    if isDetailed {
      lines += rest.map { question($0, isDetailed: true) }
    } else if !rest.isEmpty {
      let few = rest.count == 1 ? "one more fact" : "\(rest.count) more facts"
      lines.append("  Once this is said, up to \(few) may matter; all of them: --details.")
    }
    return lines
  }

  private static func question(_ open: OpenFact, isDetailed: Bool) -> String {
    "  \(open.question) [\(open.fact)]" + (isDetailed ? " \(open.why)" : "")
  }

  private static func headline(_ verdict: Verdict) -> String {
    switch verdict {
    case .allow: "ALLOW "
    case .deny: "DENY  "
    case .review: "REVIEW"
    }
  }

  private static func until(_ result: CheckResult) -> String {
    guard let last = result.answer.validUntil else { return "" }
    return last == result.asOf
      ? ", and the answer may change the day after" : ", the same answer until \(last)"
  }

  /// What an answer rests on that somebody granted: it stands before everything else.
  private static func waiver(_ recorded: ModelLineage.RecordedWaiver) -> [String] {
    let waiver = recorded.waiver
    return [
      "  waived: \(waiver.rule), by \(waiver.by), until \(waiver.to) (entry \(recorded.entry))",
      "    \(waiver.reason)",
    ]
  }

  private static func licence(_ report: LicenceReport?) -> [String] {
    guard let report else { return [] }
    let typed = report.declared.typed
    var declared = report.declared.ids.isEmpty ? typed : report.declared.ids
    if !report.declared.ids.isEmpty, typed == ["other"] {
      declared[declared.count - 1] += " (declared as \"other\")"
    }
    let texts = report.detected.map { text in
      "\(text.file) is \(text.ids.isEmpty ? "not recognised" : text.ids.joined(separator: ", "))"
    }
    return (declared.isEmpty ? [] : ["  licence: \(declared.joined(separator: ", "))"])
      + texts.map { "  licence text: \($0)" }
  }

  private static func lineage(_ lineage: ModelLineage) -> [String] {
    guard !lineage.edges.isEmpty else { return ["  lineage: none declared, none recorded"] }
    return lineage.edges.map { edge in
      let ancestor = lineage.names[edge.ancestor] ?? Digest.label(edge.ancestor)
      let child =
        edge.child == ModelLineage.node
        ? "this model" : lineage.names[edge.child] ?? Digest.label(edge.child)
      let route = edge.route.map { " through \($0.rawValue)" } ?? ""
      let source = edge.source.map { " by \($0)" } ?? ""
      return "  lineage: \(ancestor) → \(child) "
        + "(\(edge.relation?.rawValue ?? "relation not known")\(route), \(edge.grade.rawValue)"
        + "\(source))"
    }
  }

  private static func line(_ finding: Finding) -> String {
    let place = finding.place.map { " (\($0))" } ?? ""
    return "  \(finding.severity.rawValue)  \(finding.id): \(finding.message)\(place)"
  }
}
