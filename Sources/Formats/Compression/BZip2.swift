// bzip2 decompression, block by block.
//
// Format: as bzip2 1.0.8 writes and reads it: blocks of up to 900,000 bytes, run lengths, the
// Burrows-Wheeler transform, move to front, and two to six Huffman codes that change every 50
// symbols. Streams may stand one behind the other.
//
// Promises: total over any input; memory is one block. Randomised blocks, which nothing has written
// since 1998, are refused. Does not compare checksums.

/// Why bytes are no bzip2 stream.
enum BZip2Error: Error, Equatable { case truncated, damaged }

struct BZip2 {
  private static let groupSize = 50
  private static let blockUnit = 100_000

  private var position = 0
  private var bits: UInt64 = 0
  private var bitCount = 0

  /// Unpacks all streams in `source`; what comes out goes to `sink` block by block.
  static func run<E: Error>(
    _ source: RawSpan, sink: (RawSpan) throws(E) -> Void
  ) throws {
    var state = BZip2()
    while try state.stream(source, sink) {}
  }

  /// One stream. Returns whether another one follows.
  private mutating func stream<E: Error>(
    _ source: RawSpan, _ sink: (RawSpan) throws(E) -> Void
  ) throws -> Bool {
    guard try take(24, source) == 0x42_5A68 else { throw BZip2Error.damaged }
    let level = try take(8, source)
    guard (0x31...0x39).contains(level) else { throw BZip2Error.damaged }
    while true {
      let mark = try take(24, source) << 24 | take(24, source)
      _ = try take(32, source)
      if mark == 0x1772_4538_5090 { break }
      guard mark == 0x3141_5926_5359 else { throw BZip2Error.damaged }
      let block = try block(source, limit: (level - 0x30) * Self.blockUnit)
      try unsafe sink(block.span.bytes)
    }
    // The end is filled up to a byte.
    _ = try take(bitCount % 8, source)
    let next = position - bitCount / 8
    return source.byteCount - next >= 4 && source.has("BZh", at: next)
  }

  // MARK: Bits

  private mutating func take(_ count: Int, _ source: RawSpan) throws(BZip2Error) -> Int {
    while bitCount < count {
      guard let byte = source.byte(position) else { throw .truncated }
      bits = bits << 8 | UInt64(byte)
      bitCount += 8
      position += 1
    }
    bitCount -= count
    return Int(bits >> UInt64(bitCount) & (1 << UInt64(count) - 1))
  }

  // MARK: Blocks

  private mutating func block(_ source: RawSpan, limit: Int) throws(BZip2Error) -> [UInt8] {
    guard try take(1, source) == 0 else { throw .damaged }
    let origin = try take(24, source)
    var alphabet = try alphabet(source)
    let (codes, selectors) = try codes(source, symbols: alphabet.count + 2)
    let transformed = try symbols(source, codes, selectors, &alphabet, limit: limit)
    guard origin < transformed.count else { throw .damaged }
    return Self.expanded(Self.inverted(transformed, origin))
  }

  /// The bytes that the block uses, in order.
  private mutating func alphabet(_ source: RawSpan) throws(BZip2Error) -> [UInt8] {
    let groups = try take(16, source)
    var used: [UInt8] = []
    for group in 0..<16 where groups >> (15 - group) & 1 == 1 {
      let members = try take(16, source)
      for member in 0..<16 where members >> (15 - member) & 1 == 1 {
        used.append(UInt8(group * 16 + member))
      }
    }
    guard !used.isEmpty else { throw .damaged }
    return used
  }

  /// A canonical Huffman code, highest bit first.
  private struct Code {
    static let lengthMax = 20
    /// The number of codes of each length, and the symbols by length.
    var counts = [Int](repeating: 0, count: lengthMax + 1)
    var symbols: [UInt16] = []

    init(_ lengths: [Int]) {
      for length in lengths { counts[length] += 1 }
      for length in 1...Self.lengthMax {
        for (symbol, own) in lengths.enumerated() where own == length {
          symbols.append(UInt16(symbol))
        }
      }
    }
  }

  /// The codes, and which of them each group of symbols is in.
  private mutating func codes(
    _ source: RawSpan, symbols: Int
  ) throws(BZip2Error) -> (codes: [Code], selectors: [UInt8]) {
    let count = try take(3, source)
    let selectorCount = try take(15, source)
    guard (2...6).contains(count), selectorCount > 0 else { throw .damaged }
    var order = (0..<count).map { UInt8($0) }
    var selectors: [UInt8] = []
    for _ in 0..<selectorCount {
      var place = 0
      while try take(1, source) == 1 {
        place += 1
        guard place < count else { throw .damaged }
      }
      let code = order.remove(at: place)
      order.insert(code, at: 0)
      selectors.append(code)
    }
    var codes: [Code] = []
    for _ in 0..<count {
      var length = try take(5, source)
      var lengths: [Int] = []
      for _ in 0..<symbols {
        while true {
          guard (1...Code.lengthMax).contains(length) else { throw .damaged }
          if try take(1, source) == 0 { break }
          length += try take(1, source) == 0 ? 1 : -1
        }
        lengths.append(length)
      }
      codes.append(Code(lengths))
    }
    return (codes, selectors)
  }

  private mutating func symbol(_ code: Code, _ source: RawSpan) throws(BZip2Error) -> Int {
    var value = 0
    var first = 0
    var index = 0
    for length in 1...Code.lengthMax {
      value = value << 1 | (try take(1, source))
      let count = code.counts[length]
      if value - first < count { return Int(code.symbols[index + value - first]) }
      index += count
      first = (first + count) << 1
    }
    throw .damaged
  }

  /// Undoes Huffman codes, runs of the front symbol, and move to front.
  private mutating func symbols(
    _ source: RawSpan, _ codes: [Code], _ selectors: [UInt8], _ front: inout [UInt8], limit: Int
  ) throws(BZip2Error) -> [UInt8] {
    let end = front.count + 1
    var result: [UInt8] = []
    var run = 0
    var weight = 1
    var count = 0
    while true {
      guard count / Self.groupSize < selectors.count else { throw .damaged }
      let symbol = try symbol(codes[Int(selectors[count / Self.groupSize])], source)
      count += 1
      if symbol <= 1 {
        guard weight <= limit else { throw .damaged }
        run += weight << symbol
        weight <<= 1
        continue
      }
      if run > 0 {
        guard run <= limit - result.count else { throw .damaged }
        result += repeatElement(front[0], count: run)
        run = 0
        weight = 1
      }
      if symbol == end { return result }
      guard symbol - 1 < front.count, result.count < limit else { throw .damaged }
      let byte = front.remove(at: symbol - 1)
      front.insert(byte, at: 0)
      result.append(byte)
    }
  }

  /// Undoes the Burrows-Wheeler transform.
  private static func inverted(_ last: [UInt8], _ origin: Int) -> [UInt8] {
    var starts = [Int](repeating: 0, count: 257)
    for byte in last { starts[Int(byte) + 1] += 1 }
    for value in 1...256 { starts[value] += starts[value - 1] }
    var next = [UInt32](repeating: 0, count: last.count)
    for (place, byte) in last.enumerated() {
      next[starts[Int(byte)]] = UInt32(place)
      starts[Int(byte)] += 1
    }
    var result: [UInt8] = []
    result.reserveCapacity(last.count)
    var place = Int(next[origin])
    for _ in 0..<last.count {
      result.append(last[place])
      place = Int(next[place])
    }
    return result
  }

  /// Undoes the first run lengths: four equal bytes and a count of more of them.
  private static func expanded(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var equal = 0
    var previous: UInt8?
    for byte in bytes {
      if equal == 4, let value = previous {
        result += repeatElement(value, count: Int(byte))
        equal = 0
        previous = nil
        continue
      }
      equal = byte == previous ? equal + 1 : 1
      previous = byte
      result.append(byte)
    }
    return result
  }
}
