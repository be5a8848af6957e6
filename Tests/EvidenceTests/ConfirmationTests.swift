import Base
import Foundation
import Testing

@testable import Evidence

/// Goal: a confirmation can take an accusation back and never makes one.
/// Method: made-up models of which the suspect has another tokenizer; exact contrasts that say the
/// same, and ones drawn as if the suspect were one more control.
@Suite("A confirmation across tokenizers")
struct ConfirmationTests {
  typealias Models = OutputDescentTests

  static func record(suspectTokenizer: UInt8 = 2, seed: UInt64 = 60, share: Double = 0.6)
    throws -> PanelRecord
  {
    let suspect = Models.model(
      "s", seed: seed, from: 50, share: share, tokenizer: suspectTokenizer)
    let mates = (0..<3).map { Models.model("m\($0)", seed: UInt64(200 + $0), tokenizer: 2) }
    let models = [suspect, Models.teacher] + Models.controls + mates
    let panel = Array(2..<models.count)
    let members = models.indices.map { index in
      PanelTest.Member(trainingText: index == 0 ? [] : ["text"], relatives: [])
    }
    return try PanelTest(
      field: try OutcomeField(models, panel: panel, run: Run()), members: members, suspect: 0,
      references: [1],
      panel: panel, seed: 9
    ).record(run: Run())
  }

  /// The record with an exact contrast whose sums are the given ones, one position a document.
  static func confirmed(_ record: PanelRecord, _ values: [Double]) throws -> PanelRecord {
    var record = record
    let need = try #require(record.missingConfirmation())
    let members = record.contrasts[0].members
    record.confirmations = [
      Confirmation(
        contrast: LocalContrast(
          reference: need.reference, rival: need.rival, members: members,
          sums: members.indices.map { [$0 < values.count ? values[$0] : 0] }, counts: [1]),
        leftOut: 0.01, leftOutMost: 0.02)
    ]
    return record
  }

  static func descent(_ record: PanelRecord) throws -> OutputDescent {
    let result = try #require(try record.results(run: Run())[0])
    return result.descent(adjustedP: result.parametricP)
  }

  @Test("is asked for where the tokenizers differ and every control is exceeded, and only there")
  func asked() throws {
    #expect(try Self.record().missingConfirmation()?.reference == [1])
    #expect(try !Self.record().isWhole)
    var same = try Self.record(suspectTokenizer: 1)
    #expect(same.missingConfirmation() == nil && same.isWhole)
    same.confirmsAll = true
    #expect(same.missingConfirmation()?.reference == [1])
    let stranger = try Self.record(seed: 1003, share: 0)
    #expect(stranger.missingConfirmation() == nil && stranger.isWhole)
    let descent = try Self.descent(stranger)
    #expect(descent.verdict == .noEvidence)
    #expect(descent.gates.contains { $0.name == "byte-exact" && $0.passed })
  }

  @Test("that was not made, or could not be, leaves the pair undecided")
  func absent() throws {
    var record = try Self.record()
    #expect(try Self.descent(record).verdict == .inconclusive)
    let need = try #require(record.missingConfirmation())
    record.confirmations = [Confirmation(need, suspect: 0, reason: "it is a recording")]
    #expect(record.isWhole)
    let descent = try Self.descent(record)
    #expect(descent.verdict == .inconclusive)
    #expect(descent.sentence.contains("no exact measurement"))
    #expect(descent.description.confirmation?.reason == "it is a recording")
  }

  @Test("holds above zero and above three quarters of the controls; else nothing is inherited")
  func rule() throws {
    let record = try Self.record()
    let controls = record.contrasts[0].members.count - 1
    let wanted = Int((Confirmation.level * Double(controls + 1)).rounded(.down)) - 1
    for above in 0...controls {
      let values = [0.5] + (0..<controls).map { $0 < above ? 0.6 : 0.1 }
      let verdict = try Self.descent(Self.confirmed(record, values)).verdict
      #expect(verdict == (above <= wanted ? .inherits : .inconclusive))
    }
    let negative = [-0.1] + (0..<controls).map { _ in -0.5 }
    #expect(try Self.descent(Self.confirmed(record, negative)).verdict == .inconclusive)
  }

  @Test("never turns a pair that was not accused into one that is")
  func neverAccuses() throws {
    for seed in UInt64(1000)..<1030 {
      let record = try Self.record(seed: seed, share: 0)
      let before = try Self.descent(record)
      guard record.missingConfirmation() != nil else {
        #expect(before.verdict != .inherits)
        continue
      }
      let after = try Self.descent(Self.confirmed(record, [1]))
      let others = after.gates.filter { $0.name != "byte-exact" }
      #expect(before.verdict == .inconclusive)
      #expect((after.verdict == .inherits) == others.allSatisfy(\.passed))
    }
  }

  @Test("is written and read with its record, and one too many is not whole")
  func roundTrip() throws {
    var record = try Self.confirmed(try Self.record(), [0.5])
    record.confirmsAll = true
    let read = try PanelRecord(json: JSON.parse(record.json.canonicalBytes))
    #expect(read == record && read.isWhole)
    record.confirmations.append(record.confirmations[0])
    #expect(!record.isWhole)
    var object = try #require(record.json.object)
    object["confirmations"] = [["contrast": ["reference": [1]]]]
    #expect(throws: Problem.self) { try PanelRecord(json: .object(object)) }
  }

  @Test("of exact outcomes has a column for each of them, and the floor where one is absent")
  func outcomes() {
    let outcomes = ByteOutcomes(
      id: "m", tokenizer: Models.teacher.tokenizer, natsPerByte: 1,
      positions: [OutcomePosition(document: 0, byte: 1), OutcomePosition(document: 0, byte: 2)],
      exact: [[(5, 0.25), (9, 0.75)], [(7, 1), (8, 1e-12)]])
    #expect(outcomes.buckets.map(\.code) == [5, 7, 9])
    let logs = outcomes.logProbabilities.map(Double.init)
    let wanted = [0.25, 0, 0.75, 0, 1, 0].map { log($0 + BucketMap.floor) }
    #expect(zip(logs, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
