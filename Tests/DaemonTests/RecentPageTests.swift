import HTTP
import Testing

@testable import Daemon

/// Asks one page at stated times and counts, and notes how often it was made.
private final class PageCounter {
  let page = RecentPage()
  var made = 0

  func ask(_ query: String = "", commits: Int = 0, at seconds: Double = 0) throws -> Int {
    let response = try page.answer(
      to: Array(query.utf8), commitCount: { commits }, nowSeconds: { seconds }
    ) { () throws(APIError) in
      made += 1
      return Response(200 + made)
    }
    return response.status
  }
}

@Suite struct RecentPageTests {
  @Test func aPageStandsForTheSameQuestion() throws {
    let counter = PageCounter()
    #expect(try counter.ask("limit=2") == 201)
    #expect(try counter.ask("limit=2", at: 0.0009) == 201)
    #expect(counter.made == 1)
  }

  @Test func aCommitEndsAPage() throws {
    let counter = PageCounter()
    #expect(try counter.ask(commits: 7) == 201)
    #expect(try counter.ask(commits: 8) == 202)
    #expect(try counter.ask(commits: 8) == 202)
  }

  /// Other programs write to the state too, and commit nothing here.
  @Test func aPageIsAMillisecondOldAtMost() throws {
    let counter = PageCounter()
    #expect(try counter.ask(at: 5) == 201)
    #expect(try counter.ask(at: 5.001) == 202)
  }

  @Test func anotherQuestionIsAnotherPage() throws {
    let counter = PageCounter()
    #expect(try counter.ask("limit=1") == 201)
    #expect(try counter.ask("limit=2") == 202)
    #expect(try counter.ask("limit=1") == 203)
  }

  @Test func aCommitWhileAPageIsMadeMakesItAnOldOne() throws {
    let page = RecentPage()
    var commits = 0
    let during = { () throws(APIError) -> Response in
      commits += 1
      return Response(200)
    }
    _ = try page.answer(to: [], commitCount: { commits }, nowSeconds: { 0 }, make: during)
    let next = try page.answer(
      to: [], commitCount: { commits }, nowSeconds: { 0 }
    ) { () throws(APIError) in Response(201) }
    #expect(next.status == 201)
  }

  /// Whoever was told that a write is done finds it on the next page.
  @Test func everyWriteCountsBeforeItsCallerHearsOfIt() throws {
    try withState { state in
      let writer = try StateWriter(state)
      defer { writer.close() }
      for _ in 0..<20 {
        let before = writer.commitCount
        try writer.write { _ in }
        #expect(writer.commitCount > before)
      }
    }
  }

  @Test func errorsAreNotKept() throws {
    let page = RecentPage()
    #expect(throws: APIError.self) {
      try page.answer(to: [], commitCount: { 0 }, nowSeconds: { 0 }) { () throws(APIError) in
        throw APIError.notFound("page")
      }
    }
    let next = try page.answer(
      to: [], commitCount: { 0 }, nowSeconds: { 0 }
    ) { () throws(APIError) in Response(200) }
    #expect(next.status == 200)
  }
}
