// The gate behind the API: from a check to admission, and what shuts it again. The daemon, its
// models and its log are real; other programs are played by a second connection to the state.

import Audit
import Base
import Foundation
import Ledger
import Register
import State
import TestSupport
import Testing

@testable import Daemon

private let noncommercial = "CC-BY-NC-4.0#noncommercial"

@Suite("The gate of a daemon", .serialized)
struct GateAPITests {
  /// A daemon with the models `a` (clean) and `nc`, and the profile of the tests.
  private func withGate(
    scopes: [Scope] = Scope.allCases, _ body: (API, StateDirectory) throws -> Void
  ) throws {
    try withState { state in
      let token = try Tokens.add(name: "ci", scopes: scopes, state: state)
      let configuration: JSON = ["profile": try TinyProfiles.full()]
      try DurableFile.replace(state.configPath, with: configuration.canonicalBytes)
      let models = FileSystem.directoryName(state.path) + "/models"
      try writeModel(models + "/a")
      try writeModel(models + "/nc", .declared("cc-by-nc-4.0", seed: 2))
      try withDaemon(state) { anonymous in
        var api = anonymous
        api.token = token
        try body(api, state)
      }
    }
  }

  /// Checks a model and gives the result of the job.
  private func check(_ api: API, _ name: String, _ more: String = "") throws -> JSON {
    let made = try api.call("POST", "/v1/checks", "{\"path\":\"\(api.models)/\(name)\"\(more)}")
    let id = try #require(made.json?["id"]?.string)
    let job = try #require(try api.finished(id))
    return try #require(job["result"])
  }

  private func admission(_ api: API, _ model: String) throws -> (isAllowed: Bool?, why: String) {
    let review = """
      {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",
      "operation":"CREATE","object":{"metadata":{"annotations":{"assay.dev/model":"\(model)"}}}}}
      """
    let response = try api.call("POST", "/v1/admission", review).json?["response"]
    return (response?["allowed"]?.bool, response?["status"]?["message"]?.string ?? "")
  }

  /// The newest decision of a model, once it is made by `trigger` for `event`.
  private func decided(_ api: API, _ model: String, _ event: String) throws -> JSON? {
    for _ in 0..<1500 {
      let decision = try api.call("GET", "/v1/models/\(model)").json?["decision"]
      let events = decision?["because"]?.array?.compactMap { $0["event"]?.string } ?? []
      if events.contains(event), decision?["state"] == "current" { return decision }
      usleep(10_000)
    }
    return nil
  }

  @Test("shuts at once when another program declares an edge, and is decided again by itself")
  func declaredElsewhere() throws {
    try withGate { api, state in
      let nc = try check(api, "nc")
      let clean = try check(api, "a")
      #expect(nc["verdict"] == "deny" && clean["verdict"] == "allow")
      let (model, ancestor) = (
        try #require(clean["model"]?.string), try #require(nc["model"]?.string)
      )
      #expect(try admission(api, model).isAllowed == true)
      #expect(try admission(api, ancestor).isAllowed == false)
      let log = try StateLog(state)
      let edge = LineageEdge(
        ancestor: ancestor, child: model, relation: .finetuned, grade: .declared)
      let receipts = try log.append([try LineageStatement(edge: edge).statement()])
      // Whether it was decided again by now or not: the former decision opens nothing.
      #expect(try admission(api, model).isAllowed == false)
      let decision = try #require(try decided(api, model, "edge"))
      #expect(decision["verdict"] == "deny")
      #expect(decision["because"]?[0]?["ledger_index"]?.int == receipts[0].index)
      #expect(try admission(api, model).why.contains("is deny"))
      // It stands in the list of all decisions, and the former one as superseded.
      let list = try api.call("GET", "/v1/decisions?model=\(model)").json?["decisions"]?.array ?? []
      #expect(list.compactMap { $0["state"]?.string } == ["current", "superseded"])
      #expect(try api.call("GET", "/v1/decisions?state=moon").status == 422)
    }
  }

  @Test("opens with a waiver of the API, which is a statement a rule, and shuts with its end")
  func waivers() throws {
    try withGate { api, state in
      let denied = try check(api, "nc")
      let (model, id) = (
        try #require(denied["model"]?.string), try #require(denied["decision_id"]?.string)
      )
      let end = Instant(seconds: WallClock.system.now().seconds + 20 * 86_400)
      func waive(_ rule: String) throws -> (status: Int, json: JSON?) {
        let body =
          "{\"rules\":[\"\(rule)\"],\"reason\":\"letter of the third of May\","
          + "\"expires_at\":\"\(end.rfc3339)\"}"
        let answer = try api.call("POST", "/v1/decisions/\(id)/waivers", body)
        return (answer.status, answer.json)
      }
      for (rule, code) in [
        ("no.such.rule", "rule_not_found"), ("us.ofac.sdn", "not_waivable"),
        ("us.gsa.american-ai", "rule_not_found"),
      ] {
        let refused = try waive(rule)
        #expect(refused.status == 422 && refused.json?["code"]?.string == code, "\(rule)")
      }
      #expect(try ledgerSize(state) == 1, "what was refused left nothing behind")
      #expect(try waive(noncommercial).status == 201)
      let granted = try #require(
        try state.openLedger().statements(in: 1..<2, trusted: state.trustedKeys()).verified.first)
      let waiver = try WaiverStatement(granted.statement)
      #expect(waiver.rule == noncommercial && waiver.by == "ci")
      #expect(waiver.to == CalendarDay(end) && waiver.model.tagged == model)
      #expect(try decided(api, model, "waiver")?["verdict"] == "allow")
      #expect(try admission(api, model).isAllowed == true)
      let body = "{\"reason\":\"the letter was a forgery\"}"
      #expect([200, 204].contains(try api.call("DELETE", "/v1/waivers/1", body).status))
      #expect(try admission(api, model).isAllowed == false)
      #expect([404, 409].contains(try api.call("DELETE", "/v1/waivers/1", body).status))
      #expect(try decided(api, model, "waiver_withdrawn")?["verdict"] == "deny")
    }
  }

  @Test("asks for facts or for a stored profile, and takes no exception that stands in either")
  func profiles() throws {
    try withGate { api, state in
      let research = try TinyProfiles.full(request: ["use": "research"]).canonicalText
      #expect(try api.call("GET", "/v1/profiles/lab").status == 404)
      #expect(try api.call("PUT", "/v1/profiles/lab", research).status == 201)
      #expect(try api.call("PUT", "/v1/profiles/lab", research).status == 200)
      #expect(try api.call("GET", "/v1/profiles/lab").json?["name"] == "lab")
      #expect(try check(api, "nc", ",\"as\":\"lab\"")["verdict"] == "allow")
      #expect(try check(api, "nc")["verdict"] == "deny")
      #expect(try check(api, "nc", ",\"facts\":\(research)")["verdict"] == "allow")
      var smuggled = try JSON.parse(Array(research.utf8)).object ?? [:]
      smuggled["waivers"] = [["rule": .string(noncommercial), "by": "J", "reason": "r"]]
      let text = JSON.object(smuggled).canonicalText
      let size = try ledgerSize(state)
      func refused(_ body: String) throws -> Int {
        try api.call("POST", "/v1/checks", "{\"path\":\"\(api.models)/nc\",\(body)}").status
      }
      #expect(try refused("\"facts\":\(text)") == 422)
      #expect(try refused("\"facts\":\(research),\"as\":\"lab\"") == 422)
      #expect(try refused("\"as\":\"nobody\"") == 422)
      #expect(try api.call("PUT", "/v1/profiles/lab", text).status == 422)
      #expect(try api.call("PUT", "/v1/profiles/lab", "{\"facts\":{\"no.such\":1}}").status == 422)
      #expect(try ledgerSize(state) == size)
      #expect([200, 204].contains(try api.call("DELETE", "/v1/profiles/lab").status))
      #expect(try api.call("DELETE", "/v1/profiles/lab").status == 404)
    }
  }

  @Test("opens only on decisions that the configuration demands")
  func demand() throws {
    try withGate { api, state in
      let law = try TinyProfiles.full(["service.prohibited_practice": true])
      let clean = try check(api, "a")
      let model = try #require(clean["model"]?.string)
      // Somebody else's question is the newest decision.
      #expect(try check(api, "a", ",\"facts\":\(law.canonicalText)")["verdict"] == "deny")
      #expect(try admission(api, model).isAllowed == false)
      let configuration: JSON = [
        "profile": try TinyProfiles.full(), "gate": ["profile": "default", "policy": "shipped"],
      ]
      try DurableFile.replace(state.configPath, with: configuration.canonicalBytes)
      #expect(try admission(api, model).isAllowed == true)
      try DurableFile.replace(
        state.configPath,
        with: JSON.object(["profile": try TinyProfiles.full(), "gate": ["profile": "eu"]])
          .canonicalBytes)
      let refused = try admission(api, model)
      #expect(refused.isAllowed == false && refused.why.contains("for the profile eu"))
    }
  }
}
