// Findings of one kind are listed up to a number that a person reads; beyond it they are counted,
// so that nothing is left out in silence and a folder of a million files has an answer of bounded
// length.

import Base

struct FindingCounts {
  private struct Kind: Hashable {
    let id: String
    let severity: Severity
  }

  private var counts: [Kind: Int] = [:]

  /// Counts a finding and says whether it is to be listed.
  mutating func count(_ finding: Finding) -> Bool {
    let kind = Kind(id: finding.id, severity: finding.severity)
    counts[kind, default: 0] += 1
    return counts[kind, default: 0] <= ContentLimits.listedMax(finding.severity)
  }

  /// How many of each kind were not listed.
  var unlisted: [Finding] {
    counts.compactMap { kind, count -> Finding? in
      let rest = count - ContentLimits.listedMax(kind.severity)
      guard rest > 0 else { return nil }
      return Finding(
        id: kind.id, severity: kind.severity, message: "and \(rest) more of this kind elsewhere")
    }.sorted { (ByteName($0.id), $0.severity) < (ByteName($1.id), $1.severity) }
  }
}
