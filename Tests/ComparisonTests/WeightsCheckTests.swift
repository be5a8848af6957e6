// Verdicts on weights that a pack's verification gives again.

import Base
import TestSupport
import Testing

@testable import Comparison
@testable import Evidence

@Suite("The weight verdicts of a pack")
struct WeightsCheckTests {
  /// The documents of a pack whose one comparison says this, with no counts behind it.
  private func documents(_ claim: WeightLineage) throws -> PackDocuments {
    let answer = PairAnswer(
      reference: AnswerSamples.reference, weightLineage: claim,
      outputDescent: OutputDescentAnswer(verdict: .notTested, sentence: "Nothing was asked."))
    let report = SuspectReport(suspect: AnswerSamples.suspect, comparisons: [answer])
    typealias Name = EvidencePack.Name
    return try PackDocuments(
      EvidencePack(files: [
        EvidencePack.File(Name.pack, PackRules(asked: [.weights]).json),
        EvidencePack.File(Name.verdict, report.portable),
        EvidencePack.File(Name.models, PackFormTests.models),
        EvidencePack.File(Name.weights, PackWeights(records: [nil]).json),
      ]))
  }

  private func claim(_ verdict: WeightVerdict, unread: Double) -> WeightLineage {
    var claim = WeightLineage(verdict: verdict, sentence: "A sentence.")
    claim.unreadParameters = unread
    claim.comparisons = 1
    return claim
  }

  @Test("weights that could not be read leave it open, and what share that is is listed as such")
  func unread() throws {
    var open: [String] = []
    let unread = ReadingRule.unreadShareMax + 0.01
    _ = try WeightsCheck(documents(claim(.inconclusive, unread: unread))).run(&open)
    #expect(open == ["comparison 0: how many of the parameters could be decoded"])
  }

  @Test(
    "no other verdict follows from weights that could not be read",
    arguments: [WeightVerdict.noEvidence, .related, .sameTensors, .notTested])
  func otherVerdict(_ verdict: WeightVerdict) throws {
    let documents = try documents(claim(verdict, unread: ReadingRule.unreadShareMax + 0.01))
    var open: [String] = []
    let problem = #expect(throws: Problem.self) { try WeightsCheck(documents).run(&open) }
    #expect(problem?.reason.contains("inconclusive follows") == true, "\(problem?.reason ?? "")")
  }

  @Test("weights that were read well enough are judged by their counts")
  func read() throws {
    let unread = ReadingRule.unreadShareMax
    var open: [String] = []
    #expect(throws: Problem.self) {
      try WeightsCheck(documents(claim(.inconclusive, unread: unread))).run(&open)
    }
    _ = try WeightsCheck(documents(claim(.notTested, unread: unread))).run(&open)
    #expect(open.isEmpty)
  }
}
