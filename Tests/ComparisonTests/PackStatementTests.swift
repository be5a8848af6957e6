// The statements of a pack, signed by a state: those that have room for what they say, and those
// that name it.

import Base
import Crypto
import Evidence
import Ledger
import TestSupport
import Testing

@testable import Comparison

@Suite("Signed statements of a pack")
struct PackStatementTests {
  /// A comparison with so many references, and the signed statements of its pack.
  private func pack(references count: Int) throws -> (SuspectReport, EvidencePack) {
    let answers = (0..<count).map { index in
      PairAnswer(
        reference: ComparedModel(
          id: "reference \(index)", path: "r\(index)",
          fingerprint: AnswerSamples.digest("reference \(index)")),
        weightLineage: WeightLineage(
          verdict: .noEvidence, sentence: String(repeating: "No sign was found. ", count: 20)),
        outputDescent: OutputDescentAnswer(verdict: .notTested, sentence: "Nothing was asked."))
    }
    let report = SuspectReport(suspect: AnswerSamples.suspect, comparisons: answers)
    let folder = try TemporaryFolder()
    let state = StateDirectory(folder.path + "/state")
    _ = try state.create(origin: "test.example/pack")
    let statements = try PackStatements(
      CompareResult(reports: [report], unreadable: [], passes: 0), state: state,
      at: Instant(seconds: 1_790_000_000))
    // What a stranger has: the answer as the pack holds it.
    let portable = try SuspectReport(json: report.portable)
    return (portable, EvidencePack(files: statements.files))
  }

  private func check(_ report: SuspectReport, _ pack: EvidencePack) throws -> String? {
    try StatementCheck(pack: pack, verdict: report, trust: PackTrust()).run().problem
  }

  @Test("hold, whether an entry has room for them or not", arguments: [(1, 0), (400, 1)])
  func holds(references: Int, bodies: Int) throws {
    let (report, pack) = try pack(references: references)
    let paths = pack.files.map(\.path)
    #expect(paths.count { $0.hasPrefix("bodies/") } == bodies)
    #expect(pack["statements/0.json"].map { $0.count <= 65_535 } == true)
    #expect(try check(report, pack) == nil)
  }

  @Test("do not hold without the body that they name, or with another")
  func otherBody() throws {
    let (report, pack) = try pack(references: 400)
    let others = pack.files.filter { $0.path != "bodies/0.json" }
    #expect(throws: Problem.self) { try check(report, EvidencePack(files: others)) }
    var bent = try #require(pack["bodies/0.json"])
    bent[bent.count / 2] ^= 1
    #expect(throws: Problem.self) {
      try check(
        report, EvidencePack(files: others + [EvidencePack.File("bodies/0.json", bent)]))
    }
  }

  @Test("do not hold for another verdict")
  func otherVerdict() throws {
    var (report, pack) = try pack(references: 400)
    report.comparisons[7].weightLineage.verdict = .related
    #expect(try check(report, pack) != nil)
  }
}
