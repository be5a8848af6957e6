import Base
import Crypto
import Ledger
import Testing

@testable import Register

/// Goal: a person may accept what is said of a file as a warning, by the file's digest, between two
/// days; nobody may accept an error, and nothing is accepted of a file with other content.
@Suite("Accepting files")
struct FileAcceptanceTests {
  static let code = SHA256.hash(Array("class M: pass".utf8))
  static let other = SHA256.hash(Array("class N: pass".utf8))

  static func finding(_ severity: Severity, _ digest: Digest? = code) -> Finding {
    var details: JSONObject = [:]
    details["sha256"] = digest.map { .string($0.tagged) }
    return Finding(
      id: "code.loaded", severity: severity, message: "x", place: "m.py", details: details)
  }

  static func waiver(_ digest: Digest = code, _ from: Int, _ to: Int) -> ModelLineage.RecordedWaiver
  {
    .init(
      entry: 3,
      waiver: WaiverStatement(
        model: other, modelName: nil, rule: "file:" + digest.tagged, by: "J", reason: "read it",
        from: CalendarDay(daysSinceEpoch: from), to: CalendarDay(daysSinceEpoch: to), time: nil))
  }

  static func accepted(
    _ findings: [Finding], _ waivers: [ModelLineage.RecordedWaiver], on day: Int = 100
  ) -> FileAcceptance {
    FileAcceptance(of: findings, by: waivers, on: CalendarDay(daysSinceEpoch: day))
  }

  @Test("takes away the warnings about that content, until the waiver's last day")
  func warning() {
    let result = Self.accepted(
      [Self.finding(.warning), Self.finding(.warning, Self.other), Self.finding(.note)],
      [Self.waiver(Self.code, 90, 120)])
    #expect(result.findings == [Self.finding(.warning, Self.other), Self.finding(.note)])
    #expect(result.rules == ["file:" + Self.code.tagged])
    #expect(result.validUntil == CalendarDay(daysSinceEpoch: 120))
  }

  @Test("leaves errors, findings about no one file, and days outside of the waiver")
  func stays() {
    let waivers = [Self.waiver(Self.code, 90, 120)]
    for findings in [[Self.finding(.error)], [Self.finding(.warning, nil)]] {
      let result = Self.accepted(findings, waivers)
      #expect(result.findings == findings)
      #expect(result.rules.isEmpty)
      #expect(result.validUntil == nil)
    }
    let early = Self.accepted([Self.finding(.warning)], waivers, on: 80)
    #expect(early.findings.count == 1)
    #expect(early.validUntil == CalendarDay(daysSinceEpoch: 89))
    let late = Self.accepted([Self.finding(.warning)], waivers, on: 121)
    #expect(late.findings.count == 1 && late.validUntil == nil)
  }

  @Test("is granted where there is a warning to accept, and nowhere else")
  func granted() throws {
    let rule = "file:" + Self.code.tagged
    func check(
      _ findings: [Finding], _ rule: String, waived: [String] = [], advance: Bool = false
    ) throws(Problem) {
      try FileAcceptance.check(rule, findings: findings, waived: waived, isInAdvance: advance)
    }
    try check([Self.finding(.warning)], rule)
    try check([], rule, advance: true)
    // What is accepted already can be accepted for longer.
    try check([], rule, waived: [rule])
    for (findings, rule, code) in [
      ([Self.finding(.warning), Self.finding(.error)], rule, "not_waivable"),
      ([Self.finding(.warning, Self.other)], rule, "rule_not_found"),
      ([Self.finding(.warning)], "file:sha256:12", "rule_not_found"),
    ] {
      let problem = try #require(throws: Problem.self) { try check(findings, rule) }
      #expect(problem.code == code)
    }
    #expect(throws: Problem.self) { try check([Self.finding(.error)], rule, advance: true) }
    #expect(throws: Problem.self) { try check([], "file:sha256:12", advance: true) }
  }
}
