// A country or a part of one, and which of two places lies inside the other.
//
// Spec: ISO 3166-1 alpha-2 ("US") and ISO 3166-2 ("US-CA", "UA-43"); "*" is the whole world.
// Promises: a code is six ASCII bytes at most and packs into one integer, so tests on places are
// comparisons of integers.
// Does not: know which codes are assigned. A code of the right form is taken as it is.

/// A place: a country, a subdivision, or the world.
public struct Region: Hashable, Comparable, Sendable {
  /// The ASCII bytes of the code, first byte in the highest place, zero filled.
  let packed: UInt64

  /// Everywhere.
  public static let world = Region(bytes: [UInt8(ascii: "*")])

  private static let countryMask: UInt64 = 0xFFFF_0000_0000_0000

  private init(bytes: [UInt8]) {
    var value: UInt64 = 0
    for (place, byte) in bytes.enumerated() { value |= UInt64(byte) << UInt64(56 - 8 * place) }
    packed = value
  }

  /// Reads a code; nil when its form is not ISO 3166-1 alpha-2 or ISO 3166-2, nor "*".
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes != [UInt8(ascii: "*")] else {
      self = .world
      return
    }
    func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    guard bytes.count == 2 || (4...6).contains(bytes.count), isLetter(bytes[0]),
      isLetter(bytes[1])
    else { return nil }
    if bytes.count > 2 {
      guard bytes[2] == UInt8(ascii: "-"),
        bytes[3...].allSatisfy({ isLetter($0) || isDigit($0) })
      else { return nil }
    }
    self.init(bytes: bytes)
  }

  /// The code as text.
  public var code: String {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: packed >> UInt64(56 - 8 * $0)) }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  public static func < (a: Region, b: Region) -> Bool { a.packed < b.packed }

  var isCountry: Bool { packed & ~Self.countryMask == 0 && self != .world }

  /// Whether this place equals `other` or is a part of it. US-TX is within US, not the reverse.
  func isWithin(_ other: Region) -> Bool {
    self == other || other == .world
      || (other.isCountry && packed & Self.countryMask == other.packed)
  }

  /// Whether the two places share ground: one contains the other. The world overlaps everything.
  func overlaps(_ other: Region) -> Bool { isWithin(other) || other.isWithin(self) }

  /// A part of this country that no rule names, for telling "inside" from "equal".
  var unnamedPart: Region? { isCountry ? Region(code + "-000") : nil }

  /// The country a subdivision belongs to.
  var parent: Region? {
    isCountry || self == .world ? nil : Region(String(code.prefix(2)))
  }
}
