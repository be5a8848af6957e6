import Base
import Foundation
import Testing

/// Goal: `panel verify` and `lineage verify --record` keep their exit codes and say what they did.
/// Method: the built program, on small models of the repository, in a temporary state.
@Suite("The commands that verify a panel and a lineage")
struct PanelCommandTests {
  private func model(_ name: String) -> String {
    FileSystem.join(Program.repository, "Tests/Models/" + name)
  }

  private func withState<R>(_ body: (_ folder: String, _ state: String) throws -> R) throws -> R {
    let folder = try FileSystem.temporaryDirectory(prefix: "assay-panel-commands")
    defer { try? FileSystem.remove(folder) }
    let state = folder + "/state"
    #expect(try Program.run(["init", "--state", state]).code == 0)
    return try body(folder, state)
  }

  @Test("a control is recorded with its fingerprint and held to it")
  func panel() throws {
    try withState { folder, state in
      let verify = ["panel", "verify", "--state", state, "--threads", "1", "--json"]
      #expect(try Program.run(verify).code == 2, "an empty panel is no panel")
      let copy = folder + "/control"
      try FileManager.default.copyItem(atPath: model("control-lit"), toPath: copy)
      let add = ["panel", "add", copy, "--training-text", "novels", "--state", state]
      #expect(try Program.run(add).code == 0)
      let good = try Program.run(verify)
      #expect(good.code == 0 && good.json?["ok"] == true, "\(good.notes)")
      #expect(good.json?["models"]?[0]?["scores"] == "absent")
      try Data("another card\n".utf8).write(to: URL(filePath: copy + "/README.md"))
      let changed = try Program.run(verify)
      #expect(changed.code == 1 && changed.json?["models"]?[0]?["ok"] == false)
      #expect(try Program.run(add).code == 0)
      #expect(try Program.run(verify).code == 0, "added again, it is recorded anew")
      let list = folder + "/list"
      try Data("\(copy)\n".utf8).write(to: URL(filePath: list))
      #expect(try Program.run(["panel", "verify", list, "--threads", "1"]).code == 3)
      #expect(try Program.run(["panel", "verify", folder + "/none"]).code == 4)
    }
  }

  @Test("a list of controls is added whole or not at all")
  func list() throws {
    try withState { folder, state in
      func add(_ more: String...) throws -> Program.Run {
        try Program.run(["panel", "add", "--state", state, "--json"] + more)
      }
      let bundled = try add("--from", model("panel.jsonl"))
      #expect(bundled.code == 0 && bundled.json?["models"] == 10 && bundled.json?["added"] == 10)
      let good = try Program.run(["panel", "verify", "--state", state, "--threads", "1"])
      #expect(good.code == 0)
      let list = folder + "/list.jsonl"
      try Data((model("teacher") + "\n" + folder + "/none\n").utf8).write(
        to: URL(filePath: list))
      #expect(try add("--from", list).code == 4)
      let kept = try Program.run(["panel", "list", "--state", state, "--json"])
      #expect(kept.json?["models"]?.array?.count == 10)
      #expect(try add("--from", list, model("teacher")).code == 2)
      #expect(try add("--from", folder + "/no-list").code == 4)
      try Data("\n".utf8).write(to: URL(filePath: list))
      #expect(try add("--from", list).code == 4, "a list without models adds nothing")
      #expect(try add().code == 2)
    }
  }

  @Test("a settled declaration leaves an edge, an open one leaves none")
  func lineage() throws {
    try withState { folder, state in
      func verify(_ suspect: String, _ relation: String) throws -> Program.Run {
        try Program.run([
          "lineage", "verify", suspect, "--ancestor", model("teacher"), "--relation", relation,
          "--record", "--state", state, "--threads", "1", "--json",
        ])
      }
      let confirmed = try verify(model("quantised"), "quantized")
      #expect(confirmed.code == 0 && confirmed.json?["ledger_indices"] == [0])
      let edge = confirmed.json?["edges"]?[0]
      #expect(edge?["relation"] == "quantized", "\(confirmed.output)")
      let open = try verify(model("control-lit"), "finetuned")
      #expect(open.code == 3 && open.json?["ledger_indices"] == [])
      let shown = try Program.run([
        "lineage", "show", model("quantised"), "--state", state, "--json",
      ])
      #expect(shown.json?["ancestors"]?.array?.count == 1)
      #expect(shown.json?["ancestors"]?[0]?["grade"] == edge?["grade"])
      let stray = try Program.run([
        "lineage", "verify", model("tuned"), "--ancestor", model("teacher"), "--relation",
        "finetuned", "--state", state,
      ])
      #expect(stray.code == 2, "--state without --record would be without effect")
    }
  }
}
