// `assay serve`: the daemon in the foreground, as service managers want it.

import Audit
import Base
import Daemon
import HTTP
import Ledger
import Reports
import State

let serveCommand = Command(
  path: ["serve"],
  summary: "Serve the API, run jobs, watch directories, keep schedules",
  discussion: """
    Works on one state until SIGTERM or SIGINT, which drain: new work is refused, running jobs end
    or go back into the queue. A killed daemon loses nothing it has acknowledged. With --json the
    first line of standard output says where it listens, once it does. Logs go to standard error,
    one JSON object a line, or key=value with --log-format logfmt.
    """,
  options: [
    .state,
    .repeated("--listen", "ADDR", "127.0.0.1:PORT, [::1]:PORT (0: any port) or unix:PATH"),
    .repeated(
      "--root", "DIR", "models below DIR may be named over HTTP, links in them may end there"),
    .repeated("--watch", "DIR", "check every model that appears or changes in this directory"),
    .value("--settle-ms", "N", "how long a watched model must be quiet (default: 10000)"),
    .value("--rescan-ms", "N", "look at watched directories at least so often (default: 300000)"),
    .value(
      "--watch-lock-minutes", "N", "a *.lock younger than this holds a model back (default: 10)"),
    .value("--tls-cert", "FILE", "certificate chain (PEM): the TCP listeners speak TLS"),
    .value("--tls-key", "FILE", "its private key (PEM)"),
    .flag("--insecure", "plain HTTP where other machines can reach it (default: refused)"),
    .value(
      "--max-connections-per-address", "N", "connections one address may hold (default: 64)"),
    .repeated("--host-name", "NAME", "answer requests for this host name too"),
    .value("--jobs", "N", "jobs run at once (default: 1)"),
    .value("--head-timeout-ms", "N", "a request head must arrive in this time (default: 10000)"),
    .value("--drain-timeout-ms", "N", "running jobs may go on so long at the end (default: 60000)"),
    .flag("--webhook-allow-private", "webhooks may be on loopback and private addresses"),
    .value("--log-format", "WORD", "json or logfmt (default: json)"),
    .value("--max-body", "BYTES", "the largest request body (default: 4194304)"),
    .json,
  ],
  examples: [
    Example(
      "assay serve --state ./state --listen 127.0.0.1:8450 --root /srv/models",
      "an API on the loopback address for models below /srv/models"),
    Example(
      "assay serve --state ./state --listen unix:/run/assay.sock --root /srv --watch /srv/incoming",
      "checks what is put into /srv/incoming; reachable by a Unix socket only"),
  ]
) { invocation in
  let output = invocation.output
  let configuration = try serveConfiguration(invocation)
  _ = try StateSettings(configuration.state)
  let daemon = try Daemon(
    configuration,
    runner: AuditRunner(
      state: configuration.state,
      // Models may be read from below the roots, so that is where links in one may end.
      links: LinkScope(
        realPaths: configuration.roots.compactMap { try? FileSystem.realPath($0) }),
      documents: ReportDocuments.of),
    log: Log(format: try logFormat(invocation)) { output.warn($0) })
  try daemon.run { ready in
    if invocation.flag("--json") {
      output.json(ready.json)
    } else {
      output.note("serving on \(ready.listen.joined(separator: ", "))")
    }
  }
  return .yes
}

private func logFormat(_ invocation: Invocation) throws(Problem) -> Log.Format {
  guard let word = invocation.value("--log-format") else { return .json }
  guard let format = Log.Format(rawValue: word) else {
    throw Problem(
      .usage, "bad_value", reason: "--log-format \(word): json or logfmt is wanted",
      remedy: "see `assay serve --help`")
  }
  return format
}

private func serveConfiguration(_ invocation: Invocation) throws -> DaemonConfiguration {
  var configuration = DaemonConfiguration(
    state: try StateDirectory.located(invocation.value("--state")))
  configuration.listen = try invocation.values("--listen").map { try ListenAddress($0) }
  configuration.roots = invocation.values("--root")
  configuration.watch = invocation.values("--watch")
  configuration.hostNames = invocation.values("--host-name")
  switch (invocation.value("--tls-cert"), invocation.value("--tls-key")) {
  case (let chain?, let key?): configuration.certificate = (chain, key)
  case (nil, nil): break
  default:
    throw Problem(
      .usage, "tls_incomplete", reason: "--tls-cert and --tls-key go together",
      remedy: "give both, or neither")
  }
  configuration.allowsInsecureListening = invocation.flag("--insecure")
  if let value = try invocation.integer("--max-connections-per-address", in: 1...1_000_000) {
    configuration.limits.connectionsPerAddress = value
  }
  configuration.allowsPrivateWebhooks = invocation.flag("--webhook-allow-private")
  func milliseconds(_ name: String, _ most: Int = 86_400_000) throws -> Int64? {
    try invocation.integer(name, in: 1...most).map(Int64.init)
  }
  if let value = try milliseconds("--settle-ms") { configuration.settleMs = value }
  if let value = try milliseconds("--rescan-ms") { configuration.rescanMs = value }
  if let value = try invocation.integer("--watch-lock-minutes", in: 0...1_000_000) {
    configuration.watchLockSeconds = Int64(value) * 60
  }
  if let value = try milliseconds("--drain-timeout-ms") { configuration.drainTimeoutMs = value }
  if let value = try milliseconds("--head-timeout-ms") {
    configuration.limits.headTimeoutMs = value
  }
  if let value = try invocation.integer("--max-body", in: 1...(1 << 30)) {
    configuration.limits.bodyBytes = value
  }
  if let value = try invocation.integer("--jobs", in: 1...64) { configuration.jobs = value }
  return configuration
}
