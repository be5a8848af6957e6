// SHA-256 (FIPS 180-4): one message at a time, or up to three side by side.
//
// A message can be fed in pieces of any size. Several messages that are fed together share the
// core's SHA unit, which waits on one message for most of the time: two to three times the bytes
// per second of one. The kernels are in CKernels; all give the same bits.
//
// Promises: the digest depends on the bytes alone, not on how they were cut, on the processor, or
// on what was hashed beside them. Does not: keep secrets (no zeroing, no keyed modes).

import Base
import CKernels

/// A message being hashed.
public struct SHA256: Sendable {
  /// Chaining value, bytes that do not fill a block yet, and how many bytes came in all.
  private var state: InlineArray<8, UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending = InlineArray<64, UInt8>(repeating: 0)
  private var byteCount = 0
  private let kernel: SHA256Kernel

  public static let blockByteCount = 64

  public init() { kernel = .best }

  /// `kernel` is a choice for tests and benchmarks; it must be available here.
  public init(kernel: SHA256Kernel) {
    precondition(kernel.isAvailable, "this processor has no such SHA-256 kernel")
    self.kernel = kernel
  }

  private var pendingCount: Int { byteCount % Self.blockByteCount }
}

/// The implementations of the compression function.
public enum SHA256Kernel: Sendable, CaseIterable {
  case portable, extensions

  public static let best: SHA256Kernel = extensions.isAvailable ? .extensions : .portable

  public var isAvailable: Bool {
    switch self {
    case .portable: true
    case .extensions: ck_sha_available() != 0
    }
  }

  fileprivate var number: Int32 {
    switch self {
    case .portable: Int32(ck_sha256_c)
    case .extensions: Int32(ck_sha256_extensions)
    }
  }
}

// MARK: One message

extension SHA256 {
  /// The next bytes of the message.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// The next bytes of the message.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// The next 32 bytes of the message.
  public mutating func update(_ digest: Digest) {
    digest.withBytes { update($0) }
  }

  /// The digest of all bytes so far. More may follow: this works on a copy.
  public func digest() -> Digest {
    var copy = self
    let bitCount = UInt64(byteCount) &* 8
    // One bit, zeros up to 56 bytes of a block, and the length in bits, big-endian.
    let zeros = (64 + 55 - byteCount % 64) % 64
    var tail = InlineArray<72, UInt8>(repeating: 0)
    tail[0] = 0x80
    for index in 0..<8 {
      tail[1 + zeros + index] = UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * UInt64(index)))
    }
    unsafe withUnsafeBytes(of: tail) {
      unsafe copy.update(UnsafeRawBufferPointer(rebasing: $0[..<(1 + zeros + 8)]))
    }
    return Digest(words: copy.state)
  }

  /// The digest of one message that is at hand.
  public static func hash(_ bytes: [UInt8]) -> Digest {
    var hasher = SHA256()
    hasher.update(bytes)
    return hasher.digest()
  }

  /// The digest of one message that is at hand.
  public static func hash(_ bytes: RawSpan) -> Digest {
    var hasher = SHA256()
    hasher.update(bytes)
    return hasher.digest()
  }

  /// The digest of several pieces as one message.
  public static func hash(_ pieces: [UInt8]...) -> Digest {
    var hasher = SHA256()
    for piece in pieces { hasher.update(piece) }
    return hasher.digest()
  }

  private mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let rest = unsafe fill(from: bytes)
    let blocks = rest.count / Self.blockByteCount
    if blocks > 0, let base = rest.baseAddress {
      byteCount += blocks * Self.blockByteCount
      unsafe compress(base.assumingMemoryBound(to: UInt8.self), blocks: blocks)
    }
    unsafe keep(UnsafeRawBufferPointer(rebasing: rest[(blocks * Self.blockByteCount)...]))
  }

  /// Completes a started block and gives back what is left. Afterwards either no block is
  /// started or nothing is left.
  private mutating func fill(from bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard pendingCount > 0 else { return unsafe bytes }
    let count = min(Self.blockByteCount - pendingCount, bytes.count)
    let head = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<count])
    let completes = pendingCount + count == Self.blockByteCount
    unsafe keep(head)
    if completes {
      let block = pending
      unsafe withUnsafeBytes(of: block) { raw in
        guard let base = raw.baseAddress else { return }
        unsafe compress(base.assumingMemoryBound(to: UInt8.self), blocks: 1)
      }
    }
    return unsafe UnsafeRawBufferPointer(rebasing: bytes[count...])
  }

  /// Puts bytes that do not overflow the started block behind those that wait.
  private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    let start = pendingCount
    precondition(bytes.count <= Self.blockByteCount - start, "what is kept fits into one block")
    if let source = bytes.baseAddress {
      unsafe withUnsafeMutableBytes(of: &pending) { block in
        unsafe block.baseAddress?.advanced(by: start)
          .copyMemory(from: source, byteCount: bytes.count)
      }
    }
    byteCount += bytes.count
  }

  private mutating func compress(_ data: UnsafePointer<UInt8>, blocks: Int) {
    let number = kernel.number
    unsafe withUnsafeMutableBytes(of: &state) { raw in
      let words: UnsafeMutablePointer<UInt32>? = unsafe raw.baseAddress?.assumingMemoryBound(
        to: UInt32.self)
      var states = unsafe words
      var pointers: UnsafePointer<UInt8>? = unsafe data
      unsafe ck_sha256_compress(&states, &pointers, 1, blocks, number)
    }
  }
}

// MARK: Several messages

extension SHA256 {
  /// How many messages may be fed together.
  public static let streamCountMax = ck_sha256_streams_max

  /// Feeds two messages at once. The bytes may differ in length; what is common to both runs
  /// side by side, so give pieces of about one length.
  public static func update(
    _ first: inout SHA256, _ a: RawSpan, _ second: inout SHA256, _ b: RawSpan
  ) {
    unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        let restA = unsafe first.fill(from: a)
        let restB = unsafe second.fill(from: b)
        let blocks = min(restA.count, restB.count) / blockByteCount
        if blocks > 0 { unsafe compress(&first, restA, &second, restB, blocks: blocks) }
        unsafe first.update(UnsafeRawBufferPointer(rebasing: restA[(blocks * blockByteCount)...]))
        unsafe second.update(UnsafeRawBufferPointer(rebasing: restB[(blocks * blockByteCount)...]))
      }
    }
  }

  /// Feeds three messages at once.
  public static func update(
    _ first: inout SHA256, _ a: RawSpan, _ second: inout SHA256, _ b: RawSpan,
    _ third: inout SHA256, _ c: RawSpan
  ) {
    unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        unsafe c.withUnsafeBytes { c in
          let rests = unsafe [first.fill(from: a), second.fill(from: b), third.fill(from: c)]
          let blocks = unsafe rests.reduce(Int.max) { min($0, $1.count) } / blockByteCount
          if blocks > 0 { unsafe compress(&first, &second, &third, rests, blocks: blocks) }
          let done = blocks * blockByteCount
          unsafe first.update(UnsafeRawBufferPointer(rebasing: rests[0][done...]))
          unsafe second.update(UnsafeRawBufferPointer(rebasing: rests[1][done...]))
          unsafe third.update(UnsafeRawBufferPointer(rebasing: rests[2][done...]))
        }
      }
    }
  }

  private static func compress(
    _ first: inout SHA256, _ a: UnsafeRawBufferPointer, _ second: inout SHA256,
    _ b: UnsafeRawBufferPointer, blocks: Int
  ) {
    let number = first.kernel.number
    unsafe withUnsafeMutableBytes(of: &first.state) { one in
      unsafe withUnsafeMutableBytes(of: &second.state) { two in
        unsafe run([one, two], [a, b], blocks: blocks, number)
      }
    }
    first.byteCount += blocks * blockByteCount
    second.byteCount += blocks * blockByteCount
  }

  private static func compress(
    _ first: inout SHA256, _ second: inout SHA256, _ third: inout SHA256,
    _ data: [UnsafeRawBufferPointer], blocks: Int
  ) {
    let number = first.kernel.number
    unsafe withUnsafeMutableBytes(of: &first.state) { one in
      unsafe withUnsafeMutableBytes(of: &second.state) { two in
        unsafe withUnsafeMutableBytes(of: &third.state) { three in
          unsafe run([one, two, three], data, blocks: blocks, number)
        }
      }
    }
    first.byteCount += blocks * blockByteCount
    second.byteCount += blocks * blockByteCount
    third.byteCount += blocks * blockByteCount
  }

  private static func run(
    _ states: [UnsafeMutableRawBufferPointer], _ data: [UnsafeRawBufferPointer], blocks: Int,
    _ number: Int32
  ) {
    let words = unsafe states.map { unsafe $0.baseAddress?.assumingMemoryBound(to: UInt32.self) }
    let bytes = unsafe data.map { unsafe $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
    unsafe ck_sha256_compress(words, bytes, states.count, blocks, number)
  }
}
