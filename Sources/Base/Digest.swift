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

  /// From eight words of 32 bits, the first one first.
  public init(words: InlineArray<8, UInt32>) {
    self.words = (
      UInt64(words[0]) << 32 | UInt64(words[1]), UInt64(words[2]) << 32 | UInt64(words[3]),
      UInt64(words[4]) << 32 | UInt64(words[5]), UInt64(words[6]) << 32 | UInt64(words[7])
    )
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

  public var bytes: [UInt8] { withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }

  /// The 32 bytes, for the time of the call: no memory is taken for them.
  public func withBytes<R>(_ body: (RawSpan) -> R) -> R {
    let ordered = (
      words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
    )
    return unsafe withUnsafeBytes(of: ordered) { unsafe body($0.bytes) }
  }

  /// Puts the 32 bytes behind others.
  public func append(to bytes: inout [UInt8]) {
    withBytes { digest in unsafe digest.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
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
