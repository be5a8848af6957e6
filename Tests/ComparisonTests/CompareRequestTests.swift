import Base
import Evidence
import Foundation
import Testing

@testable import Comparison

/// Goal: what is asked is what is meant, and the exit code says whether it was answered.
@Suite("A request for a comparison")
struct CompareRequestTests {
  private static func result(
    _ weights: WeightVerdict, _ outputs: OutputVerdict, asked: [CompareRequest.Line]
  ) throws -> CompareResult {
    let digest = try #require(Digest(bytes: [UInt8](repeating: 7, count: 32)))
    let model = ComparedModel(id: "m", path: "m", fingerprint: digest)
    let pair = PairAnswer(
      reference: model, weightLineage: WeightLineage(verdict: weights, sentence: ""),
      outputDescent: OutputDescentAnswer(verdict: outputs, sentence: ""))
    return CompareResult(
      reports: [SuspectReport(suspect: model, comparisons: [pair])], unreadable: [], passes: 0,
      asked: asked)
  }

  @Test(
    "is answered with 3 where something that was asked for was not tested",
    arguments: [
      (WeightVerdict.notTested, OutputVerdict.notTested, nil, ExitCode.undecided),
      (.noEvidence, .notTested, nil, .undecided), (.notTested, .noEvidence, nil, .undecided),
      (.noEvidence, .noEvidence, nil, .yes),
      (.noEvidence, .notTested, CompareRequest.Line.weights, .yes),
      (.notTested, .noEvidence, .weights, .undecided),
      (.noEvidence, .notTested, .outputs, .undecided), (.notTested, .noEvidence, .outputs, .yes),
      (.related, .notTested, nil, .no), (.notTested, .inherits, nil, .no),
      (.noEvidence, .inconclusive, nil, .undecided),
    ] as [(WeightVerdict, OutputVerdict, CompareRequest.Line?, ExitCode)])
  func exitCode(
    weights: WeightVerdict, outputs: OutputVerdict, only: CompareRequest.Line?, wanted: ExitCode
  ) throws {
    let request = CompareRequest(
      suspects: [], references: [], panel: [ListedModel(path: "/control")], only: only)
    let result = try Self.result(weights, outputs, asked: request.asked)
    #expect(result.exitCode == wanted)
  }

  @Test("finds what a list names beside the list, else in the working directory")
  func lists() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "lists")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["lists", "beside", "lists/inner"] {
      try FileManager.default.createDirectory(
        atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    let here = FileManager.default.currentDirectoryPath
    let own = try #require(try FileManager.default.contentsOfDirectory(atPath: here).first)
    let text = """
      ../beside
      {"path":"inner","training_text":["wiki"]}
      nowhere
      \(own)
      \(folder)/beside

      """
    try Data(text.utf8).write(to: URL(filePath: folder + "/lists/models.txt"))
    let listed = try ListedModel.list(folder + "/lists/models.txt")
    #expect(
      listed == [
        ListedModel(path: folder + "/lists/../beside"),
        ListedModel(path: folder + "/lists/inner", trainingText: ["wiki"]),
        ListedModel(path: "nowhere"), ListedModel(path: own),
        ListedModel(path: folder + "/beside"),
      ])
  }

  @Test("says of a reference what it was trained on")
  func trainingText() throws {
    var pair = try Self.result(.noEvidence, .notTested, asked: [.weights]).reports[0].comparisons[0]
    pair.reference.trainingText = ["wiki", "books"]
    #expect(pair.json["reference"]?["training_text"] == ["wiki", "books"])
  }
}
