// The members of a ZIP archive as common readers see them: by the central directory.
//
// `ZipArchive` refuses whatever two readers could see differently, as weights need it. Here an
// archive of anybody's is listed instead: folders, comments and any flags are fine, and what cannot
// be trusted or unpacked is a problem of its member, so that it is named and nothing is hidden.

import Base

struct ZipListing {
  enum Method: Equatable { case stored, deflated, other(Int) }

  struct Item {
    let name: ByteName
    let method: Method
    let dataOffset: Int
    let storedByteCount: Int
    /// As the archive claims.
    let byteCount: Int
    /// Why the member is not looked at.
    let problem: String?

    var isDirectory: Bool { name.hasSuffix("/") && storedByteCount == 0 }
  }

  private(set) var items: [Item] = []
  /// What readers would see differently.
  private(set) var oddities: [String] = []
  /// Whether there are more members than are listed.
  let isCut: Bool

  /// Nil if there is no readable list of members.
  init?(_ bytes: RawSpan) {
    guard let end = try? EndOfArchive(bytes, anyTail: true) else { return nil }
    // In front of an archive other bytes may stand, which its offsets do not know of.
    let shift =
      Self.isEntry(bytes, at: end.start) || end.memberCount == 0 ? 0 : end.record - end.end
    guard shift >= 0 else { return nil }
    var cursor = Cursor(offset: end.start + shift)
    let count = min(end.memberCount, ContentLimits.membersMax)
    isCut = count < end.memberCount
    var names: Set<ByteName> = []
    for _ in 0..<count {
      guard let entry = try? ZipEntry(central: &cursor, bytes), entry.hasSignature else {
        return nil
      }
      if !names.insert(entry.name).inserted, oddities.count < 8 {
        oddities.append("two members are called \(entry.name.quoted)")
      }
      items.append(Self.item(entry, shift, bytes))
    }
  }

  /// Whether an archive with members stands at the end of bytes that begin as something else.
  static func isAppended(to bytes: RawSpan) -> Bool {
    guard !bytes.has([0x50, 0x4B, 0x03, 0x04]), let end = try? EndOfArchive(bytes, anyTail: true),
      end.memberCount > 0
    else { return false }
    return isEntry(bytes, at: end.start) || isEntry(bytes, at: end.record - (end.end - end.start))
  }

  private static func isEntry(_ bytes: RawSpan, at place: Int) -> Bool {
    bytes.has([0x50, 0x4B, 0x01, 0x02], at: place)
  }

  private static func item(_ entry: ZipEntry, _ shift: Int, _ bytes: RawSpan) -> Item {
    func refused(_ problem: String) -> Item {
      Item(
        name: entry.name, method: .stored, dataOffset: 0, storedByteCount: 0,
        byteCount: 0, problem: problem)
    }
    guard entry.flags & 0x2041 == 0 else { return refused("the member is encrypted") }
    guard let offset = Int(exactly: entry.headerOffset), offset <= bytes.byteCount - shift,
      let stored = Int(exactly: entry.storedBytes), let size = Int(exactly: entry.bytes)
    else { return refused("the member lies outside of the archive") }
    var cursor = Cursor(offset: offset + shift)
    guard let local = try? ZipEntry(local: &cursor, bytes), local.hasSignature,
      stored <= cursor.remaining(bytes)
    else { return refused("the member lies outside of the archive") }
    guard local.name == entry.name, local.method == entry.method else {
      return refused("the archive calls the member different names in two places")
    }
    let method: Method =
      entry.method == 0 ? .stored : entry.method == 8 ? .deflated : .other(Int(entry.method))
    guard method != .stored || stored == size else {
      return refused("the archive states two sizes of a member that is not compressed")
    }
    return Item(
      name: entry.name, method: method, dataOffset: cursor.offset, storedByteCount: stored,
      byteCount: size, problem: nil)
  }
}

/// Names of members that unpack to places outside of the archive's own folder.
enum ArchivePath {
  static func leaves(_ name: ByteName) -> Bool {
    guard let first = name.bytes.first else { return false }
    if first == UInt8(ascii: "/") || first == UInt8(ascii: "\\") { return true }
    if name.bytes.count > 1, name.bytes[1] == UInt8(ascii: ":") { return true }
    return name.bytes.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
      .contains { $0.elementsEqual("..".utf8) }
  }
}
