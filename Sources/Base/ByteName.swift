// A name from outside (tensor, token, path, key), compared and sorted as UTF-8 bytes.
//
// Swift's `String ==` is canonical equivalence: "é" and "e\u{301}" would be one dictionary key,
// and a file could hide one tensor behind another.

import Glibc

/// A name whose equality, hash and order are those of its bytes.
public struct ByteName: Hashable, Comparable, Sendable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  public let bytes: [UInt8]

  public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  public init(_ text: String) { bytes = Array(text.utf8) }
  public init(stringLiteral value: String) { self.init(value) }

  /// For people; bytes that are not UTF-8 show as U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  public var description: String { text }

  public func hasPrefix(_ prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }
  public func hasSuffix(_ suffix: String) -> Bool {
    bytes.count >= suffix.utf8.count && bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  // Hashed and compared as whole blocks of memory: models have a million names.

  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes.count)
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  public static func == (a: ByteName, b: ByteName) -> Bool {
    a.bytes.count == b.bytes.count && order(a, b) == 0
  }

  public static func < (a: ByteName, b: ByteName) -> Bool {
    let order = order(a, b)
    return order < 0 || order == 0 && a.bytes.count < b.bytes.count
  }

  /// Below, at or above 0 as the bytes that both have are in order.
  private static func order(_ a: ByteName, _ b: ByteName) -> Int32 {
    unsafe a.bytes.withUnsafeBytes { one in
      unsafe b.bytes.withUnsafeBytes { two in
        guard let first = one.baseAddress, let second = two.baseAddress else { return 0 }
        return unsafe memcmp(first, second, min(one.count, two.count))
      }
    }
  }
}
