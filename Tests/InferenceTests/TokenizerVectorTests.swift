import Base
import Foundation
import Testing

@testable import Inference

/// Small tokenizers made for this repository, with what the reference library makes of some texts.
private struct TokenizerVector: Sendable, CustomTestStringConvertible {
  let name: String
  let tokenizer: JSON
  let cases: [JSON]

  var testDescription: String { name }

  static let all: [TokenizerVector] = {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/tokenizers.json")
    guard let bytes = try? Data(contentsOf: url), let document = try? JSON.parse(Array(bytes))
    else { return [] }
    return (document["tokenizers"]?.array ?? []).map {
      TokenizerVector(
        name: $0["name"]?.string ?? "", tokenizer: $0["tokenizer"] ?? .null,
        cases: $0["cases"]?.array ?? [])
    }
  }()
}

private func identifiers(_ value: JSON?) -> [Int32]? {
  value?.array?.compactMap { $0.int.map { Int32($0) } }
}

@Suite("Tokenizers and the reference library")
struct TokenizerVectorTests {
  @Test("are there to be compared")
  func present() {
    #expect(TokenizerVector.all.count == 11)
    #expect(TokenizerVector.all.allSatisfy { $0.cases.count >= 10 })
  }

  @Test("give the same identifiers and the same decodings", arguments: TokenizerVector.all)
  private func agree(vector: TokenizerVector) throws {
    let subject = try tokenizer(vector.tokenizer)
    for entry in vector.cases {
      let text = Array((entry["text"]?.string ?? "").utf8)
      let wanted = try #require(identifiers(entry["ids"]))
      #expect(subject.encode(text) == wanted, "\(entry.canonicalText)")
      #expect(
        subject.encode(text, addSpecial: true) == identifiers(entry["with_special"]) ?? wanted)
      #expect(
        subject.encode(text, specialAsText: true) == identifiers(entry["special_as_text"])
          ?? wanted)
      #expect(
        subject.decode(wanted) == Array((entry["decoded"]?.string ?? "").utf8),
        "\(entry.canonicalText)")
    }
  }

  @Test("never crash on a damaged document, whatever it says", arguments: TokenizerVector.all)
  private func damaged(vector: TokenizerVector) throws {
    var random = CounterRandom(seed: 4, stream: UInt64(vector.name.utf8.count))
    let whole = vector.tokenizer.canonicalBytes
    for _ in 0..<60 {
      var bytes = whole
      for _ in 0...Int.random(in: 0...2, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8(ascii: "0123456789\"{}[],:nul-ae".utf8.randomElement(using: &random))
      }
      guard let document = try? JSON.parse(bytes) else { continue }
      do {
        let subject = try tokenizer(document)
        _ = subject.decode(subject.encode(Array("The <s>thin</s> 12 é\u{1F642}".utf8)))
      } catch let problem as Problem {
        #expect(problem.exitCode == .malformed)
      }
    }
  }
}

extension UInt8 {
  fileprivate init(ascii byte: UInt8?) { self = byte ?? 0x30 }
}
