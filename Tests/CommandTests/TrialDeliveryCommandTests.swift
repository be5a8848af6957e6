import Base
import Crypto
import Foundation
import Testing

/// Goal: whatever stops `trial serve`, no line has left that is not in the record, and the record
/// can be read and goes on.
/// Method: the built program, with a limit on the size of its files (a full disk as a process sees
/// it: a part is written, then no more), and killed between the record and the printing.
@Suite("Serving a trial that is cut off")
struct TrialDeliveryCommandTests {
  static let python = "/usr/bin/python3"
  static let hasPython = FileManager.default.isExecutableFile(atPath: python)

  /// A committed trial with long texts, so that a pipe cannot hold its answers.
  private func withTrial<R>(_ body: (_ trial: String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-trial-cut")
    defer { try? FileSystem.remove(folder) }
    let (given, trial, state) = (folder + "/given.jsonl", folder + "/trial", folder + "/state")
    let text = String(repeating: "la ", count: 4000)
    let lines = (0..<24).map {
      "{\"index\":\($0),\"prompt\":\"p\",\"a\":\"\(text)\",\"b\":\"y\(text)\"}\n"
    }
    try Data(lines.joined().utf8).write(to: URL(filePath: given))
    for words in [
      ["trial", "create", "--pairs", given, "--out", trial], ["init", "--state", state],
      ["trial", "commit", trial, "--state", state],
      ["trial", "serve", trial, "--prompt-index", "0", "--out", folder + "/first"],
    ] {
      let run = try Program.run(words)
      try #require(run.code == 0, "\(words): \(run.notes)")
    }
    return try body(trial)
  }

  private func record(_ trial: String) throws -> [UInt8] {
    try FileSystem.read(trial + "/customers/everybody/deliveries.jsonl", limitBytes: 1 << 20)
  }

  /// Runs a command whose files may hold 3 KiB, as a full disk would have it: a part is written.
  /// Then comes an error, or the signal that ends the program there.
  private func limited(
    _ words: [String], dies: Bool
  ) throws -> (code: Int32, output: [UInt8]) {
    let process = Process()
    process.executableURL = URL(filePath: Self.python)
    let script = """
      import os, resource, signal, sys
      signal.signal(signal.SIGXFSZ, signal.SIG_\(dies ? "DFL" : "IGN"))
      signal.pthread_sigmask(signal.SIG_SETMASK, [])
      resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
      resource.setrlimit(resource.RLIMIT_FSIZE, (3072, 3072))
      os.execv(sys.argv[1], sys.argv[1:])
      """
    process.arguments = ["-c", script, Program.path] + words
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return (process.terminationStatus, bytes)
  }

  @Test(
    "hands out nothing on a full disk, and leaves the record as it was", .enabled(if: hasPython))
  func fullDisk() throws {
    try withTrial { trial in
      let before = try record(trial)
      let run = try limited(["trial", "serve", trial, "--all"], dies: false)
      #expect(run.code == 5 && run.output.isEmpty)
      #expect(try record(trial) == before)
      let next = try Program.run(["trial", "serve", trial, "--prompt-index", "1"])
      #expect(next.code == 0 && !next.notes.contains("cut off"))
    }
  }

  @Test(
    "hands out nothing when it dies in the middle of the record, and the next run tells of it",
    .enabled(if: hasPython))
  func tornRecord() throws {
    try withTrial { trial in
      let run = try limited(["trial", "serve", trial, "--all"], dies: true)
      #expect(run.code == SIGXFSZ && run.output.isEmpty)
      #expect(try record(trial).count == 3 << 10)
      let next = try Program.run(["trial", "serve", trial, "--prompt-index", "1"])
      #expect(next.code == 0 && next.notes.contains("cut off"))
      let checked = try Program.run(["trial", "verify", trial, "--json"])
      #expect(checked.code == 0)
      let torn = checked.json?["checks"]?.array?.first {
        $0["name"] == "torn deliveries to everybody"
      }
      #expect(torn?["outcome"] == "not-checked")
    }
  }

  @Test("has every line that left in the record, when it is killed while it prints")
  func killed() throws {
    try withTrial { trial in
      let process = Process()
      process.executableURL = URL(filePath: Program.path)
      process.arguments = ["trial", "serve", trial, "--all"]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
      // Nobody reads the pipe: the program waits in the middle of its lines.
      let deadline = Date().addingTimeInterval(20)
      while try record(trial).count(where: { $0 == 0x0A }) < 25, Date() < deadline {
        usleep(2000)
      }
      usleep(100_000)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      try output.fileHandleForWriting.close()
      let printed = Array(output.fileHandleForReading.readDataToEndOfFile())
      let lines = printed.split(separator: 0x0A).dropLast(printed.last == 0x0A ? 0 : 1)
      let entries = try record(trial).split(separator: 0x0A).map { try JSON.parse(Array($0)) }
      let named = Set(entries.compactMap { $0["line_sha256"]?.string })
      #expect(entries.count == 25 && !lines.isEmpty && lines.count < 24)
      #expect(lines.allSatisfy { named.contains(SHA256.hash(Array($0)).tagged) })
      #expect(try Program.run(["trial", "verify", trial]).code == 0)
    }
  }
}
