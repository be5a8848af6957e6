import Base
import Foundation
import Synchronization
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

@Suite("The words for people")
struct HelpTests {
  @Test(
    "a check is verdict and name, why, and what to do in ten lines; then the details",
    arguments: [
      ([], "REVIEW"), (["--profile", "Tests/Models/profile.json"], "ALLOW"),
      (["--use", "internal-business", "--form", "internal", "--in", "US"], "REVIEW"),
      (
        ["--profile", "Tests/Models/profile.json", "--fact", "service.prohibited_practice=yes"],
        "DENY"
      ),
    ] as [([String], String)])
  func check(options: [String], verdict: String) throws {
    let run = try Program.run(["check", "Tests/Models/control-same-1"] + options)
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.first?.hasPrefix(verdict) == true && lines[0].hasSuffix("control-same-1"))
    #expect(lines.dropFirst().first == "Why")
    let head = Array(lines.prefix { !$0.isEmpty })
    #expect(head.count <= 10, "\(run.output)")
    #expect(head.contains("What to do") == (verdict != "ALLOW"))
    let reasons = head.dropFirst(2).prefix { $0 != "What to do" }
    #expect((1...5).contains(reasons.count))
    #expect(!run.output.contains("\u{1B}"))
    let others = ["ALLOW", "DENY", "REVIEW"].filter { $0 != verdict }
    #expect(!others.contains { word in lines.contains { $0.contains(word) } }, "\(run.output)")
  }

  @Test("every example is taken by the reader of arguments")
  func examples() throws {
    for command in Registry.commands {
      for example in command.examples {
        let words = Self.words(example.line)
        let start = try #require(words.firstIndex(of: "assay"), "\(example.line)")
        let own = Array(words[(start + 1)...].prefix { !["|", ">", ")", ";", "&&"].contains($0) })
        let (found, rest) = try Registry.find(own)
        #expect(throws: Never.self, "\(example.line)") { _ = try Arguments(rest, for: found) }
      }
    }
  }

  /// The words of a simple command line, with quotes taken off.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if "'\"".contains(character) {
        quote = character
      } else if " ()<".contains(character) {
        if !word.isEmpty { words.append(word) }
        word = ""
        if character == ")" { words.append(")") }
      } else {
        word.append(character)
      }
    }
    return words + (word.isEmpty ? [] : [word])
  }

  @Test("no line of help is over 80 columns, and every summary starts with a capital")
  func columns() {
    var pages = [HelpPage.overview()] + Registry.commands.map { HelpPage.of($0) }
    for word in CommandGroup.summaries.keys {
      pages.append(HelpPage.group([word], Registry.commands.filter { $0.path[0] == word }))
    }
    // A command is copied whole, so an example is one line.
    for line in pages.joined() {
      let most = line.hasPrefix("  assay ") ? 100 : HelpPage.columnsMax
      #expect(line.count <= most, "\(line)")
    }
    for command in Registry.commands {
      #expect(command.summary.first?.isUppercase == true, "\(command.name)")
    }
  }

  @Test("the overview has every first word once, under five headings or more, in 60 lines")
  func overview() {
    let listed = CommandGroup.all.flatMap(\.words)
    #expect(Set(listed) == Set(Registry.commands.map { $0.path[0] }))
    #expect(Set(listed).count == listed.count)
    #expect(CommandGroup.all.count >= 5 && HelpPage.overview().count <= 60)
    for word in listed where !Registry.commands.contains(where: { $0.path == [word] }) {
      #expect(CommandGroup.summaries[word] != nil, "\(word)")
    }
  }

  @Test(
    "a word that is none is answered with the nearest",
    arguments: [
      (["chek"], "did you mean check?"),
      (["licence", "idntify"], "did you mean licence identify?"),
      (["ledger", "prove", "inclusio", "d"], "did you mean ledger prove inclusion?"),
      (["check", "m", "--profle", "x"], "did you mean --profile?"),
      (["frobnicate"], "unknown command \"frobnicate\""), (["policy"], "needs one of"),
    ])
  func nearest(words: [String], said: String) {
    let output = Output(json: false, isTerminal: false, data: { _ in }, note: { _ in })
    let problem = #expect(throws: Problem.self) { try Assay.run(words, output: output) }
    #expect(problem?.reason.contains(said) == true, "\(problem?.reason ?? "")")
    #expect(problem?.exitCode == .usage)
  }

  @Test("an option is known under the name that another command has for it")
  func optionSpellings() throws {
    func values(_ words: [String], _ option: String) throws -> [String] {
      let (command, rest) = try Registry.find(words)
      return try Arguments(rest, for: command).values(option)
    }
    let rest = ["--relation", "copy", "--by", "J", "--reason", "r"]
    #expect(try values(["check", "m", "--license", "mit"], "--licence") == ["mit"])
    #expect(try values(["compare", "m", "--ancestor", "b"], "--reference") == ["b"])
    #expect(
      try values(["conclude", "m", "--reference=b"] + rest, "--ancestor") == ["b"])
    #expect(throws: Problem.self) { try values(["check", "m", "--ancestor", "b"], "--base") }
    for (typed, meant) in Option.spellings {
      let names = Set(Registry.commands.flatMap { $0.options.map(\.name) })
      #expect(!names.isDisjoint(with: meant), "\(typed)")
    }
  }

  private func said(_ words: [String]) throws -> String {
    let heard = Mutex<[UInt8]>([])
    let output = Output(
      json: false, isTerminal: false, data: { bytes in heard.withLock { $0 += bytes } },
      note: { _ in })
    #expect(try Assay.run(words, output: output) == .yes)
    return heard.withLock { String(decoding: $0, as: UTF8.self) }
  }

  @Test("license is licence, -V is --version, and a group has a page")
  func spellings() throws {
    #expect(try said(["license", "parse", "MIT"]) == said(["licence", "parse", "MIT"]))
    #expect(try said(["-V"]) == said(["--version"]))
    #expect(try said(["policy", "--help"]) == said(["help", "policy"]))
    #expect(try said(["ledger", "prove", "--help"]).contains("ledger prove inclusion"))
  }

  @Test(
    "a verdict is coloured where colours are shown, and notes are left out where quiet is wanted")
  func manners() {
    let heard = Mutex<[String]>([])
    func output(isQuiet: Bool, isColoured: Bool) -> Output {
      Output(
        json: false, isTerminal: false, isQuiet: isQuiet, isColoured: isColoured,
        data: { bytes in heard.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } },
        note: { bytes in heard.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } })
    }
    output(isQuiet: false, isColoured: true).prose(["DENY    \u{1B}x", "Why"], under: .deny)
    output(isQuiet: true, isColoured: false).prose(["ALLOW   m"], under: .allow)
    output(isQuiet: true, isColoured: false).note("a note")
    output(isQuiet: true, isColoured: false).problem(Problem(.usage, "x", reason: "an error"))
    #expect(
      heard.withLock { $0 } == [
        "\u{1B}[1;31mDENY\u{1B}[0m    \\u{1b}x\nWhy\n", "ALLOW   m\n", "assay: an error\n",
      ])
  }
}
