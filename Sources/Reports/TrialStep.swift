// One step of a trial in words, for every form of a report.
//
// A test is told with its verdict, the sentence that goes with it, p with its logarithm, and the
// number of comparisons it was adjusted for: no figure stands alone.

import Audit
import Base
import Evidence
import Trials

/// What an entry of a report's trials says.
struct TrialStep {
  /// A line of words, with a digest behind it or not.
  struct Line {
    var text: String
    var digest: String?
  }

  let title: String
  let verdict: TrialVerdict?
  let lines: [Line]

  init(_ event: TrialEvent) {
    title = Self.title(event.name)
    guard let step = event.step else {
      (verdict, lines) = (nil, [])
      return
    }
    verdict = if case .tested(let test) = step { test.verdict } else { nil }
    lines =
      switch step {
      case .committed(let commitment): Self.committed(commitment)
      case .beacon(let round): [Line(text: "the value of round \(round)")]
      case .delivered(let delivery):
        [
          Line(
            text: "to \(delivery.customer): \(delivery.lineCount) lines of the record, root",
            digest: delivery.root.tagged)
        ]
      case .tested(let test): Self.tested(test)
      case .revealed(let customers):
        [Line(text: "for everybody to check: \(customers.joined(separator: ", "))")]
      }
  }

  /// A name that is not known stands as it is.
  private static func title(_ name: String) -> String {
    switch name {
    case "committed": "Committed"
    case "beacon": "Beacon"
    case "delivered": "Delivered"
    case "revealed": "Revealed"
    case "tested": "Tested"
    default: name
    }
  }

  private static func committed(_ commitment: TrialEvent.Commitment) -> [Line] {
    let references = commitment.references.joined(separator: ", ")
    return [
      Line(
        text: "to \(commitment.pairCount) pairs, \(commitment.equalPairCount) of them with equal "
          + "twins"),
      Line(text: "customers: \(commitment.customers.joined(separator: ", "))"),
      Line(text: "control variates: \(references.isEmpty ? "left open" : references)"),
      Line(text: "level \(JSONNumber(commitment.level).text)"),
    ]
  }

  private static func tested(_ test: TrialEvent.Test) -> [Line] {
    let count = test.comparisonCount
    let logarithm = test.log10PValue ?? 0
    let customer = test.customer.map { "coins of \($0): " } ?? ""
    return [
      Line(text: test.sentence),
      Line(
        text: "\(customer)p \(TailBound(log10: logarithm, isExact: true).text), log10 p "
          + "\(Figure.text(logarithm)), decided by \(test.decidedBy); "
          + "adjusted for \(count) \(count == 1 ? "comparison" : "comparisons"): "
          + Figure.text(test.adjustedP ?? 1)),
      Line(text: "suspect", digest: test.suspect?.tagged ?? ""),
    ]
  }

  /// The trials of a report by the digest of their record, in the order of their first entries.
  static func byTrial(
    _ trials: [AuditReport.Trial]
  ) -> [(trial: String, entries: [AuditReport.Trial])] {
    var groups: [(trial: String, entries: [AuditReport.Trial])] = []
    for trial in trials {
      let name = ByteName(trial.event.trial)
      if let place = groups.firstIndex(where: { ByteName($0.trial) == name }) {
        groups[place].entries.append(trial)
      } else {
        groups.append((trial.event.trial, [trial]))
      }
    }
    return groups
  }
}
