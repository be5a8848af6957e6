// What people type: completed values, a fleet for a named profile, signed summaries, passphrases.

import Base
import Crypto
import Foundation
import Testing

@Suite("What people type")
struct PeopleCommandTests {
  private let model = "Tests/Models/control-same-1"
  private let profile = "Tests/Models/profile.json"

  /// Runs `body` with a fresh folder and a state in it.
  private func withState(_ body: (_ folder: String, _ state: String) throws -> Void) throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-people")
    defer { try? FileSystem.remove(folder) }
    let state = FileSystem.join(folder, "state")
    let made = try Program.run(["init", "--state", state])
    #expect(made.code == 0, "\(made.notes)")
    try body(folder, state)
  }

  /// What the script offers in a real bash for words of which the last one is unfinished.
  private func offered(_ words: [String], state: String) throws -> [String] {
    let script = """
      export PATH="$(dirname "$1"):$PATH" ASSAY_STATE="$2"
      shift 2
      source <(assay completion bash)
      COMP_WORDS=("$@")
      COMP_CWORD=$(($# - 1))
      _assay
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script, "bash", Program.path, state, "assay"] + words
    process.currentDirectoryURL = URL(filePath: Program.repository)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test("bash completes commands, options, and values of every kind")
  func completion() throws {
    try withState { _, state in
      let made = try Program.run(
        ["profile", "new", "shop", "--state", state, "--use", "research", "--us-ties", "no"])
      #expect(made.code == 0, "\(made.notes)")
      func expect(_ words: [String], _ wanted: [String]) throws {
        #expect(try offered(words, state: state) == wanted, "\(words)")
      }
      try expect(["che"], ["check"])
      try expect(["check", "m", "--polic"], ["--policies"])
      try expect(["check", "m", "--format", "s"], ["sarif", "spdx"])
      try expect(["compare", "m", "--format", ""], ["html", "markdown"])
      try expect(["check", "--use", "res"], ["research"])
      try expect(["check", "m", "--form", "h"], ["hosted-api"])
      try expect(["check", "m", "--role", "de"], ["deployer"])
      try expect(["check", "m", "--in", "D"], ["DE", "DJ", "DK", "DM", "DO", "DZ"])
      try expect(["check", "m", "--as", ""], ["shop"])
      try expect(["audit", "--as", "s"], ["shop"])
      try expect(["decisions", "--gate", "m", "--policy", ""], ["shipped"])
      try expect(["profile", "show", "s"], ["shop"])
      try expect(["profile", "sh"], ["show"])
      try expect(["lineage", "declare", "--relation", "qu"], ["quantized"])
      try expect(["completion", "z"], ["zsh"])
      let rules = try offered(["waive", "m", "--rule", "LicenseRef-gemma"], state: state)
      #expect(rules.count > 1 && rules.allSatisfy { $0.hasPrefix("LicenseRef-gemma") })
      let file = try offered(["check", "Packag"], state: state)
      #expect(file == ["Package.swift"])
    }
  }

  @Test("values that complete are asked for by kind, and an unknown kind is refused")
  func completionValues() throws {
    let facts = try Program.run(["completion", "--values", "facts"])
    #expect(facts.code == 0 && facts.output.contains("actor.is_us_person\n"))
    let rules = try Program.run(["completion", "--values", "rules"])
    #expect(rules.code == 0 && !rules.output.contains("us.outbound.prohibited"))
    #expect(try Program.run(["completion", "--values", "policies"]).output == "shipped\n")
    #expect(try Program.run(["completion", "--values", "planets"]).code == 2)
  }

  @Test("a verification summary is signed by the state, and a changed byte is noticed")
  func summary() throws {
    try withState { folder, state in
      let file = FileSystem.join(folder, "vsa.json")
      let key = FileSystem.join(state, "keys/statement.pub.pem")
      let without = try Program.run(["check", model, "--profile", profile, "--format", "vsa"])
      #expect(without.code == 2 && without.notes.contains("assay init --state"))
      let run = try Program.run([
        "check", model, "--profile", profile, "--state", state, "--format", "vsa", "-o", file,
      ])
      #expect(run.code == 0, "\(run.notes)")
      let bytes = try FileSystem.read(file, limitBytes: 1 << 20)
      let envelope = try Envelope(parsing: bytes)
      let statement = try Statement(parsing: envelope.payload)
      #expect(statement.predicateType == "https://slsa.dev/verification_summary/v1")
      #expect(statement.predicate["verificationResult"] == "PASSED")
      let verify = ["verify", model, "--statement", file, "--key", key]
      #expect(try Program.run(verify).code == 0)
      #expect(try Program.run(verify + ["--json"]).json?["ok"] == true)
      let other = try Program.run([
        "verify", "Tests/Models/teacher", "--statement", file, "--key", key, "--json",
      ])
      #expect(other.code == 1 && other.json?["error"]?["code"] == "other_model")
      var changed = envelope
      changed.payload[changed.payload.count / 2] ^= 1
      try DurableFile.replace(file, with: changed.bytes)
      let broken = try Program.run(verify + ["--json"])
      #expect(broken.code == 1 && broken.json?["error"]?["code"] == "bad_signature")
      #expect(broken.json?["predicate"] == nil)
      #expect(try Program.run(["verify", "--statement", file]).code == 2)
    }
  }

  @Test("audit asks for whom and for what as check does")
  func audit() throws {
    try withState { folder, state in
      let manifest = FileSystem.join(folder, "fleet.jsonl")
      let path = FileSystem.join(Program.repository, model)
      let line: JSON = ["id": "a", "path": .string(path), "task": "check"]
      try DurableFile.replace(manifest, with: line.canonicalBytes + [0x0A])
      func found(_ options: [String], _ parts: String) throws -> (Int32, JSON?) {
        let run = try Program.run(
          [
            "audit", "--manifest", manifest, "--shard", "0/1", "--out",
            FileSystem.join(folder, parts), "--state", state, "--json",
          ] + options)
        return (run.code, run.json?["found"])
      }
      #expect(try found([], "a").0 == 3)
      #expect(try found(["--profile", profile], "b").0 == 0)
      #expect(
        try found(["--profile", profile, "--fact", "service.prohibited_practice=yes"], "c").0 == 1)
      let made = try Program.run(
        ["profile", "new", "shop", "--state", state, "--from", profile])
      #expect(made.code == 0)
      #expect(try found(["--as", "shop"], "d").0 == 0)
      #expect(try found(["--as", "shop", "--use", "nonsense"], "e").0 == 2)
    }
  }

  @Test("a list shows the beginning of a digest, which commands take")
  func shortDigests() throws {
    try withState { _, state in
      let run = try Program.run(["check", model, "--profile", profile, "--state", state, "--json"])
      let digest = try #require(run.json?["model"]?.string)
      let short = String(digest.dropFirst("sha256:".count).prefix(12))
      let list = try Program.run(["decisions", "--state", state])
      #expect(list.output.contains("(\(short), ") && !list.output.contains(digest))
      let shown = try Program.run(["lineage", "show", short, "--state", state, "--json"])
      #expect(shown.code == 0 && shown.json?["model"]?.string == digest)
      #expect(try Program.run(["lineage", "show", "0000000000", "--state", state]).code == 4)
    }
  }

  @Test("an encrypted key opens with the first line of a passphrase file, and with no other")
  func passphraseFile() throws {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-pass")
    defer { try? FileSystem.remove(folder) }
    let (key, word) = (FileSystem.join(folder, "k.pem"), FileSystem.join(folder, "word"))
    let secret = try ECDSA.PrivateKey.generate()
    try KeyFile.write(.ecdsa(secret), path: key, passphrase: Array("open sesame".utf8))
    let signature = FileSystem.join(folder, "m.sig")
    let sign = ["sign", model, "--key", key, "--out", signature]
    #expect(try Program.run(sign).code != 0)
    try DurableFile.replace(word, with: Array("close sesame\n".utf8))
    #expect(try Program.run(sign + ["--passphrase-file", word]).code != 0)
    #expect(!FileSystem.exists(signature))
    for text in ["open sesame\n", "open sesame\r\nmore\n", "open sesame"] {
      try DurableFile.replace(word, with: Array(text.utf8))
      let run = try Program.run(sign + ["--passphrase-file", word])
      #expect(run.code == 0, "\(run.notes)")
    }
    let verify = ["verify", model, "--signature", signature, "--key", key]
    #expect(try Program.run(verify + ["--passphrase-file", word]).code == 0)
    #expect(try Program.run(verify).code != 0)
  }
}
