import Testing

@testable import Policy

@Suite("Three-valued logic")
struct TruthTests {
  static let all: [Truth] = [.no, .unknown, .yes]

  @Test("not turns and into or", arguments: all, all)
  func deMorgan(a: Truth, b: Truth) {
    #expect(!min(a, b) == max(!a, !b))
    #expect(!(!a) == a)
  }

  @Test("knowing more never changes what is known", arguments: all, all)
  func monotone(a: Truth, b: Truth) {
    for known in [Truth.no, .yes] {
      if min(.unknown, b) != .unknown { #expect(min(known, b) == min(.unknown, b)) }
      if max(.unknown, b) != .unknown { #expect(max(known, b) == max(.unknown, b)) }
    }
  }
}

@Suite("Places")
struct RegionTests {
  private func region(_ code: String) throws -> Region { try #require(Region(code)) }

  @Test("a part is within its country and not the reverse")
  func within() throws {
    #expect(try region("US-TX").isWithin(region("US")))
    #expect(try !region("US").isWithin(region("US-TX")))
    #expect(try !region("UA").isWithin(region("US")))
    #expect(try region("US").overlaps(region("US-TX")))
    #expect(try !region("US-CA").overlaps(region("US-TX")))
  }

  @Test("the world overlaps everything and lies within nothing else")
  func world() throws {
    #expect(try Region.world.overlaps(region("KP")))
    #expect(try !Region.world.isWithin(region("US")))
    #expect(try region("US").isWithin(.world))
  }

  @Test("a code reads back", arguments: ["US", "US-CA", "UA-43", "GB-1AB", "*"])
  func readsBack(code: String) throws { #expect(try region(code).code == code) }

  @Test(
    "another form is no place",
    arguments: ["", "us", "USA", "U", "US-", "US-ABCD", "US_CA", "**", "ÉS", "US-é"])
  func refuses(code: String) { #expect(Region(code) == nil) }
}
