import Base
import Formats
import Foundation
import Testing

@testable import Inference

/// Writes a GGUF file without tensors.
private struct GGUFWriter {
  private var pairs: [UInt8] = []
  private var count: UInt64 = 0

  private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
  }

  private static func string(_ text: String) -> [UInt8] {
    little(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  private mutating func add(_ key: String, _ type: UInt32, _ value: [UInt8]) {
    pairs += Self.string(key) + Self.little(type) + value
    count += 1
  }

  mutating func string(_ key: String, _ text: String) { add(key, 8, Self.string(text)) }
  mutating func number(_ key: String, _ value: UInt32) { add(key, 4, Self.little(value)) }
  mutating func flag(_ key: String, _ value: Bool) { add(key, 7, [value ? 1 : 0]) }
  mutating func strings(_ key: String, _ texts: [String]) {
    add(
      key, 9, Self.little(UInt32(8)) + Self.little(UInt64(texts.count)) + texts.flatMap(Self.string)
    )
  }
  mutating func numbers(_ key: String, _ values: [Int32]) {
    add(
      key, 9,
      Self.little(UInt32(5)) + Self.little(UInt64(values.count)) + values.flatMap(Self.little))
  }
  mutating func floats(_ key: String, _ values: [Float]) {
    add(
      key, 9,
      Self.little(UInt32(6)) + Self.little(UInt64(values.count))
        + values.flatMap { Self.little($0.bitPattern) })
  }

  func tokenizer() throws -> Tokenizer {
    let directory = try FileSystem.temporaryDirectory(prefix: "tokenizer-tests")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = FileSystem.join(directory, "vocabulary.gguf")
    let file =
      Array("GGUF".utf8) + Self.little(UInt32(3)) + Self.little(UInt64(0))
      + Self.little(count) + pairs
    try DurableFile.replace(path, with: file)
    return try Tokenizer.load(path: path)
  }
}

private func problem(_ writer: GGUFWriter) -> String? {
  do {
    _ = try writer.tokenizer()
    return nil
  } catch let problem as Problem {
    return problem.exitCode == .malformed ? problem.place : "exit \(problem.exitCode)"
  } catch {
    return "\(error)"
  }
}

@Suite("Tokenizers in GGUF files")
struct GGUFTokenizerTests {
  private func byteLevel(pre: String) -> GGUFWriter {
    var writer = GGUFWriter()
    let tokens = ByteAlphabet.scalars.map { String(decoding: UTF8Text.bytes([$0]), as: UTF8.self) }
    writer.string("general.architecture", "llama")
    writer.string("tokenizer.ggml.model", "gpt2")
    writer.string("tokenizer.ggml.pre", pre)
    writer.strings("tokenizer.ggml.tokens", tokens + ["ab", "\u{120}ab", "<end>"])
    writer.strings("tokenizer.ggml.merges", ["a b", "\u{120} ab"])
    writer.numbers(
      "tokenizer.ggml.token_type", Array(repeating: 1, count: tokens.count + 2) + [3])
    writer.number("tokenizer.ggml.eos_token_id", UInt32(tokens.count + 2))
    return writer
  }

  @Test("are the tokenizers of the tokenizer.json they were made from")
  func sameTokenizer() throws {
    let file = try byteLevel(pre: "gpt-2").tokenizer()
    let document = try tokenizer(
      byteLevelDocument(
        merges: ["a b", "\u{120} ab"],
        added: [["id": 258, "content": "<end>", "special": true, "normalized": false]],
        preTokenizer: plainByteLevel))
    #expect(file.digest == document.digest)
    #expect(file.endOfText == 258)
    for text in ["ab ab", "<end>", "a\u{301}b \u{1F642}", "It's 12"] {
      #expect(file.encode(Array(text.utf8)) == document.encode(Array(text.utf8)))
    }
  }

  @Test("compose characters if the models of that name do")
  func normalization() throws {
    let text = Array("e\u{301}".utf8)
    let plain = try byteLevel(pre: "gpt-2").tokenizer()
    let composing = try byteLevel(pre: "qwen2").tokenizer()
    #expect(plain.decode(plain.encode(text)) == text)
    #expect(composing.decode(composing.encode(text)) == Array("\u{E9}".utf8))
  }

  @Test("are refused where the pre-tokenizer or the kind is not known")
  func unknownNames() {
    #expect(problem(byteLevel(pre: "default"))?.hasSuffix("tokenizer.ggml.pre") == true)
    var writer = GGUFWriter()
    writer.string("tokenizer.ggml.model", "rwkv")
    #expect(problem(writer)?.hasSuffix("tokenizer.ggml.model") == true)
    var short = GGUFWriter()
    short.string("tokenizer.ggml.model", "llama")
    short.strings("tokenizer.ggml.tokens", ["a", "b"])
    short.floats("tokenizer.ggml.scores", [0])
    #expect(problem(short)?.hasSuffix("tokenizer.ggml.scores") == true)
  }

  private func scored() -> GGUFWriter {
    var writer = GGUFWriter()
    let bytes = (0...255).map { String(decoding: ByteTokens.text(of: $0), as: UTF8.self) }
    let tokens = ["<unk>", "<s>", "</s>"] + bytes + ["\u{2581}", "a", "b", "ab", "\u{2581}ab"]
    writer.string("tokenizer.ggml.model", "llama")
    writer.strings("tokenizer.ggml.tokens", tokens)
    writer.floats(
      "tokenizer.ggml.scores",
      Array(repeating: 0, count: tokens.count - 5) + [-9, -9, -9, -1, -2])
    writer.numbers(
      "tokenizer.ggml.token_type",
      [2, 3, 3] + Array(repeating: 6, count: 256) + Array(repeating: 1, count: 5))
    writer.number("tokenizer.ggml.bos_token_id", 1)
    writer.number("tokenizer.ggml.eos_token_id", 2)
    return writer
  }

  @Test("put a mark before every part of a text, and the begin token where it is wanted")
  func scoredPairs() throws {
    let subject = try scored().tokenizer()
    let token: (String) -> Int32? = { subject.identifier(of: $0) }
    #expect(subject.encode(Array("ab".utf8)) == [token("\u{2581}ab")])
    #expect(subject.encode(Array("ab".utf8), addSpecial: true).first == 1)
    #expect(
      subject.encode(Array("ab</s>ab".utf8)) == [token("\u{2581}ab"), 2, token("\u{2581}ab")])
    for text in ["ab ab", "é\n", " b", ""] {
      #expect(subject.decode(subject.encode(Array(text.utf8))) == Array(text.utf8))
    }
  }

  @Test("read unigram and word-piece vocabularies")
  func otherKinds() throws {
    var unigram = GGUFWriter()
    unigram.string("tokenizer.ggml.model", "t5")
    unigram.strings(
      "tokenizer.ggml.tokens", ["<pad>", "</s>", "<unk>", "\u{2581}", "a", "\u{2581}a"])
    unigram.floats("tokenizer.ggml.scores", [0, 0, 0, -2, -3, -4])
    unigram.numbers("tokenizer.ggml.token_type", [3, 3, 2, 1, 1, 1])
    unigram.number("tokenizer.ggml.eos_token_id", 1)
    let one = try unigram.tokenizer()
    #expect(one.encode(Array(" a  aa</s>x".utf8), addSpecial: true) == [5, 5, 4, 1, 3, 2, 1])

    var words = GGUFWriter()
    words.string("tokenizer.ggml.model", "bert")
    words.strings(
      "tokenizer.ggml.tokens", ["[UNK]", "[CLS]", "[SEP]", "\u{2581}un", "do", "\u{2581}!"])
    words.numbers("tokenizer.ggml.token_type", [3, 3, 3, 1, 1, 1])
    words.number("tokenizer.ggml.unknown_token_id", 0)
    words.number("tokenizer.ggml.cls_token_id", 1)
    words.number("tokenizer.ggml.seperator_token_id", 2)
    let two = try words.tokenizer()
    #expect(two.encode(Array("\u{DC}ndo! do".utf8), addSpecial: true) == [1, 3, 4, 5, 0, 2])
    #expect(two.tokenBytes(4) == Array("do".utf8))
  }
}
