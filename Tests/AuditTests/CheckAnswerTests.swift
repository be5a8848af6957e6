// The answer of a check as documents read it: the same from the check itself and from its JSON.

import Base
import Crypto
import GateSupport
import Ledger
import Policy
import Register
import TestSupport
import Testing

@testable import Audit

@Suite("The answer of a check")
struct CheckAnswerTests {
  @Test("is read from its JSON as it is made of the check", arguments: GateCase.all)
  func roundTrips(of wanted: GateCase) throws {
    let stage = try GateStage()
    var folder = TinyFolder()
    wanted.folder(&folder)
    try stage.add("m", folder)
    let (result, recorded) = try stage.check("m", profile: TinyProfiles.full(wanted.facts))
    let answer = CheckAnswer(result)
    #expect(try CheckAnswer(json: result.json()) == answer)
    #expect(try CheckAnswer(json: result.json(recorded: recorded)) == answer)
    #expect(try CheckAnswer(json: JobOutcome.check(result).json) == answer)
    #expect(answer.decision != nil && answer.policy != nil && answer.identity.weights != nil)
    let quick = try stage.ask("m") { $0.depth = .quick }
    #expect(try CheckAnswer(json: quick.json()) == CheckAnswer(quick))
    #expect(CheckAnswer(quick).policy == nil && CheckAnswer(quick).decision == nil)
  }

  @Test("keeps edges, the way of a finding along them, duties, waivers and what is missing")
  func contents() throws {
    let stage = try GateStage()
    try stage.add("base", .declared("cc-by-nc-4.0", seed: 1))
    try stage.add("child", TinyFolder(seed: 2))
    try stage.check("base")
    try stage.declare("child", from: "base") { $0.relation = .finetuned }
    let denied = try stage.check("child").result
    let answer = try CheckAnswer(json: denied.json())
    #expect(answer == CheckAnswer(denied) && answer.lineage == denied.lineage.edges)
    #expect(!answer.lineage.isEmpty)
    let duty: JSON = ["id": "a", "text": "t", "state": "due", "rule": "r"]
    let bound = try #require(
      denied.json().replacing(["decision", "obligations"], with: [duty, duty]))
    let wanted = CheckAnswer.Duty(id: "a", text: "t", state: "due")
    #expect(try CheckAnswer(json: bound).decision?.duties == [wanted, wanted])
    let findings = try #require(denied.decision?.findings)
    #expect(findings.contains { !$0.path.isEmpty })
    for finding in findings {
      let grounds = try #require(FindingGrounds(finding.finding))
      #expect(grounds.path == finding.path && grounds.title == finding.title)
      #expect(grounds.citation == finding.citation)
    }
    let open = try stage.ask(
      "child", profile: TinyProfiles.full(["end_user.kind": nil]))
    #expect(try CheckAnswer(json: open.json()).decision == CheckAnswer(open).decision)
    #expect(CheckAnswer(open).decision?.missing == open.decision?.missing?.attributes)
    try stage.waive("base", "CC-BY-NC-4.0#noncommercial")
    let waived = try stage.check("base").result
    #expect(
      try CheckAnswer(json: waived.json()).decision?.waived == ["CC-BY-NC-4.0#noncommercial"])
  }

  /// A member by its path, a value that it cannot have (nil: it is absent), and the place.
  static let malformed: [(path: [String], value: JSON?)] = [
    (["schema"], nil), (["schema"], "assay.check/2"), (["verdict"], nil), (["verdict"], "odd"),
    (["model"], nil), (["model"], "sha256:0"), (["name"], nil), (["name"], 1), (["as_of"], nil),
    (["as_of"], "2026-02-30"), (["identity"], nil), (["identity"], []),
    (["identity", "files_root"], nil), (["identity", "files_root"], "x"),
    (["identity", "format"], 1), (["identity", "files"], "x"),
    (["identity", "weights_digest"], "x"), (["identity", "tensor_set_digest"], nil),
    (["identity", "canonical_values_digest"], nil), (["findings"], [:]), (["lineage"], "x"),
    (["licence"], "MIT"), (["licence", "model"], nil), (["licence", "declared"], nil),
    (["licence", "declared", "ids"], [1]), (["licence", "findings"], 1), (["policy"], 1),
    (["policy_digest"], nil), (["policy_digest"], "x"), (["decision"], "allow"),
    (["decision", "horizon"], nil), (["decision", "horizon"], "soon"),
    (["decision", "waived"], [1]),
  ]

  /// A list, an item that it cannot have, and where in the item the fault is.
  static let malformedItems: [(path: [String], item: JSON, place: String)] = [
    (["identity", "files"], "x", ""), (["identity", "files"], ["path": "a"], "/size"),
    (["identity", "files"], ["path": "a", "size": -1], "/size"),
    (["identity", "files"], ["path": "a", "size": 1], "/sha256"),
    (["identity", "files"], ["size": 1], "/path"), (["findings"], ["id": "a"], ""),
    (["findings"], ["id": "a", "severity": "fatal", "message": "m"], ""),
    (["findings"], ["id": "a", "severity": "note", "path": [["ancestor": "a"]]], ""),
    (["lineage"], ["ancestor": "a", "child": "b"], ""),
    (["lineage"], ["ancestor": "a", "child": "b", "grade": "sure"], ""),
    (["licence", "detected"], ["verdict": "match"], "/file"),
    (["licence", "detected"], ["file": "a", "verdict": "x"], "/verdict"),
    (["licence", "detected"], ["file": "a", "verdict": "match", "ids": ["MIT"]], "/ids"),
    (
      ["licence", "detected"], ["file": "a", "verdict": "match", "licences": [["id": "MIT"]]],
      "/licences/0/kind"
    ),
    (
      ["licence", "detected"], ["file": "a", "verdict": "match", "differences": [["kind": "x"]]],
      "/differences/0/kind"
    ),
    (["licence", "ancestors"], ["model": "a"], "/known"),
    (["licence", "findings"], ["id": "a"], ""),
    (["decision", "obligations"], ["id": "a", "text": "t"], "/state"),
    (["decision", "obligations"], ["text": "t", "state": "due"], "/id"),
    (["decision", "policies"], ["name": "a", "sha256": "x"], "/sha256"),
    (["decision", "policies"], ["sha256": nil], "/name"),
    (["decision", "missing", "attributes"], 1, "-"),
  ]

  private func answer() throws -> JSON {
    let stage = try GateStage()
    try stage.add("m", TinyFolder())
    return try stage.ask("m", profile: TinyProfiles.full(["end_user.kind": nil])).json()
  }

  @Test("with a member of the wrong form is refused with its JSON pointer")
  func refused() throws {
    let answer = try answer()
    _ = try CheckAnswer(json: answer)
    func place(_ json: JSON?) throws -> String? {
      let json = try #require(json)
      let problem = #expect(throws: Problem.self) { try CheckAnswer(json: json) }
      #expect(problem?.code == "bad_check_answer" && problem?.remedy != nil)
      return problem?.place
    }
    for (path, value) in Self.malformed {
      #expect(
        try place(answer.replacing(path[...], with: value)) == "/" + path.joined(separator: "/"))
    }
    for (path, item, inner) in Self.malformedItems {
      let list = "/" + path.joined(separator: "/")
      #expect(
        try place(answer.replacing(path[...], with: [item]))
          == (inner == "-" ? list : list + "/0" + inner), "\(list) \(item.canonicalText)")
    }
    for json: JSON in [nil, [], "x", 1] {
      let problem = #expect(throws: Problem.self) { try CheckAnswer(json: json) }
      #expect(problem?.place == nil && problem?.kind == .malformed)
    }
  }

  @Test("may lack what a check may lack: lists that are empty, licence, policy, weights")
  func optional() throws {
    let answer = try answer()
    for path in [["licence"], ["decision"], ["findings"], ["lineage"], ["identity", "format"]] {
      let short = try #require(answer.replacing(path[...], with: nil))
      #expect(try CheckAnswer(json: short) != CheckAnswer(json: answer) || path == ["lineage"])
    }
    let quick = try #require(answer.replacing(["policy"], with: nil))
    #expect(try CheckAnswer(json: quick).policy == nil)
    let bare = try #require(answer.replacing(["identity", "weights_digest"], with: nil))
    #expect(try CheckAnswer(json: bare).identity.weights == nil)
  }
}

extension JSON {
  /// With another value at a path of keys; nil takes it out.
  fileprivate func replacing(_ path: ArraySlice<String>, with value: JSON?) -> JSON? {
    guard let key = path.first else { return value }
    var object = object ?? [:]
    object[key] = (object[key] ?? .null).replacing(path.dropFirst(), with: value)
    return .object(object)
  }
}
