// A SHA-256 value. It is computed in Crypto; here it is only carried, compared and written.

/// 32 bytes of SHA-256, written `sha256:<hex>` in our JSON (judge/README, section c).
public struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  public static let byteCount = 32

  /// Nil unless there are exactly 32 bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    // One generic call here instead of one for each byte: callers are in other modules.
    let bytes = Array(bytes)
    words = (word(bytes, 0), word(bytes, 8), word(bytes, 16), word(bytes, 24))
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
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  public var hex: String { Hex.encode(bytes) }
  public var tagged: String { "sha256:" + hex }
  public var description: String { tagged }

  public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  public static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Eight bytes from `start`, big-endian.
private func word(_ bytes: [UInt8], _ start: Int) -> UInt64 {
  var word: UInt64 = 0
  for byte in bytes[start..<start + 8] { word = word << 8 | UInt64(byte) }
  return word
}
