import Base
import Crypto
import Evidence
import Foundation
import Ledger
import Testing

@testable import Trials

/// Goal: what was handed out can be told afterwards, whatever cut a run off, and nobody can change
/// the telling once its root is in the ledger.
/// Method: records that are cut at every byte, bent and swapped; a trial of given pairs in a
/// temporary state.
@Suite("A trial's record of deliveries")
struct TrialDeliveryTests {
  private static let time = Instant(seconds: 1_700_000_000)

  private func file(_ stage: TrialStage, _ customer: String = "everybody") -> String {
    stage.trial.customerFile(customer, TrialDeliveries.fileName)
  }

  private func read(_ stage: TrialStage) throws -> TrialDeliveries {
    try #require(try TrialDeliveries.read(file(stage)))
  }

  private func check(_ result: TrialVerification, _ name: String) -> TrialCheck.Outcome? {
    result.checks.first { $0.name == name }?.outcome
  }

  @Test("has an entry for each line, with its digest and time, before the line is handed out")
  func before() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    var handed: [UInt8] = []
    let serving = try TrialServing(stage.trial, clock: .fixed(Self.time))
    let served = try serving.serve(customer: nil, index: nil, run: Run()) {
      (lines) throws(Problem) in
      handed += lines
      let there = try TrialDeliveries.read(file(stage))
      let wanted = handed.split(separator: 0x0A).map { SHA256.hash(Array($0)) }
      let found = (there?.lines ?? []).compactMap { line -> Digest? in
        guard case .line(_, "everybody", let digest) = line.content else { return nil }
        return digest
      }
      #expect(found == wanted && found.count == 16)
      #expect(there?.lines.allSatisfy { $0.time == Self.time } == true)
    }
    #expect(served.count == 16 && served.recorded == 16 && served.ledgerIndex == nil)
    let attributes = try FileManager.default.attributesOfItem(atPath: file(stage))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("holds the same pair twice as the same line and two entries, under salts of their own")
  func twice() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    #expect(try stage.lines(nil, 5) == stage.lines(nil, 5))
    let lines = try read(stage).lines
    #expect(lines.count == 2 && lines[0].content == lines[1].content)
    #expect(lines[0].salt != lines[1].salt && lines.map(\.number) == [0, 1])
    let result = try stage.verify(stage.trial)
    #expect(check(result, "deliveries to everybody") == .passed)
    #expect(check(result, "delivered to everybody") == .notChecked)
  }

  @Test("is read at every length it can be cut to, and the next run tells of the torn bytes")
  func torn() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    try stage.lines(nil, 3)
    try stage.lines(nil, 4)
    let whole = try FileSystem.read(file(stage), limitBytes: 1 << 20)
    let first = try #require(whole.firstIndex(of: 0x0A)) + 1
    for length in first..<whole.count - 1 {
      let cut = Array(whole[..<length])
      let record = try TrialDeliveries(reading: cut, file: "x")
      #expect(record.lines.count == 1 && record.tail.count == length - first)
    }
    // A line that lacks nothing but its end is a line, and stays one.
    try Data(whole.dropLast()).write(to: URL(filePath: file(stage)))
    #expect(try read(stage).lines.count == 2 && read(stage).tail.isEmpty)
    try stage.lines(nil, 7)
    #expect(try read(stage).lines.count == 3 && read(stage).tornByteCount == 0)
    for length in [first + 1, first + 40, whole.count - 2] {
      try Data(whole[..<length]).write(to: URL(filePath: file(stage)))
      #expect(check(try stage.verify(stage.trial), "torn deliveries to everybody") == .notChecked)
      try stage.lines(nil, 7)
      let record = try read(stage)
      #expect(record.lines.count == 3 && record.tail.isEmpty && record.tornByteCount > 0)
      // The bytes themselves are still there, and the record as a whole holds.
      let now = try FileSystem.read(file(stage), limitBytes: 1 << 20)
      #expect(now.starts(with: whole[..<length]))
      let result = try stage.verify(stage.trial)
      #expect(result.holds && check(result, "torn deliveries to everybody") == .notChecked)
      // A second cut, in the line that tells of the first, is one longer stretch.
      for end in [length + 1, length + 30] {
        var again = try TrialDeliveries(reading: Array(now[..<end]), file: "x")
        #expect(again.lines.count == 1 && again.tail.count == end - first)
        let place = stage.folder + "/again"
        try Data(now[..<end]).write(to: URL(filePath: place))
        try again.append(
          [(index: 1, line: [0x7B])], customer: "everybody", to: place, clock: .system)
        #expect(try TrialDeliveries.read(place)?.lines == again.lines)
        #expect(again.lines.count == 3 && again.tail.isEmpty)
      }
    }
  }

  @Test("is refused when more is unreadable than a run can leave")
  func damaged() throws {
    let stage = try TrialStage(pairs: 400)
    _ = try stage.commit()
    for _ in 0..<3 { try stage.lines(nil) }
    try stage.bend(file(stage), "\"number\":9,", "\"number\":8,")
    let found = problem { _ = try stage.lines(nil, 0) }
    #expect(found?.code == "damaged_record" && found?.exitCode == .malformed)
    #expect(found?.place?.contains("deliveries.jsonl, byte") == true)
  }

  @Test("fails the check when a withheld twin, another pair or another customer is in it")
  func strange() throws {
    let stage = try TrialStage(customers: ["acme", "zenith"])
    _ = try stage.commit()
    try stage.lines("acme")
    try stage.lines("zenith", 0)
    #expect(try stage.verify(stage.trial).holds)
    let trial = try stage.trial.committed()
    let commitment = trial.customers[0].commitment
    let whole = try FileSystem.read(file(stage, "acme"), limitBytes: 1 << 20)
    let withheld = trial.pairs[2].servedLine(isB: !commitment.servesB(2))
    for (index, line, customer, words) in [
      (2, withheld, "acme", "withheld"), (3, withheld, "acme", "neither"),
      (99, withheld, "acme", "no pair"),
      (2, trial.pairs[2].servedLine(isB: commitment.servesB(2)), "zenith", "no pair"),
    ] {
      var record = try TrialDeliveries(reading: whole, file: "x")
      try Data(whole).write(to: URL(filePath: file(stage, "acme")))
      try record.append(
        [(index: index, line: line)], customer: customer, to: file(stage, "acme"), clock: .system)
      let result = try stage.verify(stage.trial)
      let found = result.checks.first { $0.name == "deliveries to acme" }
      #expect(!result.holds && found?.detail.contains(words) == true, "\(result.json)")
    }
  }

  @Test("is fixed by the ledger up to the lines that were stated, and a stranger sees it")
  func stated() throws {
    let stage = try TrialStage(customers: ["acme", "zenith"])
    _ = try stage.commit()
    try stage.lines("acme", 1, stated: true)
    try stage.lines("zenith", stated: true)
    try stage.lines("acme", stated: true)
    #expect(try stage.trial.deliveredCounts("acme") == [1, 17])
    #expect(try stage.state.openLedger().size() == 4)
    let open = try stage.reveal()
    let result = try stage.verify(open)
    #expect(result.holds && result.checks.allSatisfy { $0.outcome == .passed }, "\(result.json)")
    #expect(check(result, "delivered to acme, 17 lines, order") == .passed)
    // What is stated tells nobody which twins: not even whoever has the pairs.
    let statements = try FileSystem.read(
      open.customerFile("acme", "delivered/1.entry.json"), limitBytes: 1 << 20)
    let payload = String(decoding: try Envelope(parsing: statements).payload, as: UTF8.self)
    #expect(!payload.contains("line_sha256"))
    // A line less, or another one, is not the record that was stated.
    let record = open.customerFile("acme", TrialDeliveries.fileName)
    let whole = try FileSystem.read(record, limitBytes: 1 << 20)
    let lines = whole.split(separator: 0x0A)
    try Data(lines.dropLast().joined(separator: [0x0A]) + [0x0A]).write(to: URL(filePath: record))
    #expect(check(try stage.verify(open), "delivered to acme, 17 lines") == .failed)
    try Data(whole).write(to: URL(filePath: record))
    try stage.bend(record, "\"salt_hex\":\"", "\"salt_hex\":\"0")
    #expect(try !stage.verify(open).holds)
    // Customers that are not revealed keep their record.
    let part = try stage.reveal("part", customers: ["zenith"])
    #expect(!FileSystem.exists(part.customerFile("acme", "")))
    #expect(try stage.verify(part).holds)
  }

  @Test("nothing is handed out when the record cannot be written, and the record stays whole")
  func unwritable() throws {
    let stage = try TrialStage()
    _ = try stage.commit()
    try stage.lines(nil, 1)
    let whole = try FileSystem.read(file(stage), limitBytes: 1 << 20)
    try FileSystem.remove(file(stage))
    try FileManager.default.createDirectory(
      atPath: file(stage), withIntermediateDirectories: false)
    var handed = 0
    let found = problem {
      _ = try TrialServing(stage.trial).serve(customer: nil, index: nil, run: Run()) { _ in
        handed += 1
      }
    }
    #expect(found != nil && handed == 0)
    try FileSystem.remove(file(stage))
    try FileManager.default.createSymbolicLink(
      atPath: file(stage), withDestinationPath: stage.folder + "/elsewhere")
    #expect(problem { try stage.lines(nil) } != nil)
    #expect(!FileSystem.exists(stage.folder + "/elsewhere"))
    try FileSystem.remove(file(stage))
    try Data(whole).write(to: URL(filePath: file(stage)))
    // A state without a ledger is named before anything is handed out.
    let none = StateDirectory(stage.folder + "/none")
    #expect(
      problem {
        _ = try TrialServing(stage.trial).serve(
          customer: nil, index: nil, state: none, run: Run()
        ) { _ in
          handed += 1
        }
      } != nil)
    #expect(handed == 0)
    #expect(try FileSystem.read(file(stage), limitBytes: 1 << 20) == whole)
  }
}
