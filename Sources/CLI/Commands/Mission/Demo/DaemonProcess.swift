// The program's own daemon as a child process, for the demonstration: started, talked to over
// HTTP, told to drain, waited for.

import Base
import Daemon
import Glibc
import HTTP
import Ledger

/// A running `assay serve`.
struct DaemonProcess {
  private let process: pid_t
  private let client: Client
  private let token: String

  /// Starts the daemon on a state and waits until it listens.
  static func start(state: StateDirectory, watching models: String) throws(Problem) -> DaemonProcess
  {
    let token = try Tokens.add(name: "demo", scopes: [.read, .check, .admin], state: state)
    let socket = FileSystem.join(state.path, "demo.sock")
    let program = try FileSystem.realPath("/proc/self/exe")
    let log = FileSystem.join(state.path, "daemon.log")
    let arguments = [
      program, "serve", "--state", state.path, "--listen", "unix:\(socket)", "--root", models,
      "--watch", models, "--settle-ms", "200", "--rescan-ms", "1000", "--jobs", "2",
    ]
    let process = try spawn(program, arguments, log: log)
    let daemon = DaemonProcess(
      process: process, client: Client(try ListenAddress("unix:\(socket)")), token: token)
    do throws(Problem) {
      try daemon.waitUntilReady()
    } catch {
      daemon.stop()
      throw error
    }
    return daemon
  }

  /// Asks for a resource and gives its JSON; any status but 2xx is an error.
  func get(_ path: String) throws(Problem) -> JSON { try send("GET", path, nil) }

  func post(_ path: String, _ body: JSON) throws(Problem) -> JSON { try send("POST", path, body) }

  /// A job's result, once it is done.
  func result(ofJob id: String) throws(Problem) -> JSON {
    while true {
      try Interrupt.check()
      let job = try get("/v1/jobs/\(id)")
      switch job["state"]?.string {
      case "done": return job["result"] ?? .null
      case "failed", "cancelled":
        throw Problem(
          .failure, "job_failed", place: id,
          reason: job["error"]?["detail"]?.string ?? "the job did not end well")
      default: usleep(50_000)
      }
    }
  }

  /// Tells the daemon to drain and waits for its end; true if it ended well.
  @discardableResult
  func stop() -> Bool {
    kill(process, SIGTERM)
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status == 0
  }

  // MARK: Parts

  private func send(_ method: String, _ path: String, _ body: JSON?) throws(Problem) -> JSON {
    var fields = [(name: "Authorization", value: "Bearer \(token)")]
    if body != nil { fields.append(("Content-Type", "application/json")) }
    let response = try client.send(method, path, fields: fields, body: body?.canonicalBytes)
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(response.body) } catch {
      throw error.problem(file: path)
    }
    guard (200..<300).contains(response.status) else {
      throw Problem(
        .failure, "daemon_refused", place: "\(method) \(path)",
        reason: "status \(response.status): \(json["detail"]?.string ?? "")")
    }
    return json
  }

  private func waitUntilReady() throws(Problem) {
    for _ in 0..<200 {
      try Interrupt.check()
      var status: Int32 = 0
      if unsafe waitpid(process, &status, WNOHANG) == process {
        throw Problem(
          .failure, "daemon_ended", reason: "the daemon ended before it listened",
          remedy: "its log is daemon.log in the state")
      }
      if let answer = try? client.send("GET", "/readyz"), answer.status == 200 { return }
      usleep(50_000)
    }
    throw Problem(.failure, "daemon_silent", reason: "the daemon did not listen within 10 s")
  }

  private static func spawn(
    _ program: String, _ arguments: [String], log: String
  ) throws(Problem) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var process = pid_t()
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    let code = unsafe posix_spawn(&process, program, &actions, nil, &words, environ)
    guard code == 0 else {
      throw unsafe Problem(
        .failure, "spawn_failed", place: program, reason: String(cString: strerror(code)))
    }
    return process
  }
}
