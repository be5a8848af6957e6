// What a person adds to evidence: a conclusion about an edge, an exception from a rule.

import Base
import Crypto
import Ledger
import Policy

/// A person's conclusion.
public struct Conclusion: Equatable, Sendable {
  public let by: String
  public let reason: String

  public init(by: String, reason: String) {
    self.by = by
    self.reason = reason
  }

  /// The conclusion about the child, and the edge that follows from it, graded declared.
  public func statements(
    edge: LineageEdge, childName: String?, ancestorName: String?
  ) throws(Problem) -> [JobStatement] {
    guard !by.isEmpty, !reason.isEmpty else {
      throw Problem(
        .usage, "bad_value", reason: "a conclusion needs a name and a reason",
        remedy: "say who concludes and on what evidence")
    }
    guard let child = Digest(tagged: edge.child) else {
      throw Problem(
        .usage, "child_without_digest", place: edge.child,
        reason: "the child of an edge is named by its digest")
    }
    let conclusion = JobStatement(
      predicateType: StatementType.conclusion.uri,
      subjects: [.init(name: childName ?? edge.child, digest: child)],
      predicate: ["by": .string(by), "reason": .string(reason), "edge": edge.json])
    let lineage = LineageStatement(
      edge: edge, childName: childName, ancestorName: ancestorName,
      evidence: ["concluded_by": .string(by), "reason": .string(reason)])
    return [conclusion, try JobStatement(lineage)]
  }
}

/// A waiver as it stands in the log.
public enum RecordedWaiver {
  public static func statement(
    model: Digest, name: String?, rule: String, by: String, reason: String, from: CalendarDay,
    to: CalendarDay
  ) -> JobStatement {
    JobStatement(
      predicateType: StatementType.waiver.uri,
      subjects: [.init(name: name ?? model.tagged, digest: model)],
      predicate: [
        "rule": .string(rule), "by": .string(by), "reason": .string(reason),
        "from": .string(from.description), "to": .string(to.description),
      ])
  }

  /// Waivers for a model that a trusted key signed, and findings about those that cannot be read.
  static func read(
    _ ledger: Ledger, _ model: Digest, trusted: [ECDSA.PublicKey]
  ) throws(Problem) -> (waivers: [Waiver], findings: [Finding]) {
    var waivers: [Waiver] = []
    var findings: [Finding] = []
    for recorded in try ledger.statements(.waiver, about: model, trusted: trusted).verified {
      let predicate = recorded.statement.predicate
      guard let rule = predicate["rule"]?.string, let by = predicate["by"]?.string,
        let reason = predicate["reason"]?.string,
        let from = predicate["from"]?.string.flatMap(CalendarDay.init),
        let to = predicate["to"]?.string.flatMap(CalendarDay.init)
      else {
        findings.append(
          Finding(
            id: "ledger-statement-malformed", severity: .error,
            message: "The waiver in entry \(recorded.index) cannot be read; it is not used.",
            place: "ledger entry \(recorded.index)"))
        continue
      }
      waivers.append(Waiver(rule: rule, by: by, reason: reason, from: from, to: to))
    }
    return (waivers, findings)
  }
}
