import Base
import TestSupport
import Testing

@Suite("The nearest word")
struct NearestWordTests {
  private static let words = ["check", "compare", "fingerprint", "licence", "--profile", "mit"]

  @Test(
    "is the one that was meant, and none is better than a guess",
    arguments: [
      ("chek", "check"), ("hceck", "check"), ("CHECK", "check"), ("fingerprnt", "fingerprint"),
      ("fingrprimt", "fingerprint"), ("--profle", "--profile"), ("lisence", "licence"),
      ("mitt", "mit"), ("xyz", nil), ("", nil), ("generate", nil), ("ca", nil),
    ] as [(String, String?)])
  func nearest(typed: String, meant: String?) {
    #expect(NearestWord.to(typed, in: Self.words) == meant)
  }

  @Test("is the word itself, and one mistake away at most one mistake")
  func laws() {
    for word in Self.words where word.count > 3 {
      #expect(NearestWord.to(word, in: Self.words) == word)
      for place in word.indices {
        var shorter = word
        shorter.remove(at: place)
        #expect(NearestWord.to(shorter, in: [word]) == word, "\(shorter)")
      }
    }
    #expect(NearestWord.to(String(repeating: "a", count: 10_000), in: Self.words) == nil)
  }
}
