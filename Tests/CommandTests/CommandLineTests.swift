import Base
import Foundation
import Testing

@testable import CLI

@Suite("The command line")
struct CommandLineTests {
  @Test("every command has a summary, a help page with an example, and options said once")
  func helpPages() {
    for command in Registry.commands {
      let page = HelpPage.of(command).joined(separator: "\n")
      #expect(page.contains("usage: assay \(command.name)"), "\(command.name)")
      #expect(!command.examples.isEmpty, "\(command.name) has no example")
      for example in command.examples {
        #expect(example.line.contains("assay "), "\(example.line)")
      }
      let names = command.options.map(\.name)
      #expect(Set(names).count == names.count, "\(command.name) has an option twice")
      #expect(!command.summary.hasSuffix("."), "\(command.name)")
    }
    let paths = Registry.commands.map(\.path)
    #expect(Set(paths).count == paths.count)
  }

  @Test(
    "what is wrong ends with the code that says so",
    arguments: [
      (["frobnicate"], 2), (["check"], 2), (["check", "--frob", "x"], 2),
      (["check", "/no/such/model"], 4), (["fingerprint", "/no/such/model", "--json"], 4),
      (["demo", "--models", "/no/such/folder"], 4), (["ledger"], 2), (["--version"], 0),
      (["help"], 0), (["help", "ledger"], 0), (["check", "--help"], 0),
      (["lineage", "show", "x", "--state", "/no/such/state"], 2),
    ] as [([String], Int32)])
  func exitCodes(words: [String], code: Int32) throws {
    let run = try Program.run(words)
    #expect(run.code == code, "\(run.notes)")
    if code > 1 { #expect(!run.notes.isEmpty) }
    if words.contains("--json") { #expect(run.json?["error"]?["code"]?.string != nil) }
  }

  @Test(
    "a directory without weights is one error, exit 4",
    arguments: [["fingerprint", "--json"], ["check", "--json"]])
  func noWeights(words: [String]) throws {
    let empty = try FileSystem.temporaryDirectory(prefix: "assay-empty")
    defer { try? FileSystem.remove(empty) }
    let run = try Program.run(words + [empty])
    #expect(run.code == 4)
    #expect(run.json?["error"]?["code"]?.string == "no_weights", "\(run.output)")
  }

  @Test("completion scripts are read by their shells", arguments: ["bash", "zsh"])
  func completion(shell: String) throws {
    let run = try Program.run(["completion", shell])
    #expect(run.code == 0)
    #expect(run.output.contains("fingerprint"))
    let check = Process()
    check.executableURL = URL(filePath: "/bin/bash")
    check.arguments = ["-n"]
    let input = Pipe()
    check.standardInput = input
    try check.run()
    input.fileHandleForWriting.write(Data(run.output.utf8))
    try input.fileHandleForWriting.close()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }

  @Test("the gate says why, in JSON and for people, and writes nothing without a state")
  func gate() throws {
    let profile = "Tests/Models/profile.json"
    let clean = try Program.run(
      ["check", "Tests/Models/control-same-1", "--profile", profile, "--json"])
    #expect(clean.code == 0, "\(clean.output) \(clean.notes)")
    #expect(clean.json?["verdict"]?.string == "allow")
    let asked = try Program.run(["check", "Tests/Models/control-same-1", "--json"])
    #expect(asked.code == 3)
    let findings = asked.json?["findings"]?.array?.compactMap { $0["id"]?.string } ?? []
    #expect(findings.contains("policy.not_asked"))
    let people = try Program.run(["check", "Tests/Models/teacher", "--profile", profile])
    #expect(people.output.hasPrefix("ALLOW"))
    #expect(people.output.contains("LicenseRef-assay-demonstration-1.0"))
  }
}
