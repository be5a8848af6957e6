// Which hosts a listener answers for. A browser page of any site can be made to resolve its own
// name to 127.0.0.1 and then talk to a local daemon ("DNS rebinding"); it cannot choose the Host
// field, so a request for a name that is not ours is answered 421 and nothing else.

/// The names, without ports and in lower case, that requests may be for.
public struct HostNames: Sendable {
  private let names: Set<[UInt8]>
  private let acceptsAny: Bool

  /// For listeners that no browser can reach, such as Unix sockets.
  public static let any = HostNames(names: [], acceptsAny: true)

  /// The loopback names, and `others`.
  public static func loopback(and others: [String]) -> HostNames {
    let all = ["localhost", "127.0.0.1", "[::1]"] + others
    return HostNames(names: Set(all.map { $0.utf8.map(Grammar.lower) }), acceptsAny: false)
  }

  /// Whether a request for `host` is for us. Nil (HTTP/1.0 without Host) is.
  func contains(_ host: [UInt8]?) -> Bool {
    guard let host, !acceptsAny else { return true }
    return names.contains(host)
  }
}
