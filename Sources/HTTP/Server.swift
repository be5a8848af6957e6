// The server: one thread that polls every descriptor, a few workers for what may wait on disks.
// Connections cost memory, never threads; a slow peer, an idle peer or a half-sent head costs its
// buffer until its deadline.
//
// Promises: requests of one connection are answered in order; a handler's `admit` and `.now`
// replies run on the loop, `.later` work on a worker; `run` returns only after `stop`. Does not:
// route, authenticate or log; that is the handler's.

import Base

/// Serves HTTP/1.1 on some listeners until told to stop.
public final class Server: Sendable {
  let handler: any Handler
  let limits: Limits
  let clock: WallClock
  let mailbox: Mailbox
  let certificate: ServerCertificate?
  private let listeners: [(socket: ListeningSocket, hosts: HostNames)]
  private let workerCount: Int

  /// - Parameter otherHosts: host names, besides those of the listeners and the loopback names,
  ///   that requests may be for.
  /// - Parameter certificate: makes every TCP listener speak TLS.
  public init(
    listeners: [ListeningSocket], handler: any Handler, limits: Limits = Limits(),
    otherHosts: [String] = [], certificate: ServerCertificate? = nil, workers: Int = 4,
    clock: WallClock = .system
  ) throws(Problem) {
    self.handler = handler
    self.limits = limits
    self.clock = clock
    self.certificate = certificate
    self.workerCount = workers
    self.mailbox = try Mailbox()
    self.listeners = listeners.map { socket in
      guard let host = socket.host else { return (socket, HostNames.any) }
      return (socket, HostNames.loopback(and: otherHosts + [host]))
    }
  }

  /// Serves on the calling thread until `stop`; the listeners are closed on return.
  public func run() throws(Problem) {
    let pool = try WorkerPool(threads: workerCount, waitingMax: limits.waitingRequests)
    let loop = Loop(server: self, pool: pool, listeners: listeners)
    loop.run()
    pool.finish()
    for listener in listeners { listener.socket.closeNow() }
  }

  /// Wakes the event streams of a topic. From any thread.
  public func announce(_ topic: String) {
    mailbox.post(.announced(topic: topic))
  }

  /// From now on every answer closes its connection, and idle connections are closed.
  public func drain() {
    mailbox.post(.drain)
  }

  /// Ends `run` when all requests under way are answered, at the latest after `withinMs`.
  public func stop(withinMs: Int64) {
    mailbox.post(.stop(withinMs: withinMs))
  }
}
