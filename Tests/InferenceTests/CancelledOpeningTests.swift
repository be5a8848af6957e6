import Base
import Formats
import Synchronization
import TestSupport
import Testing

@testable import Inference

/// Goal: a tokenizer of a hundred thousand tokens is not read to its end when nobody wants it any
/// more. Method: a run that is cancelled at the question of a given number.
@Suite("A tokenizer that nobody wants any more")
struct CancelledOpeningTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let document: [UInt8] = {
    let merges = (0..<20_000).map { "\"x\($0)\"" }
    let vocabulary = merges.enumerated().map { "\($1):\($0)" }.joined(separator: ",")
    return Array(
      """
      {"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,\
      "post_processor":null,"decoder":null,"model":{"type":"WordPiece","unk_token":"x0",\
      "continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{\(vocabulary)}}}
      """.utf8)
  }()

  @Test("is given up soon, wherever it is", arguments: ["tokenizer.json", ""])
  func stops(name: String) throws {
    let path = try folder.write("tokenizer.json", Self.document)
    try folder.write("m.safetensors", TinyModels.safetensors([TinyTensor("w", [1], f32: [1])]))
    let named = name.isEmpty ? folder.path : path
    #expect(try Tokenizer.load(path: named).vocabularySize == 20_000)
    let asked = Atomic<Int>(0)
    _ = try Tokenizer.load(
      path: named,
      run: Run(isCancelled: {
        asked.add(1, ordering: .relaxed)
        return false
      }))
    let whole = asked.load(ordering: .relaxed)
    #expect(whole >= Self.document.count >> 16)
    for last in 0..<whole {
      let asked = Atomic<Int>(0)
      let problem = try #require(throws: Problem.self, "after \(last)") {
        try Tokenizer.load(
          path: named, run: Run(isCancelled: { asked.add(1, ordering: .relaxed).oldValue >= last }))
      }
      #expect(problem.kind == .interrupted)
      #expect(asked.load(ordering: .relaxed) <= last + 3)
    }
  }
}
