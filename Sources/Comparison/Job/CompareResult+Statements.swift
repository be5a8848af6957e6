// What a comparison leaves in the ledger: one statement a suspect, and an edge for each finding.
//
// The statement is short and names the whole answer by its digest. An edge from a certificate is
// signed, everything statistical is suspected (`PairAnswer.edges`).

import Base
import Crypto
import Evidence
import Ledger

extension CompareResult {
  /// Statements to sign, and the bodies that they name by digest.
  /// - Parameters:
  ///   - time: nil leaves the time out, so that equal answers give equal statements.
  ///   - body: what a statement names by digest; the whole answer unless said otherwise.
  public func statements(
    at time: Instant?, body: (SuspectReport) -> [UInt8] = { $0.json.canonicalBytes }
  ) throws(Problem) -> (statements: [Statement], bodies: [[UInt8]]) {
    var statements: [Statement] = []
    var bodies: [[UInt8]] = []
    for report in reports {
      let body = body(report)
      let digest = SHA256.hash(body)
      bodies.append(body)
      statements.append(
        ComparisonStatement(
          suspect: report.suspect, result: digest, comparisons: report.comparisons, time: time
        ).statement())
      for comparison in report.comparisons {
        for edge in comparison.edges(suspect: report.suspect) {
          let isReversed = edge.child == comparison.reference.fingerprint.tagged
          statements.append(
            try LineageStatement(
              edge: edge,
              childName: isReversed ? comparison.reference.id : report.suspect.id,
              ancestorName: isReversed ? report.suspect.id : comparison.reference.id,
              evidence: ["comparison": .string(digest.tagged)]
            ).statement())
        }
      }
    }
    return (statements, bodies)
  }
}
