// The rules of one time zone, read from a TZif file (RFC 8536): which offset holds at an instant,
// and where it changes.
//
//     "TZif" version 15×0  six counts  32-bit block   (skipped: it ends in 2038)
//     "TZif" version 15×0  six counts  64-bit block:
//        times 8×timecnt | types 1×timecnt | (offset i32, dst u8, name u8)×typecnt | names
//        | leap seconds 12×leapcnt | isstd | isut
//     "\n" POSIX TZ text "\n"          (the rule after the last change; `TimeZoneFooter`)
//
// Promises: reading is total; instants beyond the table follow the footer. Does not: know names of
// offsets, or leap seconds (the zone files in use have none).

import Base

/// Why bytes are not the rules of a zone.
public struct TimeZoneError: Error, Equatable, Sendable {
  public let reason: String
}

/// Offsets from UTC over all time.
public struct TimeZoneRules: Equatable, Sendable {
  /// One change of offset: from `at` on, `after` holds.
  public struct Change: Equatable, Sendable {
    public let at: Int64
    /// Seconds east of UTC.
    public let before: Int
    public let after: Int
  }

  private let table: [Change]
  private let firstOffset: Int
  private let footer: TimeZoneFooter?

  /// UTC itself, which needs no file.
  public static let utc = TimeZoneRules(table: [], firstOffset: 0, footer: nil)

  private init(table: [Change], firstOffset: Int, footer: TimeZoneFooter?) {
    self.table = table
    self.firstOffset = firstOffset
    self.footer = footer
  }

  /// The offset in force at `seconds` since 1970.
  public func offset(at seconds: Int64) -> Int {
    // A year before is enough to pass the last change of any yearly rule.
    let recent = changes(from: seconds - 400 * 86_400, through: seconds)
    if let last = recent.last { return last.after }
    if let next = table.first(where: { $0.at > seconds }) { return next.before }
    return footer?.standardOffset ?? table.last?.after ?? firstOffset
  }

  /// The changes at instants in `from...through`, in order.
  public func changes(from: Int64, through: Int64) -> [Change] {
    var found: [Change] = []
    // First entry at or after `from`, by halving.
    var low = 0
    var high = table.count
    while low < high {
      let middle = (low + high) / 2
      if table[middle].at < from { low = middle + 1 } else { high = middle }
    }
    while low < table.count, table[low].at <= through {
      found.append(table[low])
      low += 1
    }
    guard let footer, through > (table.last?.at ?? .min) else { return found }
    let start = table.last.map { max(from, $0.at + 1) } ?? from
    return found + footer.changes(from: start, through: through)
  }
}

// MARK: Reading

extension TimeZoneRules {
  /// Zone files are a few kilobytes; the longest table in use has about 250 changes.
  static let byteCountMax = 1 << 20
  private static let headerBytes = 44

  private struct Header {
    let version: UInt8
    let isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt: Int

    /// Bytes of the data block that follows, with times of `width` bytes.
    func blockBytes(width: Int) -> Int {
      timecnt * (width + 1) + typecnt * 6 + charcnt + leapcnt * (width + 4) + isstdcnt + isutcnt
    }
  }

  /// Reads a TZif file of version 2 or later.
  public init(reading bytes: [UInt8]) throws(TimeZoneError) {
    guard bytes.count <= Self.byteCountMax else { throw TimeZoneError(reason: "it is too large") }
    let first = try Self.header(bytes, at: 0)
    guard first.version >= UInt8(ascii: "2") else {
      throw TimeZoneError(reason: "it has no 64-bit times (TZif version 1)")
    }
    let start = Self.headerBytes + first.blockBytes(width: 4)
    let header = try Self.header(bytes, at: start)
    let block = start + Self.headerBytes
    let end = block + header.blockBytes(width: 8)
    guard end <= bytes.count else { throw TimeZoneError(reason: "it is cut short") }
    guard header.typecnt > 0 else { throw TimeZoneError(reason: "it has no offset") }
    guard header.leapcnt == 0 else { throw TimeZoneError(reason: "it counts leap seconds") }

    let offsets = try Self.offsets(bytes, at: block + header.timecnt * 9, count: header.typecnt)
    var changes: [Change] = []
    var before = offsets[0]
    for index in 0..<header.timecnt {
      let at = Int64(bitPattern: Self.bigEndian(bytes, block + index * 8, 8))
      let type = Int(bytes[block + header.timecnt * 8 + index])
      guard type < offsets.count else { throw TimeZoneError(reason: "a change has no offset") }
      guard changes.last.map({ $0.at < at }) ?? true else {
        throw TimeZoneError(reason: "its changes are not in order")
      }
      changes.append(Change(at: at, before: before, after: offsets[type]))
      before = offsets[type]
    }
    let rule = try TimeZoneFooter(reading: bytes[end...])
    self.init(table: changes, firstOffset: offsets[0], footer: rule)
  }

  private static func header(_ bytes: [UInt8], at offset: Int) throws(TimeZoneError) -> Header {
    guard offset <= bytes.count - headerBytes,
      bytes[offset..<(offset + 4)].elementsEqual("TZif".utf8)
    else { throw TimeZoneError(reason: "it is no TZif file") }
    let counts = (0..<6).map { Int(bigEndian(bytes, offset + 20 + 4 * $0, 4)) }
    guard counts.allSatisfy({ $0 <= byteCountMax }) else {
      throw TimeZoneError(reason: "a count in its header is too large")
    }
    return Header(
      version: bytes[offset + 4], isutcnt: counts[0], isstdcnt: counts[1], leapcnt: counts[2],
      timecnt: counts[3], typecnt: counts[4], charcnt: counts[5])
  }

  private static func offsets(
    _ bytes: [UInt8], at start: Int, count: Int
  ) throws(TimeZoneError) -> [Int] {
    var offsets: [Int] = []
    for index in 0..<count {
      let raw = UInt32(truncatingIfNeeded: bigEndian(bytes, start + 6 * index, 4))
      let offset = Int(Int32(bitPattern: raw))
      guard abs(offset) <= 26 * 3600 else {
        throw TimeZoneError(reason: "an offset exceeds 26 hours")
      }
      offsets.append(offset)
    }
    return offsets
  }

  /// The caller has checked that `count` bytes are there.
  private static func bigEndian(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
