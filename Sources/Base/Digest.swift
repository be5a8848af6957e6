// A SHA-256 value. It is computed in Crypto; here it is only carried, compared and written.

/// 32 bytes of SHA-256, written `sha256:<hex>` in our JSON (judge/README, section c).
public struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  public static let byteCount = 32

  /// Nil unless there are exactly 32 bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var values: [UInt64] = [0, 0, 0, 0]
    for (position, byte) in bytes.enumerated() {
      values[position / 8] = values[position / 8] << 8 | UInt64(byte)
    }
    words = (values[0], values[1], values[2], values[3])
  }

  /// From 64 lower-case hexadecimal digits.
  public init?(hex: some StringProtocol) {
    guard let bytes = Hex.decode(hex) else { return nil }
    self.init(bytes: bytes)
  }

  /// From `sha256:<hex>`.
  public init?(tagged: some StringProtocol) {
    guard tagged.utf8.starts(with: "sha256:".utf8) else { return nil }
    self.init(hex: tagged.dropFirst(7))
  }

  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  public var hex: String { Hex.encode(bytes) }
  public var tagged: String { "sha256:" + hex }
  public var description: String { tagged }

  public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  public static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
