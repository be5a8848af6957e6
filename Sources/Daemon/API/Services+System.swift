// What needs no state or only a look at it: health, readiness, metrics, the API's own description
// and the dashboard.

import Base
import HTTP

extension Services {
  func systemRoutes(document: @escaping @Sendable () -> [UInt8]) -> [Route] {
    let status = Schemas.object(["status": ["type": "string"]], all: true)
    let ok: JSON = ["status": "ok"]
    let health = ok.canonicalBytes + [0x0A]
    return [
      Route(
        method: .get, template: "/healthz", scopes: [], summary: "the process answers",
        success: .inline(200, status), isQuick: true
      ) { (_) throws(APIError) in Response(200, type: "application/json", body: health) },
      Route(
        method: .get, template: "/readyz", scopes: [],
        summary: "the state is open and can be written, and new work is taken",
        success: .inline(200, status), isQuick: true
      ) { (call) throws(APIError) in ready(call) },
      Route(
        method: .get, template: "/metrics", scopes: [.metrics, .admin],
        summary: "what is counted, as OpenMetrics 1.0",
        success: .content(200, ["application/openmetrics-text"]), handle: metricsText),
      Route(
        method: .get, template: "/openapi.json", scopes: [], summary: "this document",
        success: .inline(200, ["type": "object"]), isQuick: true
      ) { (_) throws(APIError) in Response(200, type: "application/json", body: document()) },
    ] + Dashboard.routes
  }

  private func ready(_ call: Call) -> Response {
    let status: String
    switch writer.health {
    case _ where phase.isDraining: status = "draining"
    case .sound: status = "ready"
    case .degraded, .failed: status = "degraded"
    }
    guard status != "ready" else { return .json(200, ["status": "ready"]) }
    // `status` is a word here, as probes read it; the HTTP status stands in the head.
    let body: JSON = [
      "type": "about:blank", "title": "Service Unavailable", "status": .string(status),
      "code": .string(status), "detail": "The daemon does not take new work now.",
      "request_id": .string(call.requestID),
    ]
    return Response(
      503, fields: [("Retry-After", "5")], type: "application/problem+json",
      body: body.canonicalBytes + [0x0A])
  }

  private func metricsText(_ call: Call) throws(APIError) -> Response {
    let (jobs, entries) = try read { (database) throws(Problem) in
      let entries = try database.first("SELECT max(position) + 1 FROM ledger_entries") {
        $0.optionalInt(0) ?? 0
      }
      return (try JobTable.counts(in: database), entries ?? 0)
    }
    let gauges = Metrics.Gauges(
      jobs: jobs, ledgerSize: entries, isDegraded: writer.health != .sound,
      unchecked: watchers.reduce(0) { $0 + $1.status.unchecked.count },
      walBytes: FileSystem.stamp(of: "\(state.databasePath)-wal")?.sizeBytes ?? 0)
    return Response(
      200, type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
      body: Array(metrics.text(gauges).utf8))
  }
}
