// The request target (RFC 9112 section 3.2) and the host it is for, as values.
//
// Routes are matched on decoded segments, so the path is split first and each segment is decoded
// once after: `%2f` never becomes a separator, `%2e%2e` never a step upward. What has no honest
// reading is refused here: dot segments, encoded slashes, control characters, broken UTF-8.
// Does not: touch a file system. No part of a target is ever used as a path of this machine.

/// What a request asks for: `/a/b?c=d`, the same with scheme and authority, or `*`.
public struct Target: Equatable, Sendable {
  /// The decoded path segments. `/` is one empty segment, `/a/` is `a` and an empty one.
  public let segments: [String]
  /// The path as it was sent.
  public let path: String
  /// The raw query after `?`, if there was one.
  public let query: [UInt8]?
  /// Host of an absolute-form target, lower case, without port; it outranks the Host field.
  public let authority: [UInt8]?
  /// `*`, which only OPTIONS may ask for.
  public let isAsterisk: Bool

  static func parse(_ bytes: ArraySlice<UInt8>, method: Method) throws(ProtocolError) -> Target {
    if bytes.count == 1, bytes.first == UInt8(ascii: "*") {
      guard method == .options else { throw bad("only OPTIONS may ask for *") }
      return Target(segments: [], path: "*", query: nil, authority: nil, isAsterisk: true)
    }
    guard let first = bytes.first else { throw bad("it is empty") }
    if first == UInt8(ascii: "/") { return try origin(bytes, authority: nil) }
    return try absolute(bytes)
  }

  /// The parameters of the query, decoded, in order. Nil if it is not well formed.
  public var parameters: [(name: String, value: String)]? {
    guard let query else { return [] }
    var list: [(name: String, value: String)] = []
    for pair in query.split(separator: UInt8(ascii: "&")) {
      let split = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      guard let name = Self.decoded(pair[..<split], plusIsBlank: true) else { return nil }
      let rest = split < pair.endIndex ? pair[(split + 1)...] : pair[pair.endIndex...]
      guard let value = Self.decoded(rest, plusIsBlank: true) else { return nil }
      list.append((name, value))
    }
    return list
  }

  // MARK: The forms

  private static func origin(
    _ bytes: ArraySlice<UInt8>, authority: [UInt8]?
  ) throws(ProtocolError) -> Target {
    let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
    let path = bytes[..<mark]
    for byte in path where !Grammar.isPathByte(byte) { throw bad("a byte may not stand in a path") }
    var query: [UInt8]?
    if mark < bytes.endIndex {
      let rest = bytes[(mark + 1)...]
      for byte in rest where byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") {
        throw bad("a byte may not stand in a query")
      }
      query = Array(rest)
    }
    var segments: [String] = []
    for raw in path.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard let segment = decoded(raw, plusIsBlank: false) else {
        throw bad("a segment of the path does not decode to plain text")
      }
      guard segment != ".", segment != "..", !segment.utf8.contains(UInt8(ascii: "/")) else {
        throw bad("the path has a dot segment or an encoded slash")
      }
      segments.append(segment)
    }
    return Target(
      segments: segments, path: String(decoding: path, as: UTF8.self), query: query,
      authority: authority, isAsterisk: false)
  }

  private static func absolute(_ bytes: ArraySlice<UInt8>) throws(ProtocolError) -> Target {
    let rest: ArraySlice<UInt8>
    if bytes.count > 7, Grammar.matches(bytes.prefix(7), "http://") {
      rest = bytes.dropFirst(7)
    } else if bytes.count > 8, Grammar.matches(bytes.prefix(8), "https://") {
      rest = bytes.dropFirst(8)
    } else {
      throw bad("it is neither a path nor an http or https address")
    }
    let end =
      rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    guard let host = hostName(rest[..<end]) else { throw bad("its authority is not a host") }
    var path = rest[end...]
    if path.first != UInt8(ascii: "/") { path = [UInt8(ascii: "/")] + path }
    return try origin(path, authority: host)
  }

  /// The host of `host[:port]` in lower case, brackets of an IPv6 address kept; nil if it is none.
  static func hostName(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var name = bytes
    if bytes.first == UInt8(ascii: "[") {
      guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      name = bytes[...close]
      let inner = name.dropFirst().dropLast()
      guard inner.count >= 2, inner.contains(UInt8(ascii: ":")) else { return nil }
      for byte in inner {
        guard
          Grammar.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
        else { return nil }
      }
    } else {
      name = bytes[..<(bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex)]
      guard !name.isEmpty, name.allSatisfy(Grammar.isHostByte) else { return nil }
    }
    let port = bytes[name.endIndex...]
    if let colon = port.first {
      guard colon == UInt8(ascii: ":"), port.count <= 6 else { return nil }
      guard port.dropFirst().allSatisfy(Grammar.isDigit) else { return nil }
    }
    return name.map(Grammar.lower)
  }

  /// Percent-decodes once. Nil for a broken escape, a control character or broken UTF-8.
  private static func decoded(_ bytes: ArraySlice<UInt8>, plusIsBlank: Bool) -> String? {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      var byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard bytes.endIndex - index >= 2, let high = Grammar.hexValue(bytes[index]),
          let low = Grammar.hexValue(bytes[index + 1])
        else { return nil }
        byte = UInt8(high << 4 | low)
        index += 2
      } else if plusIsBlank, byte == UInt8(ascii: "+") {
        byte = 0x20
      }
      guard byte >= 0x20, byte != 0x7F else { return nil }
      out.append(byte)
    }
    return String(validating: out, as: UTF8.self)
  }

  private static func bad(_ why: String) -> ProtocolError {
    ProtocolError(400, "bad_target", "The request target cannot be read: \(why).")
  }
}
