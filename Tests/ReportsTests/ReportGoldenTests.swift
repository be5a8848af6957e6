// The forms of a report, against files that were read by people. ASSAY_GOLDEN=1 writes them anew;
// the change is then for a reviewer to read.

import Audit
import Base
import Foundation
import Testing

@testable import Reports

@Suite("The forms of a report")
struct ReportGoldenTests {
  /// The report behind the golden files. The file leaves out what no form of a report shows: whom
  /// a conclusion and a waiver are about, and the ends and the grade of the edge that is concluded.
  private func json() throws -> JSONObject {
    let bytes = try Data(contentsOf: goldenFolder.appending(path: "report.json"))
    var report = try #require(try JSON.parse(Array(bytes)).object)
    let subject: JSONObject = [
      "subject": .string("sha256:" + String(repeating: "b", count: 64)), "subject_name": nil,
    ]
    let edge: JSON = ["relation": "finetuned", "grade": "declared", "ancestor": "teacher"]
    func with(_ more: JSONObject, _ list: JSON?) -> JSON {
      .array((list?.array ?? []).map { .object(more.merging($0.object ?? [:])) })
    }
    var standing = report["standing"]?.object ?? [:]
    standing["waivers"] = with(subject, standing["waivers"])
    report["standing"] = .object(standing)
    report["waivers"] = with(subject, report["waivers"])
    report["comparisons"] = with(["subject_name": nil], report["comparisons"])
    var conclusions = report["conclusions"]?.array ?? []
    for index in conclusions.indices {
      conclusions[index] = .object(
        subject.merging(conclusions[index].object ?? [:]).merging(["edge": edge]))
    }
    report["conclusions"] = .array(conclusions)
    return report
  }

  private func report(_ changes: JSONObject = [:]) throws -> AuditReport {
    try AuditReport(json: .object(json().merging(changes)))
  }

  @Test("are their golden files, byte for byte", arguments: ["report.html", "report.md"])
  func golden(_ name: String) throws {
    let file = goldenFolder.appending(path: name)
    let document = try #require(ReportDocuments.of(report()).first { $0.name == name })
    if ProcessInfo.processInfo.environment["ASSAY_GOLDEN"] == "1" {
      try Data(document.bytes).write(to: file)
    }
    #expect(try document.bytes == Array(Data(contentsOf: file)))
  }

  @Test(
    "tell every test of a trial with verdict, sentence, p, its logarithm and the comparisons",
    arguments: ["report.html", "report.md"])
  func tests(_ name: String) throws {
    func text(_ report: AuditReport) throws -> String {
      let document = try #require(ReportDocuments.of(report).first { $0.name == name })
      return String(decoding: document.bytes, as: UTF8.self)
    }
    let whole = try text(report())
    for words in [
      "trained-on-served", "with probability at most 3.1e-12", "p 3.1e-12, log10 p -11.5",
      "decided by sign flips; adjusted for 2 comparisons: 6.2e-12",
      "decided by e-process; adjusted for 1 comparison: 0.61", "a &lt;b&gt; &amp;",
    ] {
      #expect(whole.contains(words), "\(words)")
    }
    #expect(!whole.contains("<x>"))
    #expect(
      try text(report(["trials": []])).contains("No trial was recorded in this time."))
  }

  @Test("are made of the same report when it was written and read, to the last member")
  func roundTrip() throws {
    let (report, json) = (try report(), JSON.object(try json()))
    #expect(report.json.canonicalText == json.canonicalText)
    #expect(try AuditReport(json: report.json) == report)
    let result = report.result(ReportDocuments.of(report))
    #expect(try AuditReport(jobResult: result) == report)
    #expect(throws: Problem.self) { try AuditReport(jobResult: json) }
  }

  /// A member by its path, a value that it cannot have (nil: it is absent), and the place that the
  /// problem names.
  static let malformed: [(path: [String], value: JSON?, place: String)] = [
    (["schema"], "assay.report/2", "/schema"), (["schema"], nil, "/schema"),
    (["from"], nil, "/from"), (["from"], "then", "/from"), (["to"], nil, "/to"),
    (["checkpoint"], nil, "/checkpoint"), (["checkpoint", "origin"], "", "/checkpoint/origin"),
    (["checkpoint", "size"], -1, "/checkpoint/size"),
    (["checkpoint", "root"], "x", "/checkpoint/root"),
    (["checkpoint", "note"], nil, "/checkpoint/note"), (["entries"], nil, "/entries"),
    (["entries"], "8", "/entries"), (["findings"], [[:]], "/findings/0"),
    (["findings"], "x", "/findings"), (["summary"], nil, "/summary"),
    (["summary", "models"], 2, "/summary/models"), (["summary", "allow"], nil, "/summary/allow"),
    (["summary", "deny"], -1, "/summary/deny"), (["summary", "review"], nil, "/summary/review"),
    (["summary", "changed"], nil, "/summary/changed"), (["standing"], nil, "/standing"),
    (["standing", "checks"], [[:]], "/standing/checks/0/ledger_index"),
    (["standing", "lineage"], ["x"], "/standing/lineage/0"),
    (["standing", "waivers", "0", "withdrawn"], nil, "/standing/waivers/0/withdrawn"),
    (["checks"], [:], "/checks"), (["checks", "0", "ledger_index"], nil, "/checks/0/ledger_index"),
    (["checks", "0", "subject"], "x", "/checks/0/subject"),
    (["checks", "0", "subject"], nil, "/checks/0: /subject"),
    (["checks", "0", "subject_name"], 1, "/checks/0/subject_name"),
    (["checks", "0", "verdict"], "maybe", "/checks/0: /predicate/verdict"),
    (["checks", "0", "as_of"], nil, "/checks/0: /predicate/as_of"),
    (["checks", "0", "state"], "fresh", "/checks/0/state"),
    (["comparisons", "0", "ledger_index"], nil, "/comparisons/0/ledger_index"),
    (["trials", "0", "event"], nil, "/trials/0/event"),
    (["trials", "0", "trial"], nil, "/trials/0/trial"),
    (["trials", "0", "key"], "x", "/trials/0/key"),
    (["lineage", "0", "grade"], nil, "/lineage/0: /predicate/grade"),
    (["lineage", "0", "ancestor"], nil, "/lineage/0: /predicate/ancestor"),
    (["lineage", "0", "retracted"], 1, "/lineage/0/retracted"),
    (["conclusions", "0", "by"], "", "/conclusions/0: /predicate/by"),
    (["conclusions", "0", "edge"], nil, "/conclusions/0: /predicate/edge"),
    (["conclusions", "0", "retracted"], nil, "/conclusions/0/retracted"),
    (["waivers", "0", "from"], nil, "/waivers/0: /predicate/from"),
    (["waivers", "0", "withdrawn"], "no", "/waivers/0/withdrawn"),
    (["retractions", "0", "entries"], [], "/retractions/0: /predicate/entries"),
    (["retractions", "0", "of"], nil, "/retractions/0: /predicate/of"),
  ]

  @Test("are made of nothing that is no report, and the place is told", arguments: malformed)
  func refused(path: [String], value: JSON?, place: String) throws {
    let changed = try #require(JSON.object(try json()).replacing(path[...], with: value))
    let problem = #expect(throws: Problem.self) { try AuditReport(json: changed) }
    #expect(problem?.place == place && problem?.kind == .malformed)
  }

  @Test("list the findings of the whole answer, or of the statement where there is none to read")
  func findings() throws {
    let own: JSON = [["id": "own", "severity": "note", "message": "m"]]
    let kept: JSON = [["id": "kept", "severity": "note", "message": "m"]]
    for (body, ids) in [
      (["findings": kept], ["kept"]), (["findings": []], []), (["findings": [1]], ["own"]),
      (["findings": "x"], ["own"]), ([:], ["own"]), (nil, ["own"]),
    ] as [(JSON?, [String])] {
      var json = JSON.object(try json())
      json = try #require(json.replacing(["checks", "0", "body"], with: body))
      json = try #require(json.replacing(["checks", "0", "findings"], with: own))
      #expect(try AuditReport(json: json).checks[0].findings.map(\.id) == ids)
    }
  }

  @Test("show a step of a trial that says too little by its name, and keep the others")
  func shortStep() throws {
    for (index, member) in ["plan", "beacon", "lines_root", "verdict"].enumerated() {
      let changed = try #require(
        JSON.object(try json()).replacing(["trials", "\(index)", member], with: nil))
      let report = try AuditReport(json: changed)
      #expect(report.trials.count == 6 && report.json == changed)
      #expect(report.trials.map { $0.event.step == nil } == (0..<6).map { $0 == index })
      let step = TrialStep(report.trials[index].event)
      #expect(step.lines.isEmpty && step.verdict == nil)
      #expect(step.title == ["Committed", "Beacon", "Delivered", "Tested"][index])
    }
  }
}

extension JSON {
  /// With another value at a path of keys and positions; nil takes it out.
  fileprivate func replacing(_ path: ArraySlice<String>, with value: JSON?) -> JSON? {
    guard let key = path.first else { return value }
    if var list = array, let position = Int(key), list.indices.contains(position) {
      list[position] = list[position].replacing(path.dropFirst(), with: value) ?? .null
      return .array(list)
    }
    var object = object ?? [:]
    object[key] = (object[key] ?? .null).replacing(path.dropFirst(), with: value)
    return .object(object)
  }
}
