// The few socket calls of the server and the client, each with its error named. Descriptors are
// close-on-exec and non-blocking from the start; a write to a closed peer is an error, never a
// signal.

import Base
import Glibc

/// An address a server listens on, as written on a command line.
public enum ListenAddress: Equatable, Sendable, CustomStringConvertible {
  case tcp4(host: String, port: UInt16)
  case tcp6(host: String, port: UInt16)
  case unix(path: String)

  /// `127.0.0.1:8450`, `[::1]:8450`, `unix:/run/assay.sock`. Names are not resolved.
  public init(_ text: String) throws(Problem) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count < 108, !path.utf8.contains(0) else {
        throw Self.bad(text, "a socket path has 1 to 107 bytes")
      }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { throw Self.bad(text, "it has no port") }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = String(host.dropFirst().dropLast())
      var address = in6_addr()
      guard unsafe inet_pton(AF_INET6, inner, &address) == 1 else {
        throw Self.bad(text, "it is not an IPv6 address")
      }
      self = .tcp6(host: inner, port: port)
    } else {
      var address = in_addr()
      guard unsafe inet_pton(AF_INET, String(host), &address) == 1 else {
        throw Self.bad(text, "it is not an IPv4 address")
      }
      self = .tcp4(host: String(host), port: port)
    }
  }

  /// Whether only this machine can reach it: a Unix socket, 127.0.0.0/8 and ::1.
  public var isLocal: Bool {
    switch self {
    case .unix: return true
    case .tcp4(let host, _): return isLoopback(host)
    case .tcp6(let host, _): return isLoopback(host)
    }
  }

  /// As on a command line.
  public var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .tcp4(let host, let port): "\(host):\(port)"
    case .tcp6(let host, let port): "[\(host)]:\(port)"
    }
  }

  private static func bad(_ text: String, _ why: String) -> Problem {
    Problem(
      .usage, "bad_address", place: text, reason: "cannot listen there: \(why)",
      remedy: "use 127.0.0.1:PORT, [::1]:PORT or unix:PATH")
  }
}

/// A listening descriptor, and the address it is really bound to.
public struct ListeningSocket: Sendable {
  let descriptor: Int32
  /// As it is announced: with the port the system chose, `unix:` before a path.
  public let name: String
  /// The host part of `name` as it stands in a Host field; nil for a Unix socket.
  public let host: String?
  let unixPath: String?

  /// Whether only this machine can reach it.
  public var isLocal: Bool { host.map { isLoopback($0) } ?? true }

  /// Binds and listens. A Unix socket nobody listens on any more is replaced; its mode is 0660.
  public static func open(_ address: ListenAddress) throws(Problem) -> ListeningSocket {
    switch address {
    case .unix(let path): return try openUnix(path)
    case .tcp4, .tcp6:
      let descriptor = try makeSocket(isIPv4(address) ? AF_INET : AF_INET6)
      var yes: Int32 = 1
      unsafe setsockopt(
        descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
      guard unsafe withSocketAddress(of: address, { unsafe bind(descriptor, $0, $1) }) == 0,
        listen(descriptor, 512) == 0
      else {
        let problem = failure("cannot listen on \(address)", place: nil)
        close(descriptor)
        throw problem
      }
      return try adopt(descriptor)
    }
  }

  /// Takes over a descriptor that already listens, such as one a service manager passed on.
  public static func adopt(_ descriptor: Int32) throws(Problem) -> ListeningSocket {
    try prepare(descriptor)
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &length)
      }
    }
    guard result == 0 else { throw failure("a passed socket has no address", place: nil) }
    switch Int32(storage.ss_family) {
    case AF_INET:
      let (host, port) = inet4(storage)
      return ListeningSocket(
        descriptor: descriptor, name: "\(host):\(port)", host: host, unixPath: nil)
    case AF_INET6:
      let (host, port) = inet6(storage)
      return ListeningSocket(
        descriptor: descriptor, name: "[\(host)]:\(port)", host: "[\(host)]", unixPath: nil)
    default:
      return ListeningSocket(descriptor: descriptor, name: "unix:", host: nil, unixPath: nil)
    }
  }

  private static func openUnix(_ path: String) throws(Problem) -> ListeningSocket {
    let address = ListenAddress.unix(path: path)
    let probe = try makeSocket(AF_UNIX)
    let isLive = unsafe withSocketAddress(of: address) { unsafe connect(probe, $0, $1) } == 0
    close(probe)
    guard !isLive else {
      throw Problem(
        .failure, "address_in_use", place: path, reason: "another process listens on this socket",
        remedy: "stop it, or use another path")
    }
    if isSocketFile(path) { unsafe unlink(path) }
    let descriptor = try makeSocket(AF_UNIX)
    // The mode is right from the first moment: nobody can connect between bind and chmod.
    let old = umask(0o117)
    let bound = unsafe withSocketAddress(of: address) { unsafe bind(descriptor, $0, $1) }
    umask(old)
    guard bound == 0, listen(descriptor, 512) == 0 else {
      let problem = failure("cannot listen", place: path)
      close(descriptor)
      throw problem
    }
    return ListeningSocket(
      descriptor: descriptor, name: "unix:\(path)", host: nil, unixPath: path)
  }

  func closeNow() {
    close(descriptor)
    if let unixPath { unsafe unlink(unixPath) }
  }
}

/// Whether an address as text, in brackets or not, names this machine alone.
private func isLoopback(_ host: String) -> Bool {
  let text = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
  var four = in_addr()
  if unsafe inet_pton(AF_INET, text, &four) == 1 {
    return UInt32(bigEndian: four.s_addr) >> 24 == 127
  }
  var six = in6_addr()
  guard unsafe inet_pton(AF_INET6, text, &six) == 1 else { return false }
  let bytes = unsafe withUnsafeBytes(of: six) { unsafe Array($0) }
  let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
  return bytes == [UInt8](repeating: 0, count: 15) + [1] || isMapped && bytes[12] == 127
}

// MARK: Calls

func makeSocket(_ family: Int32) throws(Problem) -> Int32 {
  let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { throw failure("cannot make a socket", place: nil) }
  try prepare(descriptor)
  return descriptor
}

/// Non-blocking, closed on exec.
func prepare(_ descriptor: Int32) throws(Problem) {
  let flags = fcntl(descriptor, F_GETFL)
  guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
    fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
  else { throw failure("cannot prepare a descriptor", place: nil) }
}

func setNoDelay(_ descriptor: Int32) {
  var yes: Int32 = 1
  unsafe setsockopt(
    descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
}

func failure(_ what: String, place: String?) -> Problem {
  let reason = unsafe "\(what): \(String(cString: strerror(errno)))"
  return Problem(.failure, "socket_failed", place: place, reason: reason)
}

private func isSocketFile(_ path: String) -> Bool {
  var info = stat()
  return unsafe lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFSOCK
}

private func isIPv4(_ address: ListenAddress) -> Bool {
  if case .tcp4 = address { return true }
  return false
}

func withSocketAddress(
  of address: ListenAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  func call<T>(_ value: T) -> Int32 {
    unsafe withUnsafePointer(to: value) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<T>.size))
      }
    }
  }
  switch address {
  case .tcp4(let host, let port):
    var value = sockaddr_in()
    value.sin_family = sa_family_t(AF_INET)
    value.sin_port = port.bigEndian
    unsafe inet_pton(AF_INET, host, &value.sin_addr)
    return call(value)
  case .tcp6(let host, let port):
    var value = sockaddr_in6()
    value.sin6_family = sa_family_t(AF_INET6)
    value.sin6_port = port.bigEndian
    unsafe inet_pton(AF_INET6, host, &value.sin6_addr)
    return call(value)
  case .unix(let path):
    var value = sockaddr_un()
    value.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &value.sun_path) {
      unsafe $0.copyBytes(from: path.utf8.prefix(107))
    }
    return call(value)
  }
}

private func inet4(_ storage: sockaddr_storage) -> (String, UInt16) {
  unsafe withUnsafePointer(to: storage) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
      var address = unsafe $0.pointee.sin_addr
      return unsafe (text(AF_INET, &address), UInt16(bigEndian: $0.pointee.sin_port))
    }
  }
}

private func inet6(_ storage: sockaddr_storage) -> (String, UInt16) {
  unsafe withUnsafePointer(to: storage) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
      var address = unsafe $0.pointee.sin6_addr
      return unsafe (text(AF_INET6, &address), UInt16(bigEndian: $0.pointee.sin6_port))
    }
  }
}

private func text(_ family: Int32, _ address: UnsafeRawPointer) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  guard unsafe inet_ntop(family, address, &buffer, 64) != nil else { return "?" }
  return String(
    decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
