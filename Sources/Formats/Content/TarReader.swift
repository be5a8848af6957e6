// The members of a tar archive: of one that lies in memory, or of one that streams by.
//
// Names of GNU and pax headers are followed. What a header claims beyond the end is looked at as
// far as it is there, and the archive is said to break off.

import Base

/// Follows an archive that comes piece by piece.
struct TarReader {
  struct Member {
    enum Kind: Equatable { case file, link(ByteName), tooLarge, other(UInt8) }
    let name: ByteName
    let kind: Kind
  }

  typealias Visit = (Member, RawSpan) throws(ContentStop) -> Void

  /// A long name has at most so many bytes.
  private static let nameBytesMax = 1 << 20

  private var block: [UInt8] = []
  private var header: TarHeader?
  private var body: [UInt8] = []
  /// Of the member's data, and behind it.
  private var remaining = 0
  private var padding = 0
  private var names = Names()
  private var isAtEnd = false

  mutating func feed(_ piece: RawSpan, _ visit: Visit) throws(ContentStop) {
    var place = 0
    while place < piece.byteCount, !isAtEnd {
      let available = piece.byteCount - place
      if remaining > 0 {
        let count = min(remaining, available)
        if let header, header.isHeld { body += piece.copy(from: place, atMost: count) }
        remaining -= count
        place += count
        if remaining == 0 { try deliver(visit) }
      } else if padding > 0 {
        let count = min(padding, available)
        padding -= count
        place += count
      } else {
        let taken = piece.copy(from: place, atMost: TarHeader.blockBytes - block.count)
        block += taken
        place += taken.count
        if block.count == TarHeader.blockBytes { try begin(visit) }
      }
    }
  }

  /// Throws if the archive broke off.
  func finish() throws(ContentStop) {
    guard isAtEnd || (remaining == 0 && block.isEmpty) else {
      throw .damaged("the tar archive breaks off")
    }
  }

  private mutating func begin(_ visit: Visit) throws(ContentStop) {
    let block = self.block
    self.block = []
    guard let header = try Self.header(block) else {
      isAtEnd = true
      return
    }
    guard let count = header.byteCount, let padded = header.paddedByteCount else {
      throw .damaged("a member of the tar archive has a size that is no number")
    }
    self.header = header
    remaining = header.hasData ? count : 0
    padding = header.hasData ? padded - count : 0
    if remaining == 0 { try deliver(visit) }
  }

  private mutating func deliver(_ visit: Visit) throws(ContentStop) {
    guard let header else { return }
    let data = body
    body = []
    self.header = nil
    guard let member = names.member(header, unsafe data.span.bytes) else { return }
    try unsafe visit(member, data.span.bytes)
  }

  /// Nil at the block of zeros that ends an archive.
  private static func header(_ block: [UInt8]) throws(ContentStop) -> TarHeader? {
    if let header = TarHeader(block) { return header }
    guard block.allSatisfy({ $0 == 0 }) else {
      throw .damaged("a header of the tar archive is damaged")
    }
    return nil
  }

  /// Follows an archive that is in memory.
  static func read(_ bytes: RawSpan, _ visit: Visit) throws(ContentStop) {
    var place = 0
    var names = Names()
    while place < bytes.byteCount {
      guard bytes.byteCount - place >= TarHeader.blockBytes else {
        throw .damaged("the tar archive breaks off")
      }
      guard let header = try header(bytes.copy(from: place, atMost: TarHeader.blockBytes)) else {
        return
      }
      place += TarHeader.blockBytes
      guard let count = header.byteCount, let padded = header.paddedByteCount else {
        throw .damaged("a member of the tar archive has a size that is no number")
      }
      guard header.hasData else {
        if let member = names.member(header, bytes.extracting(place..<place)) {
          try visit(member, bytes.extracting(place..<place))
        }
        continue
      }
      let end = place + min(count, bytes.byteCount - place)
      let data = bytes.extracting(place..<end)
      if let member = names.member(header, data) { try visit(member, data) }
      guard end - place == count else {
        throw .damaged("member \(header.name.quoted) claims more bytes than the archive has")
      }
      place += min(padded, bytes.byteCount - place)
    }
  }

  /// The long names that stand in front of a member.
  private struct Names {
    private var next: ByteName?

    /// Nil for a header that only says something of the next.
    mutating func member(_ header: TarHeader, _ data: RawSpan) -> Member? {
      switch header.kind {
      case .longName:
        next = ByteName(bytes: data.copy(atMost: nameBytesMax).prefix { $0 != 0 })
        return nil
      case .extended:
        next = TarHeader.extendedPath(data.copy(atMost: nameBytesMax)) ?? next
        return nil
      case .other(let type) where type == UInt8(ascii: "g") || type == UInt8(ascii: "K"):
        return nil
      case .directory:
        next = nil
        return nil
      case .file:
        let isWhole = data.byteCount == header.byteCount || !header.isTooLarge
        return Member(name: take(header), kind: isWhole ? .file : .tooLarge)
      case .link(let target): return Member(name: take(header), kind: .link(target))
      case .other(let type): return Member(name: take(header), kind: .other(type))
      }
    }

    private mutating func take(_ header: TarHeader) -> ByteName {
      defer { next = nil }
      return next ?? header.name
    }
  }
}

extension TarHeader {
  /// Whether bytes follow the header.
  fileprivate var hasData: Bool {
    switch kind {
    case .directory, .link: false
    default: true
    }
  }

  /// Whether the data is more than what is held in memory.
  fileprivate var isTooLarge: Bool { (byteCount ?? .max) > ContentLimits.heldBytesMax }

  /// Whether a stream keeps the data for a look.
  fileprivate var isHeld: Bool { !isTooLarge }
}
