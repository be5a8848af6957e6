// What a service manager says to a daemon and hears from it: sockets passed on (sd_listen_fds(3))
// and notices of its state (sd_notify(3)). Without its variables in the environment, all of this is
// silence.
//
//     LISTEN_PID, LISTEN_FDS     descriptors from 3 on are listening already
//     NOTIFY_SOCKET              one datagram per notice; a leading @ is an abstract name
//     WATCHDOG_USEC, WATCHDOG_PID   how often the manager wants a sign of life, and of whom

import Base
import Glibc

public struct ServiceManager: Sendable {
  private let notifySocket: [UInt8]?
  /// How often to say that all is well: half of what the manager allows. Nil: it asks for nothing.
  public let watchdogMs: Int64?
  private let inherited: Int32

  private static let inheritedMax = 64

  /// Reads the environment, and takes the variables out of it: a child must not take them for its
  /// own. Before the first thread is started.
  public init() {
    let mine = getpid()
    let socket = FileSystem.environment("NOTIFY_SOCKET").map { Array($0.utf8) }
    notifySocket = socket.flatMap { ($0.first == 0x2F || $0.first == 0x40) ? $0 : nil }
    let forMe = FileSystem.environment("WATCHDOG_PID").map { $0 == String(mine) } ?? true
    let microseconds = FileSystem.environment("WATCHDOG_USEC").flatMap { Int64($0) }
    watchdogMs = microseconds.flatMap { $0 > 0 && forMe ? max($0 / 2000, 1) : nil }
    let count = FileSystem.environment("LISTEN_FDS").flatMap { Int($0) } ?? 0
    let isMine = FileSystem.environment("LISTEN_PID") == String(mine)
    inherited = isMine && (1...Self.inheritedMax).contains(count) ? Int32(count) : 0
    for name in [
      "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
      "LISTEN_FDNAMES",
    ] {
      unsafe unsetenv(name)
    }
  }

  /// The sockets the manager has opened for us. Each must be listening.
  public func listeningSockets() throws(Problem) -> [ListeningSocket] {
    var sockets: [ListeningSocket] = []
    for descriptor in 3..<(3 + inherited) {
      var listens: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0,
        listens == 1
      else {
        throw Problem(
          .usage, "bad_inherited_socket", place: "LISTEN_FDS",
          reason: "descriptor \(descriptor) is not a listening socket")
      }
      sockets.append(try ListeningSocket.adopt(descriptor))
    }
    return sockets
  }

  public func notifyReady() { send("READY=1\nSTATUS=Serving.") }
  public func notifyStopping() { send("STOPPING=1\nSTATUS=Stopping.") }
  public func notifyAlive() { send("WATCHDOG=1") }

  public func notifyReloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(monotonicNs() / 1000)")
  }

  private func send(_ text: String) {
    guard let path = notifySocket, path.count < 108 else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
    // An abstract name begins with NUL and is exactly as long as it is.
    if path.first == 0x40 {
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0[0] = 0 }
    }
    let length = MemoryLayout<sa_family_t>.size + path.count
    let bytes = Array((text + "\n").utf8)
    unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = unsafe sendto(
          descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
      }
    }
  }
}
