import Base
import Foundation
import Testing

@testable import Inference

/// A tokenizer.json in a temporary file, read.
func tokenizer(_ document: JSON) throws -> Tokenizer {
  let directory = try FileSystem.temporaryDirectory(prefix: "tokenizer-tests")
  defer { try? FileManager.default.removeItem(atPath: directory) }
  let path = FileSystem.join(directory, "tokenizer.json")
  try DurableFile.replace(path, with: document.canonicalBytes)
  return try Tokenizer.load(path: path)
}

/// A byte-level vocabulary of all bytes and the given merges, the identifiers in that order.
func byteLevelDocument(merges: [String], added: [JSON] = [], preTokenizer: JSON) -> JSON {
  var vocabulary = JSONObject()
  func text(_ scalar: UInt32) -> String {
    String(decoding: UTF8Text.bytes([scalar]), as: UTF8.self)
  }
  for scalar in ByteAlphabet.scalars {
    vocabulary[text(scalar)] = .number(JSONNumber(vocabulary.count))
  }
  for merge in merges {
    let token = merge.split(separator: " ").joined()
    if vocabulary[token] == nil { vocabulary[token] = .number(JSONNumber(vocabulary.count)) }
  }
  return [
    "version": "1.0", "added_tokens": .array(added), "normalizer": nil,
    "pre_tokenizer": preTokenizer, "decoder": ["type": "ByteLevel"],
    "model": [
      "type": "BPE", "vocab": .object(vocabulary), "merges": .array(merges.map { .string($0) }),
    ],
  ]
}

let plainByteLevel: JSON = [
  "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
]

private func encode(_ tokenizer: Tokenizer, _ text: String) -> [String] {
  tokenizer.encode(Array(text.utf8)).map {
    String(decoding: tokenizer.tokenBytes($0) ?? [], as: UTF8.self)
  }
}

@Suite("Byte-level tokenizers")
struct ByteLevelTokenizerTests {
  @Test("merge the lowest rank first, the leftmost among equals")
  func mergeOrder() throws {
    let subject = try tokenizer(
      byteLevelDocument(merges: ["a b", "b c", "a a", "ab c"], preTokenizer: plainByteLevel))
    #expect(encode(subject, "abc") == ["abc"])
    #expect(encode(subject, "bcab") == ["bc", "ab"])
    #expect(encode(subject, "aaa") == ["aa", "a"])
    #expect(encode(subject, "aab") == ["a", "ab"])
  }

  @Test("give back every byte string that is UTF-8, and repair the others")
  func roundTrip() throws {
    let subject = try tokenizer(
      byteLevelDocument(merges: ["Ġ t", "t h", "Ġt h"], preTokenizer: plainByteLevel))
    for text in ["", " the thing", "é\u{301}🙂\u{10FFFF}", "\0\r\n\t", "  x", "'s'LL"] {
      #expect(subject.decode(subject.encode(Array(text.utf8))) == Array(text.utf8))
    }
    #expect(subject.decode(subject.encode([0x61, 0xFF, 0x62])) == Array("a\u{FFFD}b".utf8))
    #expect(subject.decode([0x7F + 1, 99_999, -1]).count <= 3)
  }

  @Test("find added tokens in the text: longest first, special ones on request as text")
  func addedTokens() throws {
    let added: [JSON] = [
      ["id": 9000, "content": "<x>", "special": true, "normalized": false],
      ["id": 9001, "content": "<x>y", "special": false, "normalized": false],
      ["id": 9002, "content": "word", "special": false, "normalized": false, "single_word": true],
      [
        "id": 9003, "content": "<s>", "special": false, "normalized": false, "lstrip": true,
        "rstrip": true,
      ],
    ]
    let subject = try tokenizer(
      byteLevelDocument(merges: [], added: added, preTokenizer: plainByteLevel))
    // The stored identifiers are not honoured: the vocabulary ends at 255.
    #expect(subject.encode(Array("<x>".utf8)) == [256])
    #expect(subject.encode(Array("<x>y".utf8)) == [257])
    #expect(encode(subject, "a<x>b") == ["a", "<x>", "b"])
    #expect(subject.encode(Array("<x>".utf8), specialAsText: true).count == 3)
    #expect(encode(subject, "sword word") == ["s", "w", "o", "r", "d", " ", "word"])
    #expect(encode(subject, "a \n<s>\t b") == ["a", "<s>", "b"])
    #expect(subject.vocabularySize == 260)
  }

  @Test("take a word of a million characters in their stride")
  func longWord() throws {
    let subject = try tokenizer(
      byteLevelDocument(
        merges: ["a a", "aa aa", "aaaa aaaa"], preTokenizer: plainByteLevel))
    let text = Array(repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(subject.encode(text).count == 125_000)
  }

  @Test("depend on every byte in their digest, and not on how tokens are cut")
  func digest() throws {
    let one = byteLevelDocument(merges: ["a b"], preTokenizer: plainByteLevel)
    let other = byteLevelDocument(merges: ["a c"], preTokenizer: plainByteLevel)
    let cut = byteLevelDocument(
      merges: ["a b"], preTokenizer: ["type": "ByteLevel", "use_regex": false])
    #expect(try tokenizer(one).digest == tokenizer(cut).digest)
    #expect(try tokenizer(one).digest != tokenizer(other).digest)
  }
}

@Suite("Reading tokenizer.json")
struct TokenizerDocumentTests {
  @Test("names the place of what it does not know")
  func unknownFeatures() throws {
    func place(_ change: (inout JSONObject) -> Void) -> String? {
      var document =
        byteLevelDocument(merges: ["a b"], preTokenizer: plainByteLevel).object ?? JSONObject()
      change(&document)
      do {
        _ = try tokenizer(.object(document))
        return nil
      } catch let problem as Problem {
        guard problem.exitCode == .malformed else { return "exit \(problem.exitCode)" }
        return problem.place?.split(separator: " ").last.map(String.init)
      } catch {
        return "\(error)"
      }
    }
    #expect(place { _ in } == nil)
    #expect(place { $0["normalizer"] = ["type": "Fancy"] } == "/normalizer")
    #expect(
      place { $0["pre_tokenizer"] = ["type": "Sequence", "pretokenizers": [["type": "X"]]] }
        == "/pre_tokenizer/pretokenizers/0")
    #expect(place { $0["surprise"] = 1 } == "/surprise")
    #expect(
      place { $0["model"] = ["type": "BPE", "vocab": [:], "merges": ["a b"]] }
        == "/model/merges")
    #expect(
      place { $0["model"] = ["type": "BPE", "vocab": ["a": 1, "b": 1], "merges": []] }
        == "/model/vocab")
    #expect(
      place { $0["model"] = ["type": "BPE", "vocab": ["a": -1], "merges": []] }
        == "/model/vocab")
    #expect(
      place { $0["model"] = ["type": "BPE", "vocab": [:], "merges": [], "dropout": 0.1] }
        == "/model/dropout")
    #expect(
      place {
        $0["pre_tokenizer"] = [
          "type": "Split", "pattern": ["Regex": "(?<=a)b"], "behavior": "Isolated",
        ]
      } == "/pre_tokenizer/pattern/Regex")
    #expect(place { $0["post_processor"] = ["type": "Other"] } == "/post_processor")
    #expect(place { $0["decoder"] = ["type": "Other"] } == "/decoder")
  }
}
