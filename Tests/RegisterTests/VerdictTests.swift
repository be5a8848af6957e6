// The verdict as a table: what unsafe files, policy, licence and lineage make of each other.

import Base
import Crypto
import Ledger
import Licensing
import Policy
import State
import TestSupport
import Testing

@testable import Register

@Suite("The verdict")
struct VerdictTests {
  @Test("of every combination is the one of the table")
  func table() {
    let policies: [Verdict?] = [.allow, .deny, .review, nil]
    for row in 0..<16 {
      let (isUnsafe, areFilesClean) = (row & 1 != 0, row & 2 != 0)
      let (isLicenceClean, isLineageSound) = (row & 4 != 0, row & 8 != 0)
      for policy in policies {
        // Written as the contract says it, line by line.
        let wanted: Verdict
        if isUnsafe {
          wanted = .deny
        } else if policy == .deny {
          wanted = .deny
        } else if policy == .allow, areFilesClean, isLicenceClean, isLineageSound {
          wanted = .allow
        } else {
          wanted = .review
        }
        #expect(
          Answer.verdict(
            isUnsafe: isUnsafe, policy: policy, areFilesClean: areFilesClean,
            isLicenceClean: isLicenceClean, isLineageSound: isLineageSound) == wanted,
          "row \(row), policy \(String(describing: policy))")
      }
    }
  }

  /// Facts of a model that nothing stands against.
  private func facts(_ change: (inout ModelFacts) -> Void = { _ in }) -> ModelFacts {
    var facts = ModelFacts(
      model: SHA256.hash([1]), name: "m", weights: nil, tensorSet: nil, isUnsafe: false,
      fileFindings: [],
      licence: ModelFacts.Licence(declared: ["MIT"], texts: [], isClean: true, findings: []),
      declaredEdges: [], catalogue: Licensing.catalogueDigest)
    change(&facts)
    return facts
  }

  private func answer(
    _ facts: ModelFacts, profile: JSON? = nil, lineage: ModelLineage? = nil, missing: Bool = false
  ) throws -> Answer {
    let profile = try profile ?? TinyProfiles.full()
    let day = try #require(CalendarDay("2026-11-20"))
    return try Answer(
      Question(profile: Profile(name: "p", facts: profile, source: .given), asOf: day),
      about: facts, lineage: lineage ?? ModelLineage(declaredBy: facts),
      pack: try PolicyPack.shipped(), options: Policy.Options(missing: missing))
  }

  @Test("allows a clean model, and each part alone takes that away")
  func parts() throws {
    let clean = try answer(facts())
    #expect(clean.verdict == .allow && clean.policy?.verdict == .allow)
    #expect(try answer(facts { $0.isUnsafe = true }).verdict == .deny)
    #expect(try answer(facts { $0.licence?.isClean = false }).verdict == .review)
    for severity in Severity.allCases {
      let found = Finding(id: "x", severity: severity, message: "It is.")
      let answer = try answer(facts { $0.fileFindings = [found] })
      #expect(answer.verdict == (severity == .note ? .allow : .review))
      #expect(answer.findings.contains(found))
    }
    let noLicence = try answer(facts { $0.licence = nil })
    #expect(noLicence.verdict == .review)
    #expect(noLicence.findings.contains { $0.id == "licence.missing" && $0.place == "m" })
    #expect(!clean.findings.contains { $0.id == "licence.missing" })
    let stated = try answer(
      facts {
        $0.licence = nil
        $0.stated = [StatedFact(.licence, "MIT", by: "Nadia Keller")]
      })
    #expect(stated.verdict == .allow)
    #expect(!stated.findings.contains { $0.id == "licence.missing" })
    let denied = try answer(
      facts(), profile: TinyProfiles.full(["service.prohibited_practice": true]))
    #expect(denied.verdict == .deny && denied.policy?.verdict == .deny)
    let open = try answer(facts(), profile: TinyProfiles.full(["end_user.kind": nil]))
    #expect(open.verdict == .review && open.policy?.verdict == .review)
  }

  @Test("asks for facts where policy is open for want of them, and nowhere else")
  func missing() throws {
    let open = try TinyProfiles.full(["end_user.kind": nil])
    #expect(try !answer(facts(), profile: open, missing: true).missing.isEmpty)
    #expect(try answer(facts(), profile: open).missing.isEmpty)
    #expect(try answer(facts(), missing: true).missing.isEmpty)
    #expect(try answer(facts { $0.isUnsafe = true }, profile: open, missing: true).missing.isEmpty)
    let unread = try answer(facts { $0.licence?.isClean = false }, missing: true)
    #expect(unread.verdict == .review && unread.missing.isEmpty)
  }

  @Test("is open for a lineage with anything but notes against it", arguments: Severity.allCases)
  func lineage(severity: Severity) throws {
    var lineage = ModelLineage(declaredBy: facts())
    lineage.findings = [Finding(id: "lineage.x", severity: severity, message: "It is.")]
    let answer = try answer(facts(), lineage: lineage)
    #expect(answer.verdict == (severity == .note ? .allow : .review))
    #expect(answer.findings.contains { $0.id == "lineage.x" })
  }

  @Test("asks back when nobody says what the model is for, and only then")
  func notAsked() throws {
    let answer = try answer(facts(), profile: ["facts": [:]])
    #expect(answer.verdict == .review && answer.policy == nil && answer.validUntil == nil)
    let finding = try #require(answer.findings.first { $0.id == "policy.not_asked" })
    #expect(finding.severity == .warning && finding.message.contains("--profile FILE"))
    #expect(try self.answer(facts { $0.isUnsafe = true }, profile: [:]).verdict == .deny)
    // A profile that does not fit the vocabulary is an error, and no open question.
    #expect(throws: Problem.self) {
      try self.answer(facts(), profile: TinyProfiles.full(["no.such.fact": true]))
    }
  }

  @Test("of a quick look is never allow: no rule was asked")
  func quick() {
    let lineage = ModelLineage(declaredBy: facts())
    #expect(Answer.quick(about: facts(), lineage: lineage).verdict == .review)
    #expect(Answer.quick(about: facts { $0.isUnsafe = true }, lineage: lineage).verdict == .deny)
  }

  @Test("comes with its findings, gravest first, then by id, place and message")
  func order() throws {
    let given = [
      Finding(id: "b", severity: .note, message: "1"),
      Finding(id: "b", severity: .error, message: "2", place: "y"),
      Finding(id: "b", severity: .error, message: "1", place: "y"),
      Finding(id: "b", severity: .error, message: "3", place: "x"),
      Finding(id: "a", severity: .warning, message: "1"),
    ]
    let answer = Answer.quick(
      about: facts { $0.fileFindings = given }, lineage: ModelLineage(declaredBy: facts()))
    #expect(answer.findings == [given[3], given[2], given[1], given[4], given[0]])
  }
}
