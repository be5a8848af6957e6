import Base
import Crypto
import Evidence
import Ledger
import TestSupport
import Testing

@testable import Comparison

/// Goal: an answer that is read is the answer that was written, and nothing in it is passed over.
/// Method: an answer with every part, whole, portable and as a statement; each member dropped and
/// turned into another form.
@Suite("An answer of a comparison")
struct AnswerFormTests {
  @Test("read back, is the answer that was written")
  func whole() throws {
    let report = AnswerSamples.report
    let json = try JSON.parse(report.json.canonicalBytes)
    #expect(try SuspectReport(json: json) == report)
    #expect(try SuspectReport(json: json).json == json)
    #expect(try SuspectReport(recorded: ["entry": 3, "body": json]) == report)
  }

  @Test("without what belongs to a machine, is the same but for that")
  func portable() throws {
    var wanted = AnswerSamples.report
    wanted.suspect.path = ""
    for index in wanted.comparisons.indices {
      wanted.comparisons[index].reference.path = ""
      wanted.comparisons[index].reference.trainingText = []
      wanted.comparisons[index].outputDescent.passes = nil
    }
    let json = try JSON.parse(AnswerSamples.report.portable.canonicalBytes)
    #expect(try SuspectReport(json: json) == wanted)
    #expect(try SuspectReport(json: json).portable == json)
  }

  /// Where an answer is open: words of a test about itself, which no check and no figure reads; and
  /// the others of a merge, which are a list or one name.
  private static let open = [
    "/rungs/", "/relation_details/0", "/findings/", "/relation_details/2/with",
  ]

  @Test("is refused or is another one with any member dropped or turned")
  func changed() throws {
    let report = try SuspectReport(json: AnswerSamples.report.portable)
    let json = report.portable
    let changes = JSONChange.all(of: json)
    #expect(changes.count > 200)
    for change in changes {
      // What is accepted in a pack is written again as it stands there.
      guard let read = try? SuspectReport(json: change.json), read.portable == change.json else {
        continue
      }
      #expect(read != report, "\(change.place)")
      let isOpen = Self.open.contains { change.place.contains($0) }
      #expect(change.isDrop || isOpen, "\(change.place) turned, and accepted")
    }
  }

  static let strange: [JSON] = [nil, 7, "x", [], [:], ["suspect": [:]]]

  @Test("is never read from what is none", arguments: strange)
  func nonsense(_ json: JSON) {
    let problem = #expect(throws: Problem.self) {
      try SuspectReport(json: json, at: "verdict.json")
    }
    #expect(problem?.kind == .malformed)
    #expect(problem?.place?.hasPrefix("verdict.json") == true)
  }

  @Test("in a statement holds verdicts and figures, and is read by the same reader")
  func statement() throws {
    let statement = ComparisonStatement(
      suspect: AnswerSamples.suspect, result: AnswerSamples.digest("body"),
      comparisons: AnswerSamples.report.comparisons, time: Instant(seconds: 1_000))
    let made = statement.statement()
    #expect(try SchemaValidator(ledger: "comparison").faults(made.predicate) == [])
    let read = try ComparisonStatement(made)
    #expect(read.suspect.id == "s" && read.result == statement.result)
    #expect(read.time == statement.time)
    let pair = try #require(read.comparisons.first)
    #expect(pair.weightLineage.verdict == .related && pair.weightLineage.p?.log10 == -7.25)
    #expect(pair.weightLineage.relations == [RelationFinding(.quantised)])
    #expect(pair.outputDescent.figures == AnswerSamples.outputs.figures)
    #expect(pair.outputDescent.description == nil && pair.outputDescent.sentence.isEmpty)
    // Read and written again it is the same statement.
    #expect(read.statement().predicate == made.predicate)
    #expect(
      try SuspectReport(recorded: made.predicate).comparisons.map(\.reference.id) == ["r é", "s"])
  }

  @Test("of a recording says so, and another kind is refused")
  func recording() throws {
    var report = AnswerSamples.report
    report.suspect.isRecording = true
    #expect(try SuspectReport(json: report.json).suspect.isRecording)
    var object = try #require(report.json.object)
    object["suspect"] = [
      "id": "s", "fingerprint": .string(report.suspect.fingerprint.tagged), "kind": "model",
    ]
    #expect(throws: Problem.self) { try SuspectReport(json: .object(object)) }
  }
}
