// The daemon: it takes requests over HTTP, from watched directories and from schedules, keeps them
// as jobs that survive it, runs them, and records what came of them in the ledger.
//
//     State/      the database: one writer with group commit, many readers
//     Queue/      jobs, their events, the threads that run them
//     Schedule/   cron expressions, time zones, firings
//     Watch/      directories whose models are checked when they settle
//     API/        routes, callers, problem documents, the description of it all
//
// One daemon holds a state at a time. Stopping it: SIGTERM or SIGINT drains (new work refused,
// running work ended or put back), SIGHUP looks at the tokens again. Killing it loses nothing that
// was acknowledged.

import Audit
import Base
import Glibc
import HTTP
import Ledger
import Store
import Synchronization

/// One run of the daemon.
public final class Daemon: Sendable {
  private let configuration: DaemonConfiguration
  private let log: Log
  private let clock: WallClock
  private let lock: FileLock
  private let queue: Queue
  private let workers: JobWorkers
  private let scheduler: Scheduler
  private let services: Services
  private let tokens: Tokens
  private let redecision: Redecision
  private let watchers: [Watcher]
  private let manager: ServiceManager
  private let certificate: ServerCertificate?
  private let stopRequested = Atomic<Bool>(false)
  /// Why the state is lost to this process.
  private let lost = Mutex<Problem?>(nil)

  /// Opens the state and takes hold of it. Nothing listens yet.
  public init(
    _ configuration: DaemonConfiguration, runner: any JobRunner, log: Log,
    clock: WallClock = .system
  ) throws(Problem) {
    let state = configuration.state
    guard state.exists else {
      throw Problem(
        .usage, "no_state", place: state.path, reason: "there is no state here",
        remedy: "make one with `assay init --state \(state.path)`")
    }
    if configuration.certificate == nil, !configuration.allowsInsecureListening,
      let address = configuration.listen.first(where: { !$0.isLocal })
    {
      throw Self.refuse(insecure: "\(address)")
    }
    manager = ServiceManager()
    Signals.block()
    lock = try FileLock(path: "\(state.path)/daemon.lock")
    guard try lock.tryHold() else {
      throw Problem(
        .failure, "state_in_use", place: state.path,
        reason: "another daemon works on this state", remedy: "stop it, or use another --state")
    }
    if let files = configuration.certificate {
      certificate = try ServerCertificate(certificatePath: files.chainPath, keyPath: files.keyPath)
    } else {
      certificate = nil
    }
    let writer = try StateWriter(state)
    let reader = StateReader(path: state.databasePath)
    let zones = TimeZoneDatabase()
    queue = Queue(writer: writer, reader: reader, clock: clock)
    let metrics = Metrics(clock: clock)
    scheduler = Scheduler(queue: queue, zones: zones, log: log, metrics: metrics)
    tokens = Tokens(reader: reader)
    let queue = queue
    let roots = try ModelRoots(configuration.roots)
    workers = JobWorkers(queue: queue, runner: runner, roots: roots, log: log)
    let register = RegisterAccess(state: state, reader: reader, writer: writer, clock: clock)
    redecision = Redecision(register: register, log: log)
    watchers = try configuration.watch.map { (path) throws(Problem) in
      let real = try FileSystem.realPath(path)
      guard roots.contains(realPath: real) else {
        throw Problem(
          .usage, "outside_roots", place: path,
          reason: "a watched directory must lie below a root", remedy: "give --root \(path) too")
      }
      return Watcher(
        directory: real, queue: queue, log: log,
        settings: .init(
          settleMs: configuration.settleMs, rescanMs: configuration.rescanMs,
          lockSeconds: configuration.watchLockSeconds))
    }
    services = Services(
      queue: queue, reader: reader, writer: writer, clock: clock,
      roots: roots, metrics: metrics, zones: zones,
      phase: Phase(), state: state, watchers: watchers,
      allowsPrivateWebhooks: configuration.allowsPrivateWebhooks,
      renderReport: jobReportRenderer(of: state),
      register: register)
    self.configuration = configuration
    self.log = log
    self.clock = clock
  }

  /// Serves until a signal ends it; `ready` is called once every listener accepts. Returns when
  /// all is put away. Throws `storage_failed` once the disk has lost a write to the state: then
  /// everything is left as it is.
  public func run(ready: @escaping @Sendable (DaemonReady) -> Void) throws(Problem) {
    let recovered = try queue.recover()
    if recovered > 0 { log.note("jobs_recovered", ["count": JSON(recovered)]) }
    let server = try makeServer()
    queue.onChange { server.server.announce($0) }
    try workers.start(count: configuration.jobs)
    let ticker = try startTicker()
    let delivery = WebhookDelivery(
      queue: queue, log: log, allowsPrivate: configuration.allowsPrivateWebhooks)
    let delivering = try delivery.start()
    let redeciding = try redecision.start()
    let watching = try watchers.map { (watcher) throws(Problem) in try watcher.start() }
    let signals = try BackgroundThread.start("signals") { [self] in obey(server.server) }
    ready(DaemonReady(listen: server.names, processID: getpid()))
    manager.notifyReady()
    let watchdog = try startWatchdog()
    log.note("started", ["listen": JSON(server.names), "pid": JSON(Int(getpid()))])
    try server.server.run()
    services.phase.drain()
    workers.stop()
    delivery.stop()
    redecision.stop()
    for watcher in watchers { watcher.stop() }
    noticeLostState()
    if let problem = lost.withLock({ $0 }) { throw problem }
    watchdog?.join()
    signals.join()
    ticker.join()
    delivering.join()
    redeciding.join()
    for thread in watching { thread.join() }
    guard waits(seconds: 1, { workers.runningCount == 0 }) else {
      // They do not look whether they should stop; the next run takes them up again.
      log.warn("jobs_left", ["running": JSON(workers.runningCount)])
      return
    }
    workers.join()
    services.writer.close()
    log.note("stopped")
  }

  /// Tokens and answers must not cross a network in the clear unless somebody says so.
  private static func refuse(insecure name: String) -> Problem {
    Problem(
      .usage, "insecure_listen", place: name,
      reason: "other machines can reach this address, and without TLS they can read the tokens",
      remedy: "give --tls-cert and --tls-key, listen on 127.0.0.1, or say --insecure")
  }

  private func makeServer() throws(Problem) -> (server: Server, names: [String]) {
    var sockets = try manager.listeningSockets()
    let isOpen = configuration.certificate == nil && !configuration.allowsInsecureListening
    if isOpen, let socket = sockets.first(where: { !$0.isLocal }) {
      throw Self.refuse(insecure: socket.name)
    }
    for address in configuration.listen { sockets.append(try ListeningSocket.open(address)) }
    guard !sockets.isEmpty else {
      throw Problem(
        .usage, "no_address", reason: "there is nothing to listen on",
        remedy: "give --listen 127.0.0.1:8450 or --listen unix:PATH")
    }
    let handler = APIHandler(services: services, tokens: tokens)
    // A flood of connections must leave the jobs the descriptors they need.
    let descriptors = DescriptorLimit.raise()
    var limits = configuration.limits
    limits.connectionCount = min(
      limits.connectionCount, descriptors - DescriptorLimit.reserve(of: descriptors))
    let server = try Server(
      listeners: sockets, handler: handler, limits: limits,
      otherHosts: configuration.hostNames, certificate: certificate, workers: 8, clock: clock)
    return (server, sockets.map(\.name))
  }

  // MARK: Every second

  private func startTicker() throws(Problem) -> BackgroundThread {
    try BackgroundThread.start("ticker") { [self] in
      var ticks = 0
      while !services.phase.isDraining {
        scheduler.look()
        if services.writer.health != .sound { probe() }
        noticeLostState()
        if ticks % 3600 == 0 { expire() }
        ticks += 1
        usleep(1_000_000)
      }
    }
  }

  /// Tells the service manager that all is well, for as long as the writer answers: a sign of life
  /// from a thread that has nothing to do with the work would prove nothing.
  private func startWatchdog() throws(Problem) -> BackgroundThread? {
    guard let periodMs = manager.watchdogMs else { return nil }
    return try BackgroundThread.start("watchdog") { [self] in
      var nextMs: Int64 = 0
      while !services.phase.isDraining {
        let nowMs = Int64(WallClock.monotonicSeconds() * 1000)
        if nowMs >= nextMs {
          let answers: Int? = try? services.writer.write { (state) throws(Problem) in
            try state.database.first("SELECT 1") { $0.int(0) } ?? 0
          }
          if answers != nil || services.writer.health != .sound { manager.notifyAlive() }
          nextMs = nowMs + periodMs
        }
        usleep(50_000)
      }
    }
  }

  /// A process that can write nothing must not look alive: it ends, and says once why.
  private func noticeLostState() {
    guard case .failed(let reason) = services.writer.health else { return }
    let problem = StateWriter.lost(reason)
    let isNew = lost.withLock { known in
      defer { known = problem }
      return known == nil
    }
    if isNew { log.fail("storage_failed", problem) }
  }

  /// A real write finds out whether the disk has recovered.
  private func probe() {
    let now = clock.now()
    _ = try? services.writer.write { (state) throws(Problem) in
      try Idempotency.expire(now: now, in: state.database)
      try state.database.execute("CREATE TABLE probe(bytes BLOB) STRICT")
      try state.database.execute("INSERT INTO probe VALUES (zeroblob(65536))")
      try state.database.execute("DROP TABLE probe")
    }
  }

  private func expire() {
    let now = clock.now()
    _ = try? services.writer.write { (state) throws(Problem) in
      try Idempotency.expire(now: now, in: state.database)
    }
  }

  // MARK: Stopping

  /// Ends `run` as SIGTERM does. From any thread.
  public func stop() {
    stopRequested.store(true, ordering: .relaxed)
  }

  private func obey(_ server: Server) {
    while !services.phase.isDraining {
      let signal = Signals.next()
      if signal == SIGHUP { reload() }
      let isLost = lost.withLock { $0 != nil }
      let isAsked = signal == SIGTERM || signal == SIGINT || stopRequested.load(ordering: .relaxed)
      guard isAsked || isLost else { continue }
      manager.notifyStopping()
      log.note("draining", ["running": JSON(workers.runningCount)])
      services.phase.drain()
      workers.stop()
      server.drain()
      if isLost {
        // What they find cannot be recorded.
        workers.abandon()
      } else {
        awaitJobs()
      }
      server.stop(withinMs: min(2000, configuration.limits.headTimeoutMs))
    }
  }

  /// Reads certificate and tokens again. A certificate that cannot be used leaves the old one.
  private func reload() {
    manager.notifyReloading()
    tokens.reload()
    do throws(Problem) {
      try certificate?.reload()
      log.note("reloaded")
    } catch {
      log.warn("certificate_not_reloaded", error)
    }
    manager.notifyReady()
  }

  /// Lets running jobs end, then asks them to stop, then leaves them to the next run.
  private func awaitJobs() {
    let seconds = Double(configuration.drainTimeoutMs) / 1000
    if !waits(seconds: seconds, { workers.runningCount == 0 }) { workers.abandon() }
  }

  /// Whether `condition` came to hold in time.
  private func waits(seconds: Double, _ condition: () -> Bool) -> Bool {
    let end = WallClock.monotonicSeconds() + seconds
    while !condition() {
      guard WallClock.monotonicSeconds() < end else { return false }
      usleep(20_000)
    }
    return true
  }
}

/// The server's handler: routes, and what is counted.
private struct APIHandler: Handler {
  let router: Router
  let services: Services

  init(services: Services, tokens: Tokens) {
    self.services = services
    let document = Published()
    let routes =
      services.systemRoutes(document: { document.bytes }) + services.jobRoutes
      + services.modelRoutes + services.decisionRoutes + services.waiverRoutes
      + services.policyRoutes
      + services.profileRoutes
      + services.scheduleRoutes + services.logRoutes + services.admissionRoutes
      + services.webhookRoutes + services.watchRoutes
    document.set(OpenAPI.document(of: routes).canonicalBytes + [0x0A])
    router = Router(routes, tokens: tokens)
  }

  func admit(_ head: RequestHead) -> Admission { router.admit(head) }

  func served(_ request: Served) { services.metrics.note(request) }
}

/// The API's description, which is made from the routes it is one of.
private final class Published: Sendable {
  private let value = Mutex<[UInt8]>([])

  var bytes: [UInt8] { value.withLock { $0 } }
  func set(_ bytes: [UInt8]) { value.withLock { $0 = bytes } }
}
