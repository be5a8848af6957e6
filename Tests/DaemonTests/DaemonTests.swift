import Audit
import Base
import Crypto
import Foundation
import HTTP
import Ledger
import Reports
import State
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// Never comes to an answer, and stops when it is told to.
private struct EndlessRunner: JobRunner {
  func run(_ request: JobRequest, _ run: Run) throws(Problem) -> JobOutcome {
    while true {
      try run.check()
      usleep(10_000)
    }
  }
}

/// A daemon on a Unix socket for the duration of `body`.
func withDaemon(
  _ state: StateDirectory, isEndless: Bool = false, _ body: (API) throws -> Void
) throws {
  let root = FileSystem.directoryName(state.path)
  if !FileSystem.exists(root + "/models") { try writeModel(root + "/models/a") }
  var configuration = DaemonConfiguration(state: state)
  let socketPath = root + "/api.sock"
  configuration.listen = [.unix(path: socketPath)]
  configuration.roots = [root + "/models"]
  configuration.drainTimeoutMs = 200
  let runner = AuditRunner(state: state)
  let daemon = try Daemon(
    configuration, runner: isEndless ? EndlessRunner() : runner, log: Log { _ in })
  let isReady = Channel<Void>(capacity: 1)
  let failure = Mutex<Problem?>(nil)
  let thread = try BackgroundThread.start("daemon") {
    do throws(Problem) {
      try daemon.run { _ in _ = isReady.put(()) }
    } catch {
      failure.withLock { $0 = error }
      _ = isReady.put(())
    }
  }
  _ = isReady.take()
  defer {
    daemon.stop()
    thread.join()
  }
  #expect(failure.withLock { $0 } == nil)
  try body(API(socketPath: socketPath, models: root + "/models"))
}

/// A model that the shipped pack allows for `Tests/Models/profile.json`.
func writeModel(_ path: String, _ folder: TinyFolder = TinyFolder()) throws {
  try FileSystem.makeDirectories(path)
  for (name, bytes) in folder.contents { try DurableFile.replace("\(path)/\(name)", with: bytes) }
}

/// Speaks to a daemon over its socket.
struct API {
  let socketPath: String
  let models: String
  var token = ""

  func call(
    _ method: String, _ path: String, _ body: String? = nil, fields: [String] = []
  ) throws -> (status: Int, head: String, json: JSON?) {
    var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    if !token.isEmpty { text += "Authorization: Bearer \(token)\r\n" }
    for field in fields { text += field + "\r\n" }
    if let body {
      text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
    }
    let answer = try exchange(text + "\r\n" + (body ?? ""))
    let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
    let status = Int(answer.dropFirst(9).prefix(3)) ?? 0
    let json = parts.count > 1 ? try? JSON.parse(Array(parts[1].utf8)) : nil
    return (status, String(parts.first ?? ""), json)
  }

  private func exchange(_ text: String) throws -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: socketPath.utf8.prefix(107))
    }
    let connected = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(connected == 0)
    let bytes = Array(text.utf8)
    send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      received += buffer[0..<count]
    }
    return String(decoding: received, as: UTF8.self)
  }

  func finished(_ id: String) throws -> JSON? {
    for _ in 0..<500 {
      let job = try call("GET", "/v1/jobs/\(id)").json
      if ["done", "failed", "cancelled"].contains(job?["state"]?.string ?? "") { return job }
      usleep(10_000)
    }
    return nil
  }
}

@Suite("The daemon", .serialized)
struct DaemonTests {
  @Test(
    "speaks plain HTTP beyond this machine only if told to",
    arguments: [
      (["0.0.0.0:0"], false, true), (["[::]:0"], false, true),
      (["127.0.0.1:0", "10.0.0.1:0"], false, true), (["127.0.0.2:0", "[::1]:0"], false, false),
      (["0.0.0.0:0"], true, false),
    ])
  func insecure(addresses: [String], allowed: Bool, isRefused: Bool) throws {
    try withState { state in
      var configuration = DaemonConfiguration(state: state)
      configuration.listen = try addresses.map { try ListenAddress($0) }
      configuration.allowsInsecureListening = allowed
      var code: String?
      do throws(Problem) {
        _ = try Daemon(configuration, runner: AuditRunner(state: state), log: Log { _ in })
      } catch {
        code = error.code
        #expect(error.exitCode == .usage)
      }
      #expect(code == (isRefused ? "insecure_listen" : nil))
    }
  }

  /// A token for everything, and a configuration that says all about who asks.
  private func tokenBesideFullProfile(_ state: StateDirectory) throws -> String {
    let configuration: JSON = ["profile": try TinyProfiles.full()]
    try DurableFile.replace(state.configPath, with: configuration.canonicalBytes)
    return try Tokens.add(name: "t", scopes: Scope.allCases, state: state)
  }

  @Test("carries a check from the request to the ledger, and lets it through admission")
  func check() throws {
    try withState { state in
      let token = try tokenBesideFullProfile(state)
      try withDaemon(state) { anonymous in
        var api = anonymous
        #expect(try api.call("GET", "/v1/jobs").status == 401)
        api.token = token
        #expect(try api.call("GET", "/readyz").json?["status"]?.string == "ready")
        let body = "{\"path\":\"\(api.models)/a\"}"
        let made = try api.call("POST", "/v1/checks", body, fields: ["Idempotency-Key: k"])
        let id = try #require(made.json?["id"]?.string)
        #expect(made.status == 202 && made.head.contains("Location: /v1/jobs/\(id)"))
        let again = try api.call("POST", "/v1/checks", body, fields: ["Idempotency-Key: k"])
        #expect(again.json?["id"]?.string == id)
        #expect(again.head.contains("Idempotency-Replayed: true"))
        let job = try #require(try api.finished(id))
        #expect(job["state"]?.string == "done" && job["result"]?["ledger_index"]?.int == 0)
        let model = try #require(job["result"]?["model"]?.string)
        let lineage = try api.call("GET", "/v1/models/\(model)/lineage")
        #expect(lineage.status == 200 && lineage.json?["edges"]?.array == [])
        let review = """
          {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",
          "operation":"CREATE","object":{"metadata":{"annotations":{"assay.dev/model":"\(model)"}}
          }}}
          """
        let answer = try api.call("POST", "/v1/admission", review)
        #expect(answer.json?["response"]?["allowed"]?.bool == true)
        let decision = try api.call("GET", "/v1/models/\(model)").json?["decision"]
        #expect(decision?["id"] == job["result"]?["decision_id"])
        #expect(decision?["verdict"] == "allow" && decision?["state"] == "current")
        let unknown = review.replacing(model, with: "sha256:" + String(repeating: "0", count: 64))
        let refused = try api.call("POST", "/v1/admission", unknown)
        #expect(refused.json?["response"]?["allowed"]?.bool == false)
      }
      #expect(try ledgerSize(state) == 1)
    }
  }

  @Test("signs the summary of a check with the key of the state, as `verify --statement` wants it")
  func summary() throws {
    try withState { state in
      let token = try tokenBesideFullProfile(state)
      try withDaemon(state) { anonymous in
        var api = anonymous
        api.token = token
        let made = try api.call("POST", "/v1/checks", "{\"path\":\"\(api.models)/a\"}")
        let id = try #require(made.json?["id"]?.string)
        let model = try #require(try api.finished(id)?["result"]?["model"]?.string)
        let answer = try api.call("GET", "/v1/jobs/\(id)/report?format=vsa")
        #expect(answer.status == 200)
        let type = answer.head.split(separator: "\r\n").first {
          $0.lowercased().hasPrefix("content-type:")
        }
        #expect(type?.contains(ReportFormat.vsa.mediaType) == true, "\(answer.head)")
        let envelope = try Envelope(parsing: try #require(answer.json).canonicalBytes)
        #expect(envelope.payloadType == Statement.payloadType)
        let key = try KeyFile.readPublic(FileSystem.join(state.path, "keys/statement.pub.pem"))
        let payload = try #require(envelope.verified(by: [key]))
        let statement = try Statement(parsing: payload.bytes)
        #expect(statement.subjects.map { $0.sha256?.tagged } == [model])
        #expect(statement.predicate["verificationResult"] == "PASSED")
        #expect(statement.predicateType == "https://slsa.dev/verification_summary/v1")
        let other = try ECDSA.PrivateKey.generate().publicKey
        #expect(envelope.verified(by: [other]) == nil)
      }
    }
  }

  @Test("shows a finished job in every form of its kind, and says why it cannot")
  func documents() throws {
    try withState { state in
      let token = try Tokens.add(name: "t", scopes: Scope.allCases, state: state)
      try withDaemon(state) { anonymous in
        var api = anonymous
        api.token = token
        func made(_ path: String, _ body: String) throws -> String {
          let id = try #require(try api.call("POST", path, body).json?["id"]?.string)
          #expect(try api.finished(id)?["state"] == "done")
          return id
        }
        func answer(_ id: String, _ format: ReportFormat) throws -> (status: Int, text: String?) {
          let answer = try api.call("GET", "/v1/jobs/\(id)/report?format=\(format.rawValue)")
          return (answer.status, answer.json?["detail"]?.string)
        }
        let check = try made("/v1/checks", "{\"path\":\"\(api.models)/a\"}")
        let span = #""from":"2020-01-01T00:00:00Z","to":"2100-01-01T00:00:00Z""#
        let report = try made("/v1/reports", "{\"kind\":\"audit\",\(span)}")
        for format in ReportFormat.allCases {
          #expect(try answer(check, format).status == 200, "\(format)")
          let isForPeople = [.json, .html, .markdown].contains(format)
          #expect(try answer(report, format).status == (isForPeople ? 200 : 404), "\(format)")
        }
        // Results that are none of their kind: somebody else wrote to the database.
        try state.openDatabase().execute(
          "UPDATE jobs SET result = '{\"schema\":\"assay.check/1\"}' WHERE kind = 'check'")
        try state.openDatabase().execute(
          "UPDATE jobs SET result = '{\"report\":{}}' WHERE kind = 'report'")
        for (id, place) in [(check, "/verdict"), (report, "/schema")] {
          let refused = try answer(id, .html)
          #expect(refused.status == 404 && refused.text?.contains(place) == true)
        }
      }
    }
  }

  @Test(
    "refuses what is not below a root, or not a request, with a code and a place",
    arguments: [
      ("{\"path\":\"/etc\"}", 403, "outside_roots"), ("{\"path\":\"a\"}", 422, "invalid_request"),
      ("{}", 422, "invalid_request"), ("{\"path\":1,\"path\":2}", 400, "invalid_json"),
      ("{", 400, "invalid_json"), ("{\"path\":\"/x\",\"pth\":1}", 422, "invalid_request"),
    ])
  func refusals(body: String, status: Int, code: String) throws {
    try withState { state in
      let token = try Tokens.add(name: "t", scopes: [.check], state: state)
      try withDaemon(state) { anonymous in
        var api = anonymous
        api.token = token
        let answer = try api.call("POST", "/v1/checks", body)
        #expect(answer.status == status && answer.json?["code"]?.string == code)
        #expect(try api.call("GET", "/v1/jobs").status == 403)
      }
    }
  }

  @Test("checks with the policy that was put, as it is at that time, and refuses a disproved one")
  func policies() throws {
    let folder = FileSystem.directoryName(#filePath) + "/../../Policies/company"
    var document: JSONObject = [:]
    for name in ["pack.json", "facts.json", "jurisdictions.json", "scenarios.json"] {
      document[name] = try JSON.parse(FileSystem.read("\(folder)/\(name)", limitBytes: 1 << 20))
    }
    let whole = JSON.object(document).canonicalText
    let disproved = whole.replacing("\"verdict\":\"deny\"", with: "\"verdict\":\"allow\"")
    try withState { state in
      let token = try Tokens.add(name: "t", scopes: Scope.allCases, state: state)
      try withDaemon(state) { anonymous in
        var api = anonymous
        api.token = token
        for bad in ["{}", "{\"rules.json\":{}}", disproved] {
          let answer = try api.call("PUT", "/v1/policies/company", bad)
          #expect(answer.status == 422 && answer.json?["code"]?.string == "policy_refused")
        }
        func digest(_ policy: String) throws -> String? {
          let body = "{\"path\":\"\(api.models)/a\",\"policy\":\"\(policy)\"}"
          let made = try api.call("POST", "/v1/checks", body)
          let job = try api.finished(try #require(made.json?["id"]?.string))
          return job?["result"]?["policy_digest"]?.string
        }
        #expect(try digest("company") == nil)
        #expect(try api.call("PUT", "/v1/policies/company", whole).status == 201)
        let own = try #require(try digest("company"))
        let shipped = try #require(try digest("default"))
        #expect(own != shipped)
        #expect(try digest("company") == own)
      }
    }
  }

  @Test("puts a job back that does not end in time when it stops, and runs it the next time")
  func drain() throws {
    try withState { state in
      let token = try Tokens.add(name: "t", scopes: [.check, .read], state: state)
      var id = ""
      try withDaemon(state, isEndless: true) { anonymous in
        var api = anonymous
        api.token = token
        let made = try api.call("POST", "/v1/checks", "{\"path\":\"\(api.models)/a\"}")
        id = try #require(made.json?["id"]?.string)
        for _ in 0..<200 where try api.call("GET", "/v1/jobs/\(id)").json?["state"] != "running" {
          usleep(10_000)
        }
      }
      try withDaemon(state) { anonymous in
        var api = anonymous
        api.token = token
        let job = try #require(try api.finished(id))
        #expect(job["state"]?.string == "done" && job["attempts"]?.int == 1)
      }
    }
  }

  @Test("holds its state alone")
  func alone() throws {
    try withState { state in
      try withDaemon(state) { _ in
        #expect(throws: Problem.self) {
          try Daemon(
            DaemonConfiguration(state: state), runner: AuditRunner(state: state),
            log: Log { _ in })
        }
      }
    }
  }

  @Test("describes every route it has, and no other")
  func document() throws {
    try withState { state in
      try withDaemon(state) { api in
        let paths = try #require(try api.call("GET", "/openapi.json").json?["paths"]?.object)
        for path in paths.keys {
          for method in paths[path]?.object?.keys ?? [] where method != "parameters" {
            let real = path.replacingOccurrences(
              of: "\\{[a-z]*\\}", with: "x", options: .regularExpression)
            let status = try api.call(method.uppercased(), real).status
            #expect(
              ![404, 405, 501].contains(status) || path.contains("tile"), "\(method) \(path)")
          }
        }
        #expect(paths.count >= 25)
      }
    }
  }

  @Test(
    "serves tiles by their grammar alone",
    arguments: [
      ("0/000", true), ("0/x001/234", true), ("entries/000.p/5", true), ("12/x000/x001/067", true),
      ("0/../../keys", false), ("0/00", false), ("0/x001", false), ("entries", false),
      ("0/000.p/x", false), ("0//000", false), ("checkpoint", false), ("000/000", false),
    ])
  func tiles(path: String, isTile: Bool) {
    #expect(Services.isTilePath(path) == isTile)
  }
}
