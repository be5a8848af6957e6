// The prefix codes of DEFLATE (RFC 1951 section 3.2.2): lengths in, a lookup table out.

/// A code that maps bits, first bit lowest, to symbols.
struct PrefixCode: Sendable {
  static let lengthMax = 15

  /// Indexed by the next `tableBits` bits: symbol << 4 | length; 0 if no code starts so.
  private let table: [UInt16]
  private let tableBits: Int

  /// Throws if more codes are claimed than there is room for, or fewer (a single code is allowed,
  /// as is none at all: then any use of it fails).
  init(lengths: [UInt8]) throws(InflateError) {
    let longest = Int(lengths.max() ?? 0)
    var counts = [Int](repeating: 0, count: Self.lengthMax + 1)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var left = 1
    for length in 1...Self.lengthMax {
      left = left << 1 - counts[length]
      guard left >= 0 else { throw .badCode }
    }
    let used = counts.reduce(0, +)
    guard left == 0 || used <= 1 else { throw .badCode }

    var next = [Int](repeating: 0, count: Self.lengthMax + 2)
    for length in 1...Self.lengthMax { next[length + 1] = (next[length] + counts[length]) << 1 }
    tableBits = max(1, longest)
    var table = [UInt16](repeating: 0, count: 1 << tableBits)
    for (symbol, length) in lengths.enumerated() where length > 0 {
      let code = next[Int(length)]
      next[Int(length)] += 1
      let reversed = Self.reverse(code, Int(length))
      for slot in stride(from: reversed, to: table.count, by: 1 << Int(length)) {
        table[slot] = UInt16(symbol) << 4 | UInt16(length)
      }
    }
    self.table = table
  }

  private init(valid lengths: [UInt8]) {
    self = (try? PrefixCode(lengths: lengths)) ?? PrefixCode()
  }

  private init() {
    table = [0, 0]
    tableBits = 1
  }

  /// The symbol that `bits` begin with, and its length; nil if no code begins so.
  func decode(_ bits: UInt64) -> (symbol: Int, length: Int)? {
    let entry = table[Int(bits & (1 << UInt64(tableBits) - 1))]
    return entry == 0 ? nil : (Int(entry >> 4), Int(entry & 15))
  }

  private static func reverse(_ code: Int, _ length: Int) -> Int {
    var result = 0
    for bit in 0..<length where code >> bit & 1 == 1 { result |= 1 << (length - 1 - bit) }
    return result
  }

  /// The codes of section 3.2.6.
  static let fixedLiterals = PrefixCode(
    valid: (0..<288).map { symbol in
      switch symbol {
      case 0..<144: 8
      case 144..<256: 9
      case 256..<280: 7
      default: 8
      }
    })
  static let fixedDistances = PrefixCode(valid: Array(repeating: 5, count: 32))
}
