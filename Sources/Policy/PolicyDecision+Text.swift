// A decision for people: the verdict, then why, then what to do.
//
// Promises: pure; the same decision gives the same lines; lines are not wrapped.

import Base

extension PolicyDecision {
  /// The whole explanation, line by line.
  public var lines: [String] {
    var lines = headline + [""] + groundLines() + missingLines + flipLines + sourceLines
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// What the answer rests on, without the answer and without what is missing: for whoever tells
  /// these in other words.
  /// - Parameter isWhole: whether a rule that is not decided is told with its source and facts, and
  ///   not in one line.
  public func detailLines(isWhole: Bool) -> [String] {
    var lines = groundLines(isWhole: isWhole) + flipLines + sourceLines
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  private func groundLines(isWhole: Bool = true) -> [String] {
    let open = isWhole ? [] : findings.filter { $0.truth == .unknown }
    let told = isWhole ? findings : findings.filter { $0.truth != .unknown }
    var lines: [String] = []
    for finding in told where finding.severity == .error { lines += Self.lines(finding) }
    for finding in told where finding.severity != .error { lines += Self.lines(finding) }
    if !open.isEmpty { lines += open.map(Self.headline) + [""] }
    if !waived.isEmpty {
      lines.append("Set aside by a waiver: " + waived.map(\.id).joined(separator: ", ") + ".")
    }
    lines += notes.map(Self.note)
    return lines + dutyLines
  }

  private var headline: [String] {
    let horizonText =
      switch horizon {
      case .inForce: "the law in force"
      case .enacted: "the law in force and enacted"
      case .proposed: "the law in force, enacted and proposed"
      }
    let owed = duties.filter { $0.state == .due || $0.state == .accepted }.count
    let answer =
      switch verdict {
      case .allow where !waived.isEmpty:
        "ALLOW, because a waiver sets aside \(waived.map(\.id).joined(separator: ", "))."
          + (owed == 0 ? "" : " The duties listed below remain.")
      case .allow where owed == 0: "ALLOW. Nothing in the rules stands against it."
      case .allow: "ALLOW, on \(owed) \(owed == 1 ? "duty" : "duties") listed below."
      case .deny: "DENY. \(findings.count { $0.severity == .error }) of the rules forbid it."
      case .review: "REVIEW. It cannot be decided on what is known; a person must look."
      }
    return [answer, "(as of \(asOf), \(horizonText))"]
  }

  private static func headline(_ finding: PolicyFinding) -> String {
    let effect =
      switch (finding.effect, finding.truth) {
      case (.deny, .yes): "forbids it"
      case (.deny, _): "may forbid it"
      case (_, .yes): "asks for review"
      default: "may ask for review"
      }
    return "\(finding.title) [\(finding.id)]: \(effect)."
  }

  private static func lines(_ finding: PolicyFinding) -> [String] {
    var lines = [headline(finding)]
    lines.append("  \(finding.sentence)")
    if finding.isRefusedDuty { lines.append("  A duty of this rule was refused.") }
    if !finding.citation.isEmpty {
      var source = "  Source: \(finding.citation)"
      if let status = finding.status {
        source += "; status \(status.rawValue.replacing("_", with: " "))"
      }
      if let confidence = finding.confidence { source += "; confidence \(confidence.rawValue)" }
      lines.append(source + ".")
    }
    for terms in finding.terms {
      lines.append("  Terms: \(terms.citation): \(terms.sentence) (\(terms.address))")
    }
    if let note = finding.statusNote { lines.append("  Note: \(note).") }
    if let penalty = finding.penalty { lines.append("  Penalty: \(penalty).") }
    if !finding.path.isEmpty { lines.append("  Way: " + way(finding.path)) }
    let known = finding.facts.filter { !$0.candidates.isEmpty }
    if !known.isEmpty { lines.append("  Facts: " + known.map(fact).joined(separator: "; ") + ".") }
    let unknown = finding.facts.filter(\.candidates.isEmpty).map(\.name)
    if finding.truth == .unknown, !unknown.isEmpty {
      lines.append("  Not known: " + unknown.joined(separator: ", ") + ".")
    }
    return lines + [""]
  }

  private static func way(_ path: [LineageEdge]) -> String {
    path.map { edge in
      let relation = edge.relation?.rawValue ?? "relation not known"
      return "\(edge.ancestor) > \(edge.child) (\(relation), \(edge.grade.rawValue))"
    }.joined(separator: "; ")
  }

  private static func fact(_ fact: UsedFact) -> String {
    let values = fact.candidates.map { candidate in
      let origin = candidate.origin.map { ", \($0)" } ?? ""
      return "\(candidate.value.json.canonicalText) (\(candidate.grade.rawValue)\(origin))"
    }
    return "\(fact.name) = \(values.joined(separator: " or "))"
  }

  private static func note(_ note: String) -> String {
    let parts = note.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return note }
    switch parts[0] {
    case "waiver.not-allowed": return "A waiver of \(parts[1]) has no effect: it cannot be waived."
    case "waiver.expired": return "A waiver of \(parts[1]) has no effect on this day."
    default: return note
    }
  }

  private var dutyLines: [String] {
    var lines: [String] = []
    if !duties.isEmpty {
      lines.append("Duties:")
      lines += duties.map { "  [\($0.state.rawValue)] \($0.text) (\($0.id))" }
      lines.append("")
    }
    if !possibleDuties.isEmpty {
      lines.append("Duties that may apply:")
      lines += possibleDuties.map { "  \($0.text) (\($0.id))" }
      lines.append("")
    }
    return lines
  }

  private var missingLines: [String] {
    guard let missing, verdict == .review else { return [] }
    var lines: [String] = ["What to do:"]
    for set in missing.toAllow + missing.toDeny.filter({ !missing.toAllow.contains($0) }) {
      let verdicts = [(missing.toAllow, "allow"), (missing.toDeny, "deny")]
      let open = verdicts.filter { $0.0.contains(set) }.map(\.1).joined(separator: " or ")
      lines.append("  Find out \(set.joined(separator: " and ")): it can decide for \(open).")
    }
    for attribute in missing.attributes { lines.append("  Give \(attribute).") }
    if !missing.complete { lines.append("  There may be more ways; the search was cut short.") }
    if missing.toAllow.isEmpty {
      lines.append("  No small set of answers gives allow: a person must judge what is above.")
    }
    return lines + [""]
  }

  private var flipLines: [String] {
    guard let flips, !flips.isEmpty else { return [] }
    return ["Another value of one fact alone would change the answer:"]
      + flips.map { "  \($0.fact): \($0.verdict.rawValue)" } + [""]
  }

  private var sourceLines: [String] {
    var lines: [String] = []
    if !stale.isEmpty {
      lines.append("Rules past their review date: " + stale.joined(separator: ", ") + ".")
    }
    let files = packFiles.map { "\($0.name) \($0.digest.hex.prefix(12))" }.joined(separator: ", ")
    return lines + ["Rules: \(files)."]
  }
}
