import Base
import Crypto
import Evidence
import Testing

@testable import Comparison

@Suite("What is known before anything is scored")
struct UnscoredGatesTests {
  private func gates(
    _ reference: [String], _ controls: [[String]], others: Int = 9
  ) -> ListGates {
    let more = (0..<others).map { ListedModel(path: "/other\($0)") }
    return ListGates(
      references: [ListedModel(path: "/r", trainingText: reference)],
      panel: controls.map { ListedModel(path: "/c", trainingText: $0) } + more)
  }

  @Test("without a declared training text nothing can decide, and it is said what would")
  func undeclared() throws {
    let gates = gates([], [["wiki"], []])
    #expect(!gates.isDecidable)
    let answer = try #require(gates.answers.first)
    #expect(answer.verdict == .inconclusive && answer.figures == nil)
    #expect(answer.sentence.contains("training text") && answer.sentence.contains("r "))
    #expect(answer.wouldDecide.map(\.option) == ["--training-text TAG", "--panel LIST"])
  }

  @Test("without a control of the same text nothing can decide; with one it can")
  func shared() throws {
    let lacking = gates(["wiki"], [["books"], []])
    #expect(!lacking.isDecidable)
    #expect(lacking.answers[0].wouldDecide.map(\.option) == ["--panel LIST"])
    #expect(lacking.answers[0].wouldDecide[0].why.contains("wiki"))
    #expect(gates(["wiki"], [["books"], ["code", "wiki"]]).isDecidable)
  }

  @Test("eight controls beside the rival are needed, each counted once")
  func count() throws {
    #expect(gates(["wiki"], [["wiki"]], others: 8).isDecidable)
    let lacking = gates(["wiki"], [["wiki"], ["wiki"]], others: 7)
    #expect(!lacking.isDecidable)
    #expect(lacking.answers[0].verdict == .inconclusive)
    #expect(lacking.answers[0].sentence.contains("too few controls: 8, and at least 9"))
    #expect(lacking.answers[0].wouldDecide.map(\.option) == ["--panel LIST"])
  }

  @Test("one reference that can be decided about has the call scored")
  func oneOfTwo() {
    let panel =
      [ListedModel(path: "/c", trainingText: ["wiki"])]
      + (0..<8).map { ListedModel(path: "/other\($0)") }
    let gates = ListGates(
      references: [ListedModel(path: "/a"), ListedModel(path: "/b", trainingText: ["wiki"])],
      panel: panel)
    #expect(gates.isDecidable)
    #expect(gates.answers.map(\.verdict) == [.inconclusive, .notTested])
  }

  /// Digests by a letter each.
  private func digest(_ name: Character) -> Digest { SHA256.hash(Array(String(name).utf8)) }

  private func tokenizers(_ reference: Character?, _ controls: String) -> TokenizerGate {
    TokenizerGate(
      references: [("r", reference.map(digest))],
      panel: controls.enumerated().map {
        (SHA256.hash([UInt8($0.offset)]), $0.element == "?" ? nil : digest($0.element))
      })
  }

  @Test(
    "three controls must have a common tokenizer, one a tokenizer of the suspect's own",
    arguments: [
      ("a", "aabbbb", true), ("a", "aaabbb", false), ("b", "bbbbbb", true), ("b", "abbbbb", false),
    ] as [(Character, String, Bool)])
  func tokenizers(reference: Character, controls: String, isRefused: Bool) throws {
    let answers = tokenizers(reference, controls).answers(
      suspect: digest("s"), tokenizer: digest("a"))
    #expect((answers != nil) == isRefused)
    guard let answer = answers?.first else { return }
    #expect(answer.verdict == .inconclusive && answer.figures == nil)
    #expect(answer.sentence.contains("suspect's tokenizer"))
    #expect(answer.wouldDecide.map(\.option) == ["--panel LIST"])
  }

  @Test("a tokenizer that cannot be read refuses nothing, and the suspect is no control of its own")
  func unreadTokenizers() {
    let suspect = digest("s")
    #expect(tokenizers("a", "aab?").answers(suspect: suspect, tokenizer: digest("a")) == nil)
    #expect(tokenizers(nil, "aabb").answers(suspect: suspect, tokenizer: digest("a")) == nil)
    #expect(tokenizers("a", "aabb").answers(suspect: suspect, tokenizer: nil) == nil)
    let own = SHA256.hash([0])
    #expect(tokenizers("a", "aaab").answers(suspect: own, tokenizer: digest("a")) != nil)
  }

  @Test("an answer that nothing could decide reads back from its JSON")
  func roundTrip() throws {
    let answer = gates([], []).answers[0]
    let reader = try AnswerReader(answer.json)
    #expect(try OutputDescentAnswer(reader) == answer)
  }
}
