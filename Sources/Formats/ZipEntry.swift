// The records of a ZIP archive: end of archive, central entries, local headers (APPNOTE 4.3).

import Base

/// Where the central directory lies, from the record at the very end of the file.
struct EndOfArchive {
  let start: Int
  let end: Int
  let memberCount: Int
  /// Where the record begins that says so.
  let record: Int

  private static let byteCount = 22
  private static let locatorByteCount = 20

  /// With `anyTail`, only asks whether there is such a record near the end.
  init(_ bytes: RawSpan, anyTail: Bool = false) throws(Problem) {
    guard let place = Self.find(bytes) else {
      throw malformed("zip_end", "end of file", "the end record of the archive is missing")
    }
    guard anyTail || place + Self.byteCount == bytes.byteCount else {
      throw malformed(
        "zip_tail", "byte \(place + Self.byteCount)", "bytes stand behind the end of the archive")
    }
    let comment = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place + 20, as: UInt16.self)
    guard anyTail || comment == 0 else {
      throw malformed(
        "zip_tail", "byte \(place + 20)", "a comment is announced that is not there")
    }
    do throws(Truncated) { self = try Self(at: place, bytes) } catch {
      throw malformed("zip_end", "byte \(place)", "the end record of the archive is cut off")
    }
    guard start >= 0, start <= end, end <= place,
      memberCount <= min(ZipArchive.membersMax, (end - start) / ZipEntry.centralBytesMin)
    else {
      throw malformed(
        "zip_end", "byte \(place)", "the central directory it names does not lie in front of it")
    }
  }

  /// The last place where the signature stands and a comment could reach to the end of the file.
  private static func find(_ bytes: RawSpan) -> Int? {
    guard bytes.byteCount >= byteCount else { return nil }
    let last = bytes.byteCount - byteCount
    for place in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian
      == 0x0605_4B50
    {
      return place
    }
    return nil
  }

  private init(at place: Int, _ bytes: RawSpan) throws(Truncated) {
    var cursor = Cursor(offset: place + 4)
    let disk = try cursor.u16(bytes)
    let directoryDisk = try cursor.u16(bytes)
    let countHere = try cursor.u16(bytes)
    let count = try cursor.u16(bytes)
    let size = try cursor.u32(bytes)
    let offset = try cursor.u32(bytes)
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      if let large = try Self.large(before: place, bytes) {
        self = large
        return
      }
    }
    start = Int(offset)
    end = Int(offset) + Int(size)
    // An archive in several parts cannot be read; -1 fails the check of the caller.
    memberCount = disk == 0 && directoryDisk == 0 && countHere == count ? Int(count) : Int.max
    record = place
  }

  private init(start: Int, end: Int, memberCount: Int, record: Int) {
    self.start = start
    self.end = end
    self.memberCount = memberCount
    self.record = record
  }

  /// The ZIP64 record that a locator in front of the end record points to.
  private static func large(before place: Int, _ bytes: RawSpan) throws(Truncated) -> EndOfArchive?
  {
    guard place >= locatorByteCount else { return nil }
    var cursor = Cursor(offset: place - locatorByteCount)
    guard try cursor.u32(bytes) == 0x0706_4B50 else { return nil }
    try cursor.skip(4, bytes)
    guard let record = Int(exactly: try cursor.u64(bytes)), record <= place - locatorByteCount
    else {
      return nil
    }
    cursor = Cursor(offset: record)
    guard try cursor.u32(bytes) == 0x0606_4B50 else { return nil }
    try cursor.skip(28, bytes)
    guard let count = Int(exactly: try cursor.u64(bytes)),
      let size = Int(exactly: try cursor.u64(bytes)),
      let offset = Int(exactly: try cursor.u64(bytes)), offset <= record, size <= record - offset
    else { return nil }
    return EndOfArchive(
      start: offset, end: offset + size, memberCount: count, record: record)
  }
}

/// What the central directory or a local header says of one member.
struct ZipEntry {
  let hasSignature: Bool
  let flags: UInt16
  let method: UInt16
  let crc: UInt32
  private(set) var storedBytes: UInt64
  private(set) var bytes: UInt64
  private(set) var headerOffset: UInt64 = 0
  let name: ByteName

  static let centralBytesMin = 46
  /// Compression hints, "sizes follow the data", "names are UTF-8".
  static let harmlessFlags: UInt16 = 0x080E

  private var sizesFollowData: Bool { flags & 0x0008 != 0 }

  init(central cursor: inout Cursor, _ raw: RawSpan) throws(Truncated) {
    hasSignature = try cursor.u32(raw) == 0x0201_4B50
    try cursor.skip(4, raw)
    flags = try cursor.u16(raw)
    method = try cursor.u16(raw)
    try cursor.skip(4, raw)
    crc = try cursor.u32(raw)
    storedBytes = UInt64(try cursor.u32(raw))
    bytes = UInt64(try cursor.u32(raw))
    let nameCount = Int(try cursor.u16(raw))
    let extraCount = Int(try cursor.u16(raw))
    let commentCount = Int(try cursor.u16(raw))
    try cursor.skip(8, raw)
    headerOffset = UInt64(try cursor.u32(raw))
    name = ByteName(bytes: try cursor.bytes(nameCount, raw))
    try readExtra(extraCount, &cursor, raw)
    try cursor.skip(commentCount, raw)
  }

  init(local cursor: inout Cursor, _ raw: RawSpan) throws(Truncated) {
    hasSignature = try cursor.u32(raw) == 0x0403_4B50
    try cursor.skip(2, raw)
    flags = try cursor.u16(raw)
    method = try cursor.u16(raw)
    try cursor.skip(4, raw)
    crc = try cursor.u32(raw)
    storedBytes = UInt64(try cursor.u32(raw))
    bytes = UInt64(try cursor.u32(raw))
    let nameCount = Int(try cursor.u16(raw))
    let extraCount = Int(try cursor.u16(raw))
    name = ByteName(bytes: try cursor.bytes(nameCount, raw))
    try readExtra(extraCount, &cursor, raw)
  }

  /// ZIP64 sizes, in the order of the fields they replace.
  private mutating func readExtra(
    _ count: Int, _ cursor: inout Cursor, _ raw: RawSpan
  ) throws(Truncated) {
    let extra = try cursor.bytes(count, raw)
    let span = unsafe extra.span.bytes
    var inner = Cursor()
    while inner.remaining(span) >= 4 {
      let id = try inner.u16(span)
      let size = Int(try inner.u16(span))
      guard inner.remaining(span) >= size else { return }
      let next = inner.offset + size
      if id == 0x0001 {
        if bytes == 0xFFFF_FFFF, next - inner.offset >= 8 { bytes = try inner.u64(span) }
        if storedBytes == 0xFFFF_FFFF, next - inner.offset >= 8 {
          storedBytes = try inner.u64(span)
        }
        if headerOffset == 0xFFFF_FFFF, next - inner.offset >= 8 {
          headerOffset = try inner.u64(span)
        }
      }
      inner = Cursor(offset: next)
    }
  }

  /// A local header may leave sizes and CRC to a record behind the data, but not contradict.
  func sizesAgree(with central: ZipEntry) -> Bool {
    if crc == central.crc, storedBytes == central.storedBytes, bytes == central.bytes {
      return true
    }
    return sizesFollowData
      && (crc == 0 || crc == central.crc)
      && (storedBytes == 0 || storedBytes == central.storedBytes || storedBytes == 0xFFFF_FFFF)
      && (bytes == 0 || bytes == central.bytes || bytes == 0xFFFF_FFFF)
  }
}
