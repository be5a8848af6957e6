// What a daemon is told at its start.

import Base
import HTTP
import Ledger

/// The settings of one run.
public struct DaemonConfiguration: Sendable {
  public var state: StateDirectory
  public var listen: [ListenAddress] = []
  /// Directories whose models may be named over HTTP.
  public var roots: [String] = []
  /// Directories each of whose direct children is a model to be checked when it settles.
  public var watch: [String] = []
  public var settleMs: Int64 = 10_000
  public var rescanMs: Int64 = 300_000
  /// A lock younger than this holds a watched model back.
  public var watchLockSeconds: Int64 = 600
  public var limits = Limits()
  /// Running jobs may go on so long after a request to stop.
  public var drainTimeoutMs: Int64 = 60_000
  /// Certificate chain and key (PEM) for the TCP listeners; nil: they speak plain HTTP.
  public var certificate: (chainPath: String, keyPath: String)?
  /// Whether plain HTTP may be spoken where other machines can listen in.
  public var allowsInsecureListening = false
  /// Host names requests may be for, besides those of the listeners.
  public var hostNames: [String] = []
  /// Jobs run at once.
  public var jobs = 1
  public var allowsPrivateWebhooks = false

  public init(state: StateDirectory) {
    self.state = state
  }
}

/// What a daemon says once it serves.
public struct DaemonReady: Sendable {
  /// The addresses, with the ports the system chose.
  public let listen: [String]
  public let processID: Int32

  /// The line a starter waits for.
  public var json: JSON {
    [
      "event": "ready", "listen": JSON(listen), "pid": JSON(Int(processID)),
      "version": .string(assayVersion),
    ]
  }
}
