// ZIP archives, as strictly as model files allow: what two readers could see differently is
// refused.
//
// Format: APPNOTE 6.3.10, with ZIP64. Checked: the file begins with a member and ends with the end
// record; central directory and local headers agree in name, flags, method, sizes and CRC; no
// encryption, no name twice, no name that leaves the folder, no overlap; a member is stored or
// deflated and does not claim to grow by more than deflate can.
// CRCs are checked by whoever reads a member (`verify`).

import Base

struct ZipArchive: Sendable {
  struct Member: Sendable {
    let name: ByteName
    let isDeflated: Bool
    let crc: UInt32
    /// Where the member's data starts in the file.
    let dataOffset: Int
    let storedByteCount: Int
    let byteCount: Int
    /// Whether the archive states no CRC for it: torch can leave them out, and writes 0.
    var isUnchecked = false

    var place: String { "member \(name.quoted)" }
  }

  let members: [Member]

  static let membersMax = 1 << 20

  /// An archive of members that were read.
  init(_ members: [Member]) { self.members = members }

  /// Deflate makes at most 1032 bytes of one; 64 allow for the ends of tiny streams.
  static let growthMax = 1032

  static func isLikely(_ file: MappedFile) -> Bool {
    file.bytes(at: 0, count: 4) == [0x50, 0x4B, 0x03, 0x04]
  }

  init(_ file: MappedFile) throws(Problem) {
    members = try file.withBytes { (bytes) throws(Problem) in
      let directory = try EndOfArchive(bytes)
      let members = try Self.central(directory, bytes)
      try Self.checkPlaces(members, end: directory.start)
      return members.map(\.member)
    }
  }

  func member(_ name: ByteName) -> Member? { members.first { $0.name == name } }

  /// Whether the bytes end like an archive, wherever it begins.
  static func endsLikeArchive(_ file: MappedFile) -> Bool {
    file.withBytes { bytes in (try? EndOfArchive(bytes, anyTail: true)) != nil }
  }

  /// Checks a compressed member that holds tensors: its bytes, and that it may be inflated whole.
  static func checkCompressed(
    _ member: Member, _ file: MappedFile, run: Run, sink: (RawSpan) -> Void = { _ in }
  ) throws(Problem) {
    guard member.byteCount <= TensorLayout.Compression.inflatedBytesMax else {
      throw malformed(
        "zip_member", member.place,
        "it inflates to \(member.byteCount) bytes; at most "
          + "\(TensorLayout.Compression.inflatedBytesMax) are read from one compressed member",
        remedy: "save the tensors without compression")
    }
    try verify(member, file, run: run, sink: sink)
  }

  // MARK: Central directory

  /// A member and the bytes it takes with its local header.
  private struct Placed {
    let member: Member
    let start: Int
    var end: Int { member.dataOffset + member.storedByteCount }
  }

  private static func central(
    _ directory: EndOfArchive, _ bytes: RawSpan
  ) throws(Problem) -> [Placed] {
    var cursor = Cursor(offset: directory.start)
    var placed: [Placed] = []
    var names: Set<ByteName> = []
    for index in 0..<directory.memberCount {
      let entry: ZipEntry
      do throws(Truncated) { entry = try ZipEntry(central: &cursor, bytes) } catch {
        throw malformed("zip_directory", "member \(index)", "the central directory ends in it")
      }
      let place = "member \(entry.name.quoted)"
      guard entry.hasSignature else {
        throw malformed("zip_directory", place, "its entry in the central directory is damaged")
      }
      guard isSafeName(entry.name) else {
        throw malformed("zip_name", place, nameFault(entry.name))
      }
      guard names.insert(entry.name).inserted else {
        throw malformed(
          "zip_name", place, "two members have this name; readers differ on which wins")
      }
      placed.append(try locate(entry, place, bytes))
    }
    guard cursor.offset == directory.end else {
      throw malformed("zip_directory", "central directory", "it is not as long as it claims")
    }
    return placed
  }

  /// Follows an entry to its local header and compares the two.
  private static func locate(
    _ entry: ZipEntry, _ place: String, _ bytes: RawSpan
  ) throws(Problem) -> Placed {
    guard let start = Int(exactly: entry.headerOffset), start <= bytes.byteCount else {
      throw malformed("zip_member", place, "its local header lies outside of the file")
    }
    var cursor = Cursor(offset: start)
    let local: ZipEntry
    do throws(Truncated) { local = try ZipEntry(local: &cursor, bytes) } catch {
      throw malformed("zip_member", place, "the file ends in its local header")
    }
    guard local.hasSignature, local.name == entry.name else {
      throw malformed(
        "zip_member", place,
        "its local header is of another member (\(local.name.quoted)); readers would differ")
    }
    guard local.flags == entry.flags, local.method == entry.method else {
      throw malformed("zip_member", place, "local header and central directory differ in flags")
    }
    guard entry.flags & ~ZipEntry.harmlessFlags == 0, entry.method == 0 || entry.method == 8 else {
      throw malformed(
        "zip_member", place,
        "it is encrypted, or packed in a way that is neither stored nor deflate")
    }
    guard local.sizesAgree(with: entry) else {
      throw malformed(
        "zip_member", place, "local header and central directory differ in size or CRC")
    }
    guard let stored = Int(exactly: entry.storedBytes), let size = Int(exactly: entry.bytes),
      stored <= cursor.remaining(bytes)
    else { throw malformed("zip_member", place, "its data reaches beyond the end of the file") }
    let isDeflated = entry.method == 8
    let (most, overflow) = stored.multipliedReportingOverflow(by: growthMax)
    guard isDeflated ? (overflow || size - 64 <= most) : size == stored else {
      throw malformed(
        "zip_member", place, "it claims \(size) bytes from \(stored), more than deflate can make")
    }
    return Placed(
      member: Member(
        name: entry.name, isDeflated: isDeflated, crc: entry.crc, dataOffset: cursor.offset,
        storedByteCount: stored, byteCount: size),
      start: start)
  }

  private static func checkPlaces(_ placed: [Placed], end: Int) throws(Problem) {
    var next = 0
    for item in placed.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      if next == 0, item.start != 0 {
        throw malformed(
          "zip_prefix", "byte 0",
          "\(item.start) bytes stand in front of the archive; others may read them as a file"
        )
      }
      guard item.start >= next else {
        throw malformed("zip_overlap", item.member.place, "it shares bytes with another member")
      }
      next = item.end
    }
    guard next <= end else {
      throw malformed("zip_overlap", "central directory", "it shares bytes with a member")
    }
  }

  /// What is wrong with a name that is not safe.
  private static func nameFault(_ name: ByteName) -> String {
    if String(validating: name.bytes, as: UTF8.self) == nil { return "the name is not UTF-8" }
    if name.bytes.contains(UInt8(ascii: "\\")) {
      return "the name has a backslash, which some readers take for a folder"
    }
    return "the name is empty, leaves the archive's folder or has control characters"
  }

  /// Relative, without "..", backslash, drive letter or control characters.
  private static func isSafeName(_ name: ByteName) -> Bool {
    guard String(validating: name.bytes, as: UTF8.self) != nil, !name.bytes.isEmpty else {
      return false
    }
    let parts = name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual("..".utf8) }
      && !name.bytes.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
      && !(name.bytes.count > 1 && name.bytes[1] == UInt8(ascii: ":"))
  }
}

// MARK: Reading members

extension ZipArchive {
  /// The bytes of a small member, checked against its CRC.
  static func read(
    _ member: Member, _ file: MappedFile, limitBytes: Int
  ) throws(Problem) -> [UInt8] {
    guard member.byteCount <= limitBytes else {
      throw malformed(
        "zip_member", member.place, "\(member.byteCount) bytes exceed the limit of \(limitBytes)")
    }
    var result: [UInt8] = []
    try verify(member, file, run: Run()) { piece in
      unsafe piece.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
    }
    return result
  }

  /// How much is read between two questions whether the run is still wanted.
  private static let pieceBytes = 16 << 20

  /// Reads a member to its end and compares size and CRC; `sink` sees the inflated bytes.
  static func verify(
    _ member: Member, _ file: MappedFile, run: Run, sink: (RawSpan) -> Void = { _ in }
  ) throws(Problem) {
    var crc = CRC32()
    func take(_ piece: RawSpan) throws(Problem) {
      try run.check()
      crc.update(piece)
      sink(piece)
    }
    let isWhole = file.withBytes { bytes in
      let stored = bytes.extracting(
        member.dataOffset..<member.dataOffset + member.storedByteCount)
      guard !member.isDeflated else {
        let count = try? Inflate.run(stored, limit: member.byteCount, sink: take)
        return count == member.byteCount
      }
      for start in stride(from: 0, to: stored.byteCount, by: pieceBytes) {
        let end = min(stored.byteCount, start + pieceBytes)
        guard (try? take(stored.extracting(start..<end))) != nil else { return false }
      }
      return true
    }
    try run.check()
    guard isWhole else {
      throw malformed("zip_deflate", member.place, "its compressed data is damaged")
    }
    guard member.isUnchecked || crc.value == member.crc else {
      throw malformed(
        "zip_crc", member.place, "its bytes do not have the CRC that the archive states")
    }
  }
}
