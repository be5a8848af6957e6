import Base
import Ledger
import Policy
import TestSupport
import Testing

@testable import State

@Suite("The book of profiles")
struct ProfileBookTests {
  private let folder: TemporaryFolder
  private let book: ProfileBook
  private let now = Instant(seconds: 0)
  private let facts: JSON = ["request": ["use": "research"], "model": [:], "facts": [:]]

  init() throws {
    folder = try TemporaryFolder()
    let state = StateDirectory(FileSystem.join(folder.path, "state"))
    _ = try state.create(origin: "test.example/state")
    book = try ProfileBook(state, pack: try PolicyPack.shipped())
  }

  private func code(_ body: () throws(Problem) -> Void) -> String? {
    #expect(throws: Problem.self) { try body() }?.code
  }

  @Test("adds, changes, shows and removes; a name is taken once")
  func lifeCycle() throws {
    let made = try book.add("lab", facts, at: now)
    #expect(try book.find("lab") == made && made.facts == facts)
    #expect(
      code { () throws(Problem) in _ = try book.add("lab", facts, at: now) } == "profile_exists")
    let change = FactChange(fact: "actor.mau", value: 5)
    let changed = try book.change("lab", [change], at: now)
    #expect(changed.facts.profileFact("actor.mau") == 5 && changed.digest != made.digest)
    #expect(try book.all() == [changed])
    try book.remove("lab")
    #expect(try book.all().isEmpty)
  }

  @Test("knows no profile that is not there, and proposes the nearest")
  func none() throws {
    _ = try book.add("lab", facts, at: now)
    #expect(code { () throws(Problem) in _ = try book.find("lob") } == "no_such_profile")
    #expect(code { () throws(Problem) in try book.remove("lob") } == "no_such_profile")
    let problem = #expect(throws: Problem.self) { try book.change("lob", [], at: now) }
    #expect(problem?.code == "no_such_profile" && problem?.reason.contains("lab") == true)
  }

  @Test("refuses a name that is none", arguments: ["", ".", "..", "../x", "a/b", "default", "é"])
  func names(name: String) {
    #expect(code { () throws(Problem) in _ = try book.add(name, facts, at: now) } == "bad_name")
  }

  @Test("refuses facts that do not fit, and leaves what was there")
  func refused() throws {
    _ = try book.add("lab", facts, at: now)
    let wrong = FactChange(fact: "actor.mau", value: "many")
    #expect(code { () throws(Problem) in _ = try book.change("lab", [wrong], at: now) } != nil)
    #expect(try book.find("lab").facts == facts)
    let waivers: JSON = ["waivers": [["rule": "x", "by": "a", "reason": "b"]]]
    #expect(code { () throws(Problem) in _ = try book.add("w", waivers, at: now) } == "bad_value")
  }

  @Test("a question that changes a profile bears a name of its own, by its changes")
  func changedNames() {
    let base = Profile(name: "lab", facts: facts, source: .stored)
    let change = FactChange(fact: "request.use", value: "military")
    let changed = Profile(base, with: [change])
    #expect(changed.reference.name == "lab with request.use=military")
    #expect(changed.reference.source == .given && changed.facts["request"]?["use"] == "military")
    #expect(Profile(nil, with: [change]).reference.name == "request.use=military")
    #expect(Profile(nil, with: [change]).facts["facts"] == [:])
  }
}
