// Where a connection comes from, as far as it decides how many one peer may hold. An IPv4 address
// inside an IPv6 one is the same peer.

import Glibc

/// The bytes of an IP address without its port.
struct PeerAddress: Hashable, Sendable {
  private let bytes: [UInt8]

  /// Nil for a Unix socket: who may open it is a matter of its mode.
  init?(_ storage: sockaddr_storage) {
    switch Int32(storage.ss_family) {
    case AF_INET:
      bytes = unsafe withUnsafeBytes(of: storage) { raw in
        unsafe withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) {
          unsafe Array($0)
        }
      }
    case AF_INET6:
      let whole = unsafe withUnsafeBytes(of: storage) { raw in
        unsafe withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) {
          unsafe Array($0)
        }
      }
      let isMapped =
        whole.prefix(10).allSatisfy { $0 == 0 } && whole[10] == 0xFF && whole[11] == 0xFF
      bytes = isMapped ? Array(whole.suffix(4)) : whole
    default: return nil
    }
  }
}

/// Accepts one connection of a listening descriptor; its address with it. Negative as accept(2).
func accept(from listener: Int32) -> (descriptor: Int32, peer: PeerAddress?) {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  let descriptor = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe Glibc.accept(listener, $0, &length)
    }
  }
  return (descriptor, descriptor < 0 ? nil : PeerAddress(storage))
}
