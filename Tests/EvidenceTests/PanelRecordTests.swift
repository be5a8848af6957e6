import Base
import Testing

@testable import Evidence

/// Goal: the record of an output test is all that its verdicts are a function of, and a record from
/// a stranger is read without trust.
@Suite("The record of an output test")
struct PanelRecordTests {
  static func record() throws -> PanelRecord {
    let models =
      [OutputDescentTests.model("s", seed: 60, from: 50, share: 0.6), OutputDescentTests.teacher]
      + OutputDescentTests.controls
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

  @Test("written and read, it gives the same verdict to the last digit")
  func roundTrip() throws {
    let record = try Self.record()
    #expect(record.isWhole)
    let read = try PanelRecord(json: JSON.parse(record.json.canonicalBytes))
    #expect(read == record)
    let verdicts = try [record, read].map {
      ContrastResult.descents([try $0.results(run: Run())])[0][0]?.json
    }
    #expect(verdicts[0] != nil && verdicts[0] == verdicts[1])
  }

  @Test("a record without a contrast that the rules ask for is not whole, nor one with more")
  func whole() throws {
    var record = try Self.record()
    let contrast = record.contrasts[0]
    record.contrasts = []
    #expect(!record.isWhole && record.missing()?.reference == [1])
    record.contrasts = [contrast, contrast]
    #expect(!record.isWhole)
  }

  @Test(
    "what does not fit is refused with its place",
    arguments: [
      ("suspect", JSON(99)), ("references", [1, 1]), ("references", [-1]), ("panel", ["x"]),
      ("seed", JSON(0.5)), ("correlations", []), ("contrasts", [["reference": [1]]]),
      ("models", []), ("plain", [1, 2]), ("plain", [["js": 1, "tv": 1, "top1": 1]]),
      ("plain", [["js": 1, "kl": "1", "tv": 1, "top1": 1]]),
    ] as [(String, JSON)])
  func hostile(key: String, value: JSON) throws {
    var object = try #require(try Self.record().json.object)
    object[key] = value
    #expect(throws: Problem.self) { try PanelRecord(json: .object(object)) }
  }
}
