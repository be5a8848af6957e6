// DEFLATE decompression (RFC 1951), streaming, with a bound on what may come out.
//
// Promises: total over any input; at most `limit` bytes are produced; memory is one window and
// one piece of output, whatever the stream says. Codes must be complete or have a single code, as
// zlib demands. Does not: read zlib or gzip wrappers.

import Base

/// Why bytes are not the deflate stream that was declared.
enum InflateError: Error, Equatable {
  case truncated
  case badBlockType
  case badStoredLength
  case badCode
  case badDistance
  case tooLong
}

/// Decompresses one stream.
struct Inflate {
  /// How far back a match may reach.
  private static let windowBytes = 32 << 10
  /// How much comes out between two calls of the sink.
  private static let pieceBytes = 64 << 10

  private var bits: UInt64 = 0
  private var bitCount = 0
  private var position = 0
  /// The last window and what was not handed out yet.
  private var output: [UInt8] = []
  /// How many bytes of `output` were handed out.
  private var handedOut = 0
  private var produced = 0
  private let limit: Int

  private init(limit: Int) { self.limit = limit }

  /// Inflates all of `source` and gives the bytes to `sink` in order, piece by piece. Throws if
  /// more than `limit` bytes come out. Returns the number of bytes.
  static func run<E: Error>(
    _ source: RawSpan, limit: Int, sink: (RawSpan) throws(E) -> Void
  ) throws -> Int {
    try stream(source, limit: limit, sink: sink).produced
  }

  /// The same for a stream that other bytes may follow. Returns also how many bytes of `source` it
  /// took.
  static func stream<E: Error>(
    _ source: RawSpan, limit: Int, sink: (RawSpan) throws(E) -> Void
  ) throws -> (produced: Int, consumed: Int) {
    var state = Inflate(limit: limit)
    var isLast = false
    while !isLast {
      isLast = try state.take(1, source) == 1
      switch try state.take(2, source) {
      case 0: try state.stored(source, sink)
      case 1: try state.compressed(source, .fixedLiterals, .fixedDistances, sink)
      case 2:
        let (literals, distances) = try state.codes(source)
        try state.compressed(source, literals, distances, sink)
      default: throw InflateError.badBlockType
      }
    }
    try state.handOut(sink)
    return (state.produced, state.position - state.bitCount / 8)
  }

  /// Inflates into memory.
  static func bytes(_ source: RawSpan, limit: Int) throws -> [UInt8] {
    var result: [UInt8] = []
    _ = try run(source, limit: limit) { (piece: RawSpan) throws(Never) in
      unsafe piece.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
    }
    return result
  }

  // MARK: Bits

  private mutating func fill(_ source: RawSpan) {
    while bitCount <= 56, position < source.byteCount {
      unsafe bits |= UInt64(source.unsafeLoad(fromByteOffset: position, as: UInt8.self)) << bitCount
      bitCount += 8
      position += 1
    }
  }

  private mutating func take(_ count: Int, _ source: RawSpan) throws(InflateError) -> Int {
    if bitCount < count { fill(source) }
    guard bitCount >= count else { throw .truncated }
    let value = Int(bits & (1 << UInt64(count) - 1))
    bits >>= UInt64(count)
    bitCount -= count
    return value
  }

  private mutating func symbol(
    _ code: PrefixCode, _ source: RawSpan
  ) throws(InflateError) -> Int {
    if bitCount < PrefixCode.lengthMax { fill(source) }
    guard let (symbol, length) = code.decode(bits) else { throw .badCode }
    guard length <= bitCount else { throw .truncated }
    bits >>= UInt64(length)
    bitCount -= length
    return symbol
  }

  // MARK: Output

  private mutating func put(_ byte: UInt8) throws(InflateError) {
    guard produced < limit else { throw .tooLong }
    output.append(byte)
    produced += 1
  }

  private mutating func flushIfFull<E: Error>(_ sink: (RawSpan) throws(E) -> Void) throws(E) {
    guard output.count - handedOut >= Self.pieceBytes else { return }
    try handOut(sink)
    output.removeFirst(output.count - Self.windowBytes)
    handedOut = output.count
  }

  private mutating func handOut<E: Error>(_ sink: (RawSpan) throws(E) -> Void) throws(E) {
    try unsafe sink(output.span.bytes.extracting(handedOut..<output.count))
    handedOut = output.count
  }

  // MARK: Blocks

  private mutating func stored<E: Error>(
    _ source: RawSpan, _ sink: (RawSpan) throws(E) -> Void
  ) throws {
    _ = try take(bitCount % 8, source)
    let length = try take(16, source)
    guard try take(16, source) == ~length & 0xFFFF else { throw InflateError.badStoredLength }
    for _ in 0..<length { try put(UInt8(try take(8, source))) }
    try flushIfFull(sink)
  }

  private mutating func compressed<E: Error>(
    _ source: RawSpan, _ literals: PrefixCode, _ distances: PrefixCode,
    _ sink: (RawSpan) throws(E) -> Void
  ) throws {
    while true {
      let symbol = try symbol(literals, source)
      if symbol < 256 {
        try put(UInt8(symbol))
      } else if symbol == 256 {
        return
      } else {
        try copy(lengthSymbol: symbol, distances, source)
      }
      try flushIfFull(sink)
    }
  }

  private mutating func copy(
    lengthSymbol: Int, _ distances: PrefixCode, _ source: RawSpan
  ) throws(InflateError) {
    guard lengthSymbol - 257 < lengthBases.count else { throw .badCode }
    let length =
      lengthBases[lengthSymbol - 257]
      + (try take(lengthExtraBits[lengthSymbol - 257], source))
    let distanceSymbol = try symbol(distances, source)
    guard distanceSymbol < distanceBases.count else { throw .badDistance }
    let extra = distanceSymbol < 2 ? 0 : distanceSymbol / 2 - 1
    let distance = distanceBases[distanceSymbol] + (try take(extra, source))
    guard distance <= output.count, distance <= Self.windowBytes else { throw .badDistance }
    for _ in 0..<length { try put(output[output.count - distance]) }
  }

  /// The codes of a dynamic block (RFC 1951 section 3.2.7).
  private mutating func codes(
    _ source: RawSpan
  ) throws(InflateError) -> (literals: PrefixCode, distances: PrefixCode) {
    let literalCount = try take(5, source) + 257
    let distanceCount = try take(5, source) + 1
    let lengthCount = try take(4, source) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw .badCode }
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    var lengths = [UInt8](repeating: 0, count: 19)
    for position in order.prefix(lengthCount) { lengths[position] = UInt8(try take(3, source)) }
    let meta = try PrefixCode(lengths: lengths)
    var all: [UInt8] = []
    while all.count < literalCount + distanceCount {
      let symbol = try symbol(meta, source)
      switch symbol {
      case 16:
        guard let last = all.last else { throw .badCode }
        all += repeatElement(last, count: try take(2, source) + 3)
      case 17: all += repeatElement(0, count: try take(3, source) + 3)
      case 18: all += repeatElement(0, count: try take(7, source) + 11)
      default: all.append(UInt8(symbol))
      }
    }
    // The end of the block must have a code, and the counts must come out even.
    guard all.count == literalCount + distanceCount, all[256] != 0 else { throw .badCode }
    return (
      try PrefixCode(lengths: Array(all[..<literalCount])),
      try PrefixCode(lengths: Array(all[literalCount...]))
    )
  }
}

private let lengthBases = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
]
private let lengthExtraBits = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]
private let distanceBases = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12_289, 16_385, 24_577,
]
