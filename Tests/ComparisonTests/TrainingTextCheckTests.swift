import Base
import Evidence
import Testing

@testable import Comparison

@Suite("What is known before anything is scored")
struct TrainingTextCheckTests {
  private func check(
    _ reference: [String], _ controls: [[String]]
  ) -> TrainingTextCheck {
    TrainingTextCheck(
      references: [ListedModel(path: "/r", trainingText: reference)],
      panel: controls.map { ListedModel(path: "/c", trainingText: $0) })
  }

  @Test("without a declared training text nothing can decide, and it is said what would")
  func undeclared() throws {
    let check = check([], [["wiki"], []])
    #expect(!check.isDecidable)
    let answer = try #require(check.answers.first)
    #expect(answer.verdict == .inconclusive && answer.figures == nil)
    #expect(answer.sentence.contains("training text") && answer.sentence.contains("r "))
    #expect(answer.wouldDecide.map(\.option) == ["--training-text TAG", "--panel LIST"])
  }

  @Test("without a control of the same text nothing can decide; with one it can")
  func shared() throws {
    let lacking = check(["wiki"], [["books"], []])
    #expect(!lacking.isDecidable)
    #expect(lacking.answers[0].wouldDecide.map(\.option) == ["--panel LIST"])
    #expect(lacking.answers[0].wouldDecide[0].why.contains("wiki"))
    #expect(check(["wiki"], [["books"], ["code", "wiki"]]).isDecidable)
  }

  @Test("an answer that nothing could decide reads back from its JSON")
  func roundTrip() throws {
    let answer = check([], []).answers[0]
    let reader = try AnswerReader(answer.json)
    #expect(try OutputDescentAnswer(reader) == answer)
  }
}
