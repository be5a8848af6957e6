// /v1/checks, /v1/comparisons, /v1/reports, /v1/jobs: asking for work, and following it.

import Audit
import Base
import HTTP
import Reports
import State

extension Services {
  var jobRoutes: [Route] {
    [
      creation("/v1/checks", "check", scope: .check, "check a model directory"),
      creation(
        "/v1/comparisons", "comparison", scope: .check,
        "test whether a suspect descends from references"),
      creation("/v1/reports", "report", scope: .admin, "report over a span of time"),
      Route(
        method: .get, template: "/v1/reports", scopes: [.read], summary: "report jobs",
        query: [.limit, .cursor], success: .inline(200, Schemas.list("reports", of: "Job")),
        isQuick: true
      ) { (call) throws(APIError) in try listJobs(call, name: "reports", kind: "report") },
      Route(
        method: .get, template: "/v1/jobs", scopes: [.read], summary: "jobs, newest first",
        query: [
          QueryParameter(name: "state", schema: Schemas.reference("JobState")), .limit, .cursor,
        ],
        success: .inline(200, Schemas.list("jobs", of: "Job")), isQuick: true
      ) { (call) throws(APIError) in try listJobs(call, name: "jobs", kind: nil) },
      Route(
        method: .get, template: "/v1/jobs/{id}", scopes: [.read], summary: "one job",
        success: .schema(200, "Job"), isQuick: true
      ) { (call) throws(APIError) in .json(200, try job(call).json) },
      Route(
        method: .delete, template: "/v1/jobs/{id}", scopes: [.check],
        summary: "cancel a job that waits or runs", success: .schema(202, "Job"),
        handle: cancel),
      Route(
        method: .get, template: "/v1/jobs/{id}/events", scopes: [.read],
        summary: "server-sent events: state, progress, finding, done",
        success: .content(200, ["text/event-stream"]), isQuick: true, handle: events),
      Route(
        method: .get, template: "/v1/jobs/{id}/report", scopes: [.read],
        summary: "the result of a finished job as a document",
        query: [
          QueryParameter(
            name: "format",
            schema: ["enum": JSON(ReportFormat.names), "default": "json"])
        ],
        success: .content(200, ReportFormat.mediaTypes), handle: report),
    ]
  }

  /// POST that makes a job.
  private func creation(
    _ template: String, _ kind: String, scope: Scope, _ summary: String
  ) -> Route {
    Route(
      method: .post, template: template, scopes: [scope], summary: summary,
      body: Schemas.reference(Schemas.requestName(kind)), success: .schema(202, "Job"),
      takesIdempotencyKey: true
    ) { (call) throws(APIError) in
      let request = try located(try Self.request(kind, try call.json()))
      try checkAccepting()
      let now = clock.now()
      let response = try idempotency.perform(call) { (state) throws(Problem) in
        guard let job = try JobTable.add(request, origin: .api, at: now, in: state.database)
        else { throw Problem(.failure, "job_lost", reason: "the job was not recorded") }
        return Created(status: 202, json: job.json, location: "/v1/jobs/\(job.id)")
      }
      if case .bytes(let body) = response.body, let id = try? stored(body)["id"]?.string {
        queue.added(id)
      }
      return response
    }
  }

  private static func request(_ kind: String, _ json: JSON) throws(APIError) -> JobRequest {
    do throws(BodyFault) {
      return try JobRequest(kind: kind, json: json)
    } catch {
      throw APIError(error)
    }
  }

  /// The same request with its paths resolved, all of them below a root.
  func located(_ request: JobRequest) throws(APIError) -> JobRequest {
    switch request {
    case .check(var task):
      task.path = try roots.resolve(task.path, pointer: "/path")
      switch task.profile {
      case .configured: break
      case .given(_, let facts): try Self.check(profile: facts, at: "/facts")
      case .stored(let name):
        let known = try read { (database) throws(Problem) in
          try StoredProfiles.find(name, in: database)
        }
        guard known != nil else { throw APIError(BodyFault("/as", "there is no such profile")) }
      }
      return .check(task)
    case .comparison(var task):
      switch task.suspects {
      case .one(let path): task.suspects = .one(try roots.resolve(path, pointer: "/suspect"))
      case .several(let paths): task.suspects = .several(try located(paths, "/suspects"))
      case .below(let directory):
        task.suspects = .below(try roots.resolve(directory, pointer: "/suspects"))
      }
      task.references = try located(task.references, "/references")
      task.panel = try located(task.panel, "/panel")
      return .comparison(task)
    case .report, .decide: return request
    }
  }

  private func located(_ paths: [String], _ pointer: String) throws(APIError) -> [String] {
    var resolved: [String] = []
    for (index, path) in paths.enumerated() {
      resolved.append(try roots.resolve(path, pointer: "\(pointer)/\(index)"))
    }
    return resolved
  }

  // MARK: Following

  private func job(_ call: Call) throws(APIError) -> JobRecord {
    let id = call.path("id")
    let job = try read { (database) throws(Problem) in try JobTable.find(id: id, in: database) }
    guard let job else { throw APIError.notFound("job") }
    return job
  }

  private func listJobs(_ call: Call, name: String, kind: String?) throws(APIError) -> Response {
    let (limit, before) = try call.page()
    var state: JobState?
    if let text = try call.query("state") {
      guard let known = JobState(rawValue: text) else {
        throw APIError(422, "bad_parameter", "The parameter state is not a state of a job.")
      }
      state = known
    }
    let wanted = state
    let jobs = try read { (database) throws(Problem) in
      try JobTable.list(
        state: wanted, kind: kind, before: before, limit: limit + 1, in: database)
    }
    return .json(200, page(name, jobs, limit: limit, number: \.number, json: \.json))
  }

  private func cancel(_ call: Call) throws(APIError) -> Response {
    let id = call.path("id")
    let before = try translated { () throws(Problem) in try queue.cancel(id: id) }
    guard let before else { throw APIError.notFound("job") }
    guard !before.state.isFinal else {
      throw APIError(409, "job_ended", "The job has ended already.")
    }
    return .json(202, try job(call).json)
  }

  private func events(_ call: Call) throws(APIError) -> Response {
    var after = 0
    if let text = call.head.value(of: "last-event-id") {
      guard text.utf8.count <= 18, let number = Int(text), number >= 0 else {
        throw APIError(400, "bad_event_id", "Last-Event-ID is not the id of an event.")
      }
      after = number
    }
    return .events(JobEvents(job: try job(call), after: after, reader: reader))
  }

  private func report(_ call: Call) throws(APIError) -> Response {
    let job = try job(call)
    let name = try call.query("format") ?? "json"
    guard let format = ReportFormat(rawValue: name) else {
      throw APIError(
        422, "unknown_format",
        "The formats of a report are \(ReportFormat.names.joined(separator: ", ")).")
    }
    guard job.state == .done, let result = job.result else {
      throw APIError(409, "no_result", "The job has no result, so there is nothing to report.")
    }
    var response = try renderReport(job, result, format)
    // A page of hostile texts is shown as what it is, and runs nothing.
    response.fields += [
      ("X-Content-Type-Options", "nosniff"),
      ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ]
    return response
  }
}
