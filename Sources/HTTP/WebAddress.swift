// Where a request of ours may go: an http address, taken apart, and the network addresses its host
// stands for. Whoever can make a server call an address of their choice can reach what only that
// server can reach; so loopback, private, link-local and reserved addresses are refused unless they
// were allowed, and the connection is made to the very address that was judged.

import Base
import Glibc

/// An address of the form `http://host[:port][/path][?query]`.
public struct WebAddress: Equatable, Sendable {
  public let host: String
  public let port: UInt16
  /// Path and query, as they are sent.
  public let target: String

  /// Reads an address; user names, fragments and other schemes have no place here.
  public init(_ text: String) throws(Problem) {
    guard text.utf8.count <= 2000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      !text.utf8.contains(UInt8(ascii: "#"))
    else { throw Self.bad(text, "it is not plain ASCII, or has a fragment") }
    guard text.lowercased().hasPrefix("http://") else {
      throw Self.bad(text, "only http:// addresses can be called; this program has no TLS client")
    }
    let rest = Array(text.utf8.dropFirst(7))
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.count
    guard let name = Target.hostName(rest[..<end]) else { throw Self.bad(text, "it has no host") }
    host = String(decoding: name, as: UTF8.self)
    let digits = rest[name.count..<end].dropFirst()
    guard digits.isEmpty || (UInt16(String(decoding: digits, as: UTF8.self)) ?? 0) > 0 else {
      throw Self.bad(text, "its port is none")
    }
    port = UInt16(String(decoding: digits, as: UTF8.self)) ?? 80
    let path = String(decoding: rest[end...], as: UTF8.self)
    target = path.hasPrefix("/") ? path : "/" + path
  }

  /// The value of a Host field.
  var authority: String { port == 80 ? host : "\(host):\(port)" }

  private static func bad(_ text: String, _ why: String) -> Problem {
    Problem(.usage, "bad_url", place: text, reason: "the address cannot be called: \(why)")
  }
}

/// One network address of a host.
struct NetworkAddress {
  let family: Int32
  fileprivate let storage: sockaddr_storage
  fileprivate let length: socklen_t

  /// Those of `address`, in the resolver's order; none that is not public unless `allowsPrivate`.
  static func resolve(
    _ address: WebAddress, allowsPrivate: Bool
  ) throws(Problem) -> [NetworkAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let name =
      address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
    guard unsafe getaddrinfo(name, String(address.port), &hints, &list) == 0 else {
      throw Problem(
        .failure, "host_unknown", place: address.host, reason: "the host has no address")
    }
    defer { unsafe freeaddrinfo(list) }
    var found: [NetworkAddress] = []
    var next = unsafe list
    while let entry = unsafe next?.pointee {
      unsafe next = entry.ai_next
      guard let pointer = unsafe entry.ai_addr else { continue }
      var storage = sockaddr_storage()
      let count = unsafe min(Int(entry.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
      unsafe withUnsafeMutableBytes(of: &storage) {
        unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: count))
      }
      unsafe found.append(
        NetworkAddress(family: entry.ai_family, storage: storage, length: entry.ai_addrlen))
    }
    // One private address among several is enough to refuse: which is taken is not ours to say.
    guard allowsPrivate || found.allSatisfy(\.isPublic) else {
      throw Problem(
        .usage, "private_address", place: address.host,
        reason: "the host stands for an address that is not public",
        remedy: "start the daemon with --webhook-allow-private if that is meant")
    }
    return found
  }

  func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    unsafe withUnsafePointer(to: storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
    }
  }

  /// Whether the address is one that the public network routes (RFC 6890 and its registries).
  private var isPublic: Bool {
    let bytes = unsafe withUnsafeBytes(of: storage) { unsafe Array($0) }
    if family == AF_INET { return Self.isPublic(v4: Array(bytes[4..<8])) }
    let v6 = Array(bytes[8..<24])
    if v6.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) {
      return Self.isPublic(v4: Array(v6[12...]))
    }
    // 2000::/3 is what is assigned; documentation and 6to4 within it are not for us.
    let isGlobal = v6[0] & 0xE0 == 0x20
    let isDocumentation = v6.starts(with: [0x20, 0x01, 0x0D, 0xB8])
    return isGlobal && !isDocumentation && !v6.starts(with: [0x20, 0x02])
  }

  static func isPublic(v4 address: [UInt8]) -> Bool {
    switch (address[0], address[1], address[2]) {
    case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): false
    case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _): false
    case (192, 0, 0), (192, 0, 2), (198, 18...19, _), (198, 51, 100), (203, 0, 113): false
    default: true
    }
  }
}
