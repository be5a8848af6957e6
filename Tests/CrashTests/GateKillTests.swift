import Base
import Crypto
import Foundation
import GateSupport
import Ledger
import Register
import TestSupport
import Testing

/// Goal: whatever instant a process dies at, no gate opens that the log speaks against. Method: the
/// built program declares, retracts, checks and decides on one state and is killed (SIGKILL) at
/// random instants; after each kill the register must be what the log makes of it, and the gate must
/// answer as the statements of the log, read one by one, say. With ASSAY_SWEEP=1 there are 300
/// kills.
@Suite("A gate whose program is killed", .serialized)
struct GateKillTests {
  let stage: GateStage
  let profile: String

  init() throws {
    stage = try GateStage(day: CalendarDay(WallClock.system.now()).description)
    try stage.add("clean", TinyFolder(seed: 1))
    try stage.add("nc", .declared("cc-by-nc-4.0", seed: 2))
    profile = try stage.folder.write("profile.json", stage.profile.canonicalBytes)
    for name in ["nc", "clean"] { try stage.check(name) }
  }

  /// What is left of the declared edges between the two models, and of the newest decision, by the
  /// statements alone.
  private func told() throws -> (edges: [Int], newest: CheckStatement) {
    let model = try stage.digest("clean")
    var edges: [Int] = []
    var newest: CheckStatement?
    let log = try StateLog(stage.state)
    for recorded in try log.ledger.statements(
      in: 0..<log.ledger.size(), trusted: log.trustedKeys
    ).verified {
      switch StatementType(uri: recorded.statement.predicateType) {
      case .lineage: edges.append(recorded.index)
      case .retraction:
        let taken = try RetractionStatement(recorded.statement).entries
        edges.removeAll { taken.contains($0) }
      case .check:
        let check = try CheckStatement(try recorded.statement.expanded(from: log.blobs))
        if check.model == model { newest = check }
      default: break
      }
    }
    return (edges, try #require(newest))
  }

  /// What another process finds.
  private func check(_ round: String) throws {
    let (edges, newest) = try told()
    let log = try StateLog(stage.state)
    #expect(try log.rebuild(), "\(round): the register is what the log makes of it")
    let gate = try stage.gate("clean")
    let stands = newest.basis?.edges == edges
    #expect(gate.isAllowed == (stands && newest.verdict == .allow), "\(round): \(gate.reason)")
    if !edges.isEmpty { #expect(!gate.isAllowed, "\(round): an ancestor forbids the use") }
    #expect(gate.standing?.decision.check == newest, "\(round)")
  }

  private func command(_ random: inout CounterRandom) throws -> [String] {
    let state = ["--state", stage.state.path, "--json"]
    let (edges, _) = try told()
    let isStale = try stage.newest("clean").state != .current
    switch random.next() % 3 {
    case 0 where isStale: return ["decide"] + state
    case 1: return ["check", stage.path("clean"), "--profile", profile] + state
    default:
      if let edge = edges.last {
        return ["lineage", "retract", "\(edge)", "--by", "J", "--reason", "r"] + state
      }
      return [
        "lineage", "declare", stage.path("clean"), "--ancestor", stage.path("nc"), "--relation",
        "finetuned",
      ] + state
    }
  }

  @Test("opens for nothing that the log speaks against, kill after kill")
  func kills() throws {
    try #require(
      FileSystem.exists(KillTests.program), "build the program: swift build --product assay")
    var random = CounterRandom(seed: 31, stream: 0)
    try check("before")
    // Where the instants lie follows what happens: later while nothing is appended, else earlier.
    var (limitMs, cut, appended) = (40.0, 0, 0)
    for round in 0..<(KillTests.isSweep ? 300 : 25) {
      let size = try stage.size()
      let arguments = try command(&random)
      let isFinished = try run(arguments, killAfterMs: Int(limitMs * (0.5 + random.uniform())))
      try check("round \(round), \(arguments[0]) \(arguments[1])")
      if !isFinished { cut += 1 }
      let hasAppended = try stage.size() > size
      if hasAppended { appended += 1 }
      limitMs *= hasAppended ? 0.8 : 1.4
    }
    #expect(cut > 0 && appended > 0, "\(cut) were cut off, \(appended) appended")
    // In the end everything goes on as if nothing had been.
    try stage.decide()
    try check("after")
  }

  /// Runs the program, and kills it after so many milliseconds; true if it ended by itself.
  private func run(_ arguments: [String], killAfterMs limitMs: Int) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: KillTests.program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let start = WallClock.monotonicSeconds()
    try process.run()
    while process.isRunning, WallClock.monotonicSeconds() - start < Double(limitMs) / 1000 {
      usleep(500)
    }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return process.terminationReason == .exit
  }
}
