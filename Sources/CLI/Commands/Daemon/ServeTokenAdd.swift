// `assay serve token add`: a bearer token for the daemon's API. Works while the daemon runs.

import Base
import Daemon
import Ledger

let serveTokenAddCommand = Command(
  path: ["serve", "token", "add"],
  summary: "Make a bearer token for the daemon's API",
  discussion: """
    Prints the token this once; the state keeps only its SHA-256. Scopes: read (look at models,
    jobs, decisions, the log), check (ask for checks and comparisons), admin (schedules, policies,
    waivers, reports, webhooks), metrics, admission.
    """,
  options: [
    .state,
    .value("--name", "NAME", "whose token it is, for logs and waivers", required: true),
    .value("--scope", "SCOPE[,SCOPE]", "what it may be used for", required: true),
    .json,
  ],
  examples: [
    Example(
      "assay serve token add --state ./state --name ci --scope read,check",
      "a token with which a pipeline may ask for checks and read their results")
  ]
) { invocation in
  let words = (invocation.value("--scope") ?? "").split(
    separator: ",", omittingEmptySubsequences: false)
  let scopes = try words.map { word in
    guard let scope = Scope(rawValue: String(word)) else {
      let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(
        .usage, "bad_scope", place: "--scope", reason: "\"\(word)\" is not a scope",
        remedy: "use some of \(known)")
    }
    return scope
  }
  let name = invocation.value("--name") ?? ""
  let state = try StateDirectory.located(invocation.value("--state"))
  let token = try Tokens.add(name: name, scopes: scopes, state: state)
  if invocation.flag("--json") {
    invocation.output.json([
      "name": .string(name), "token": .string(token), "scopes": JSON(scopes.map(\.rawValue)),
    ])
  } else {
    invocation.output.line(token)
  }
  return .yes
}
