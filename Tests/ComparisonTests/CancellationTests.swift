import Base
import Evidence
import Foundation
import Synchronization
import Testing

@testable import Comparison

/// Goal: whoever starts a comparison can stop it at any stage, and it tells that it was stopped.
/// Method: a run counts how often it is asked; the same comparison is then stopped at questions all
/// over that number, and must ask only a few more times.
@Suite("A comparison that is stopped")
struct CancellationTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Models").path

  private static func listed(_ names: [String]) -> [ListedModel] {
    names.map { ListedModel(path: models + "/" + $0, trainingText: ["novel_a/1"]) }
  }

  private final class Questions: Sendable {
    private let asked = Atomic<Int>(0)
    private let limit: Int
    init(limit: Int = .max) { self.limit = limit }
    var isOver: Bool { asked.add(1, ordering: .relaxed).oldValue >= limit }
    var count: Int { asked.load(ordering: .relaxed) }
  }

  private static func compare(_ questions: Questions) throws -> CompareResult {
    let request = CompareRequest(
      suspects: listed(["student-soft"]), references: listed(["teacher"]),
      panel: listed([
        "control-same-1", "control-same-2", "control-alt-1", "control-oth", "control-lit",
        "control-mixed", "control-gpt2", "control-qwen",
      ]))
    let probes = ProbeSet(documents: Array(try ProbeSet.bundled().documents.prefix(2)))
    return try CompareJob(outputs: OutputSettings(probes: probes)).run(
      request, run: Run(threads: 2, isCancelled: { questions.isOver }))
  }

  @Test("ends as interrupted, after few further questions")
  func stopped() throws {
    let whole = Questions()
    let answer = try Self.compare(whole).reports[0].comparisons[0]
    // Weights, activations and outputs all had their turn.
    #expect(answer.weightLineage.rungs.contains { $0.test.hasSuffix("on activations") })
    #expect(answer.outputDescent.verdict != .notTested)
    let steps = 6
    for step in 0..<steps {
      let limit = whole.count * step / steps
      let questions = Questions(limit: limit)
      let problem = #expect(throws: Problem.self) {
        try Self.compare(questions)
      }
      #expect(problem?.kind == .interrupted, "stopped at \(limit) of \(whole.count)")
      #expect(questions.count - limit <= 64, "stopped at \(limit) of \(whole.count)")
    }
  }
}
