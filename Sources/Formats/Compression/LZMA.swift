// LZMA decompression: the core of xz (LZMA2) and of the older .lzma files.
//
// Format: the LZMA specification of the LZMA SDK (Igor Pavlov), LZMA2 as in xz. A range decoder, a
// literal coder with context, matches with distances, and four repeated distances.
//
// Promises: total over any input; memory is twice the dictionary that the stream announces, at most
// twice `dictionaryBytesMax`; a distance that reaches further is an error.

/// Why bytes are no LZMA stream.
enum LZMAError: Error, Equatable { case truncated, damaged, dictionary }

/// What was unpacked last, and what is not handed out yet.
struct LZMAWindow {
  static let dictionaryBytesMax = 64 << 20
  private static let pieceBytes = 64 << 10

  private(set) var bytes: [UInt8] = []
  private var handedOut = 0
  private let dictionaryBytes: Int
  private let announcedBytes: Int
  /// Where the current dictionary begins in `bytes`.
  private var start = 0

  init(dictionaryBytes: Int) {
    announcedBytes = dictionaryBytes
    self.dictionaryBytes = min(max(dictionaryBytes, 4096), Self.dictionaryBytesMax)
  }

  /// Bytes since the dictionary was new, which some chances depend on.
  private(set) var position = 0

  mutating func reset() {
    start = bytes.count
    position = 0
  }

  mutating func put(_ byte: UInt8) {
    bytes.append(byte)
    position &+= 1
  }

  var last: UInt8 { bytes.count > start ? bytes[bytes.count - 1] : 0 }
  var isEmpty: Bool { bytes.count == start }

  /// The byte `distance` + 1 back.
  func back(_ distance: Int) throws(LZMAError) -> UInt8 {
    guard distance < bytes.count - start, distance < dictionaryBytes else {
      throw announcedBytes > dictionaryBytes ? .dictionary : .damaged
    }
    return bytes[bytes.count - 1 - distance]
  }

  mutating func copy(distance: Int, count: Int) throws(LZMAError) {
    _ = try back(distance)
    for _ in 0..<count { bytes.append(bytes[bytes.count - 1 - distance]) }
    position &+= count
  }

  mutating func handOut<E: Error>(
    whole: Bool, _ sink: (RawSpan) throws(E) -> Void
  ) throws(E) {
    guard whole || bytes.count - handedOut >= Self.pieceBytes else { return }
    try unsafe sink(bytes.span.bytes.extracting(handedOut..<bytes.count))
    handedOut = bytes.count
    guard bytes.count >= 2 * dictionaryBytes + Self.pieceBytes else { return }
    let dropped = bytes.count - dictionaryBytes
    bytes.removeFirst(dropped)
    handedOut = bytes.count
    start = max(0, start - dropped)
  }
}

/// The adaptive binary range decoder.
struct LZMARange {
  private var range: UInt32 = 0xFFFF_FFFF
  private var code: UInt32 = 0
  private(set) var position: Int
  private let end: Int

  init(_ source: RawSpan, from start: Int, to end: Int) throws(LZMAError) {
    guard end - start >= 5, end <= source.byteCount else { throw .truncated }
    guard source.byte(start) == 0 else { throw .damaged }
    for index in 1...4 { code = code << 8 | UInt32(source.byte(start + index) ?? 0) }
    position = start + 5
    self.end = end
  }

  private mutating func normalize(_ source: RawSpan) throws(LZMAError) {
    guard range < 1 << 24 else { return }
    guard position < end, let byte = source.byte(position) else { throw .truncated }
    range <<= 8
    code = code << 8 | UInt32(byte)
    position += 1
  }

  mutating func bit(_ chance: inout UInt16, _ source: RawSpan) throws(LZMAError) -> Int {
    try normalize(source)
    let bound = (range >> 11) * UInt32(chance)
    if code < bound {
      range = bound
      chance += (2048 - chance) >> 5
      return 0
    }
    range -= bound
    code -= bound
    chance -= chance >> 5
    return 1
  }

  /// Bits of equal chance, highest first.
  mutating func direct(_ count: Int, _ source: RawSpan) throws(LZMAError) -> Int {
    var value = 0
    for _ in 0..<count {
      try normalize(source)
      range >>= 1
      if code >= range {
        code -= range
        value = value << 1 | 1
      } else {
        value <<= 1
      }
    }
    return value
  }

  /// A tree of bits, highest first.
  mutating func tree(
    _ chances: inout [UInt16], at base: Int, bits: Int, _ source: RawSpan
  ) throws(LZMAError) -> Int {
    var node = 1
    for _ in 0..<bits { node = node << 1 | (try bit(&chances[base + node], source)) }
    return node - 1 << bits
  }

  /// A tree of bits, lowest first.
  mutating func reverseTree(
    _ chances: inout [UInt16], at base: Int, bits: Int, _ source: RawSpan
  ) throws(LZMAError) -> Int {
    var node = 1
    var value = 0
    for position in 0..<bits {
      let bit = try bit(&chances[base + node], source)
      node = node << 1 | bit
      value |= bit << position
    }
    return value
  }
}

/// The state of one LZMA stream: its chances, its last distances.
struct LZMA {
  private static let initial: UInt16 = 1024

  private let literalContextBits: Int
  private let literalPositionMask: Int
  private let positionMask: Int
  private var literals: [UInt16]
  private var isMatch = [UInt16](repeating: initial, count: 12 << 4)
  private var isRepeat = [UInt16](repeating: initial, count: 12)
  private var isRepeat0 = [UInt16](repeating: initial, count: 12)
  private var isRepeat1 = [UInt16](repeating: initial, count: 12)
  private var isRepeat2 = [UInt16](repeating: initial, count: 12)
  private var isRepeat0Long = [UInt16](repeating: initial, count: 12 << 4)
  private var slots = [UInt16](repeating: initial, count: 4 << 6)
  private var special = [UInt16](repeating: initial, count: 128)
  private var align = [UInt16](repeating: initial, count: 16)
  private var lengths = Lengths()
  private var repeatLengths = Lengths()
  private var state = 0
  private var distances = [0, 0, 0, 0]
  private var produced = 0

  private struct Lengths {
    var choices = [LZMA.initial, LZMA.initial]
    var low = [UInt16](repeating: LZMA.initial, count: 16 << 3)
    var middle = [UInt16](repeating: LZMA.initial, count: 16 << 3)
    var high = [UInt16](repeating: LZMA.initial, count: 1 << 8)

    mutating func decode(
      _ range: inout LZMARange, _ position: Int, _ source: RawSpan
    ) throws(LZMAError) -> Int {
      if try range.bit(&choices[0], source) == 0 {
        return 2 + (try range.tree(&low, at: position << 3, bits: 3, source))
      }
      if try range.bit(&choices[1], source) == 0 {
        return 10 + (try range.tree(&middle, at: position << 3, bits: 3, source))
      }
      return 18 + (try range.tree(&high, at: 0, bits: 8, source))
    }
  }

  /// `properties` is the byte (pb * 5 + lp) * 9 + lc; nil if it is none.
  init?(properties: UInt8) {
    guard properties < 9 * 5 * 5 else { return nil }
    let value = Int(properties)
    literalContextBits = value % 9
    literalPositionMask = 1 << (value / 9 % 5) - 1
    positionMask = 1 << (value / 45) - 1
    literals = [UInt16](repeating: Self.initial, count: 0x300 << (value % 9 + value / 9 % 5))
  }

  /// Decodes until `limit` bytes came out or the stream's own end. Returns whether it ended itself.
  mutating func run<E: Error>(
    _ range: inout LZMARange, into window: inout LZMAWindow, limit: Int, _ source: RawSpan,
    sink: (RawSpan) throws(E) -> Void
  ) throws -> Bool {
    let goal = limit == .max ? Int.max : produced + limit
    while produced < goal {
      let position = window.position & positionMask
      if try range.bit(&isMatch[state << 4 | position], source) == 0 {
        try literal(&range, &window, source)
      } else {
        guard let count = try match(&range, &window, position, source) else { return true }
        guard count <= goal - produced else { throw LZMAError.damaged }
        try window.copy(distance: distances[0], count: count)
        produced += count
      }
      try window.handOut(whole: false, sink)
    }
    return false
  }

  private mutating func literal(
    _ range: inout LZMARange, _ window: inout LZMAWindow, _ source: RawSpan
  ) throws(LZMAError) {
    let context =
      (window.position & literalPositionMask) << literalContextBits
      | Int(window.last) >> (8 - literalContextBits)
    let base = 0x300 * context
    var symbol = 1
    if state >= 7 {
      var matched = Int(try window.back(distances[0]))
      while symbol < 0x100 {
        matched <<= 1
        let wanted = matched & 0x100
        let bit = try range.bit(&literals[base + 0x100 + wanted + symbol], source)
        symbol = symbol << 1 | bit
        if wanted >> 8 != bit { break }
      }
    }
    while symbol < 0x100 {
      symbol = symbol << 1 | (try range.bit(&literals[base + symbol], source))
    }
    window.put(UInt8(truncatingIfNeeded: symbol))
    produced += 1
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }

  /// The length of a match, whose distance is then the first; nil at the end of the stream.
  private mutating func match(
    _ range: inout LZMARange, _ window: inout LZMAWindow, _ position: Int, _ source: RawSpan
  ) throws(LZMAError) -> Int? {
    guard try range.bit(&isRepeat[state], source) == 1 else {
      let count = try lengths.decode(&range, position, source)
      state = state < 7 ? 7 : 10
      let distance = try distance(&range, count, source)
      if distance == 0xFFFF_FFFF { return nil }
      distances = [distance, distances[0], distances[1], distances[2]]
      return count
    }
    guard !window.isEmpty else { throw .damaged }
    if try range.bit(&isRepeat0[state], source) == 0 {
      if try range.bit(&isRepeat0Long[state << 4 | position], source) == 0 {
        state = state < 7 ? 9 : 11
        return 1
      }
    } else {
      var index = 1
      if try range.bit(&isRepeat1[state], source) == 1 {
        index = 2 + (try range.bit(&isRepeat2[state], source))
      }
      distances.insert(distances.remove(at: index), at: 0)
    }
    let count = try repeatLengths.decode(&range, position, source)
    state = state < 7 ? 8 : 11
    return count
  }

  private mutating func distance(
    _ range: inout LZMARange, _ length: Int, _ source: RawSpan
  ) throws(LZMAError) -> Int {
    let slot = try range.tree(&slots, at: min(length - 2, 3) << 6, bits: 6, source)
    guard slot >= 4 else { return slot }
    let bits = slot >> 1 - 1
    let high = (2 | slot & 1) << bits
    if slot < 14 {
      return high + (try range.reverseTree(&special, at: high - slot, bits: bits, source))
    }
    let direct = try range.direct(bits - 4, source) << 4
    return high + direct + (try range.reverseTree(&align, at: 0, bits: 4, source))
  }
}
