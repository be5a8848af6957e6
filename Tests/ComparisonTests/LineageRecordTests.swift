import Base
import Crypto
import Foundation
import Ledger
import TestSupport
import Testing

@testable import Comparison

/// Goal: what a verification settles becomes an edge with its own grade, and nothing else does.
/// Method: a small model of the repository, a tuned and a copied one, in a temporary state.
@Suite("A recorded verification of lineage")
struct LineageRecordTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Models").path

  private func verification(
    _ suspect: String, of ancestor: String, _ declared: Relation
  ) throws -> LineageVerification {
    let request = CompareRequest(
      suspects: [ListedModel(path: suspect)], references: [ListedModel(path: ancestor)],
      only: .weights)
    let report = try #require(
      try CompareJob().run(request, run: Run()).reports.first)
    return LineageVerification(
      declared: declared, suspect: report.suspect,
      comparison: try #require(report.comparisons.first))
  }

  @Test("and a comparison are written as their schemas say")
  func schemas() throws {
    let request = CompareRequest(
      suspects: [ListedModel(path: Self.models + "/tuned")],
      references: [ListedModel(path: Self.models + "/teacher")], only: .weights)
    let result = try CompareJob().run(request, run: Run())
    let made = try result.statements(at: Instant(seconds: 0)).statements
    #expect(made.count == 2)
    for statement in made {
      let kind = try #require(StatementType(uri: statement.predicateType))
      let faults = try SchemaValidator(ledger: kind.rawValue).faults(statement.predicate)
      #expect(faults == [], "\(kind)")
    }
  }

  @Test("is an edge under its grade in the ledger, or nothing where the question stays open")
  func recorded() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-lineage")
    defer { try? FileSystem.remove(folder) }
    let state = StateDirectory(folder + "/state")
    _ = try state.create()
    let (teacher, tuned) = (Self.models + "/teacher", Self.models + "/tuned")
    try FileManager.default.copyItem(atPath: teacher, toPath: folder + "/copy")
    try Data("another card\n".utf8).write(to: URL(filePath: folder + "/copy/README.md"))

    func edges(_ verification: LineageVerification) throws -> [LineageEdge] {
      let (statements, body) = try verification.statements()
      let before = try state.openLedger().size()
      try Recorder(state: state).record(statements)
      let added = try state.openLedger().statements(
        in: before..<before + 10, trusted: try state.trustedKeys()
      ).verified
      #expect(added.count == statements.count)
      return try added.map { recorded in
        let lineage = try LineageStatement(recorded.statement)
        #expect(lineage.evidence?["verification"]?.string == SHA256.hash(body).tagged)
        #expect(lineage.evidence?["declared"]?.string == verification.declared.rawValue)
        return lineage.edge
      }
    }
    let confirmed = try verification(tuned, of: teacher, .finetuned)
    let suspected = try edges(confirmed)
    #expect(confirmed.outcome == .confirmed)
    #expect(suspected.map(\.relation) == [.finetuned] && suspected.map(\.grade) == [.suspected])

    // Refuted by a certificate: the edge is what the weights show, not what was declared.
    let refuted = try verification(folder + "/copy", of: teacher, .finetuned)
    let signed = try edges(refuted)
    #expect(refuted.outcome == .refuted)
    #expect(signed.map(\.relation) == [.copy] && signed.map(\.grade) == [.signed])
    #expect(signed.first?.child == refuted.suspect.fingerprint.tagged)

    let open = try verification(Self.models + "/control-lit", of: teacher, .finetuned)
    #expect(try open.outcome == .open && edges(open).isEmpty)
  }
}
