// One header block of a tar archive: ustar, GNU and pax, and the form of before.
//
// Format: POSIX.1-1988 and -2001 (pax), GNU tar. Numbers are octal text, or binary where the first
// bit is set. The checksum of the block tells a header from other bytes.

import Base

/// What a header says of a member.
struct TarHeader: Equatable {
  static let blockBytes = 512

  enum Kind: Equatable { case file, directory, link(ByteName), longName, extended, other(UInt8) }

  let name: ByteName
  /// Nil if it is no number, or negative.
  let byteCount: Int?
  let kind: Kind

  /// How many bytes stand between this header and the next; nil if that is no number.
  var paddedByteCount: Int? {
    byteCount.flatMap { count in
      let (sum, overflow) = count.addingReportingOverflow(Self.blockBytes - 1)
      return overflow ? nil : sum / Self.blockBytes * Self.blockBytes
    }
  }

  /// Whether the bytes begin with a header.
  static func isLikely(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= blockBytes, bytes.byte(0) != 0 else { return false }
    return TarHeader(bytes.copy(atMost: blockBytes)) != nil
  }

  /// Nil if the block is no header, also where it is empty: that ends an archive.
  init?(_ block: [UInt8]) {
    guard block.count == Self.blockBytes, let stated = Self.number(block[148..<156]),
      stated == Self.checksum(block)
    else { return nil }
    byteCount = Self.number(block[124..<136])
    var name = Self.text(block[0..<100])
    if block[257..<262].elementsEqual("ustar".utf8), block[262] == 0 {
      let prefix = Self.text(block[345..<500])
      if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
    }
    guard !name.isEmpty else { return nil }
    self.name = ByteName(bytes: name)
    kind =
      switch block[156] {
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
        name.last == UInt8(ascii: "/") ? .directory : .file
      case UInt8(ascii: "1"), UInt8(ascii: "2"): .link(ByteName(bytes: Self.text(block[157..<257])))
      case UInt8(ascii: "5"): .directory
      case UInt8(ascii: "L"): .longName
      case UInt8(ascii: "x"): .extended
      default: .other(block[156])
      }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      guard first == 0x80 else { return nil }
      var value = 0
      for byte in field.dropFirst() {
        guard value < 1 << 54 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    if digits.isEmpty { return field.allSatisfy { $0 == 0 || $0 == 0x20 } ? 0 : nil }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  private static func checksum(_ block: [UInt8]) -> Int {
    block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
  }

  /// The path that an extended header gives the next member; nil if it gives none.
  static func extendedPath(_ records: [UInt8]) -> ByteName? {
    var rest = records[...]
    var path: ByteName?
    while let space = rest.firstIndex(of: 0x20),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
      length > space - rest.startIndex + 1, length <= rest.count
    {
      let record = rest[(space + 1)..<(rest.startIndex + length)]
      if record.starts(with: "path=".utf8), record.last == 0x0A {
        path = ByteName(bytes: record.dropFirst(5).dropLast())
      }
      rest = rest.dropFirst(length)
    }
    return path
  }
}
