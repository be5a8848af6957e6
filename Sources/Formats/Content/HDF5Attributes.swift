// The attributes of an HDF5 file's root group that are texts.
//
// Format: HDF5 File Format Specification 3.0, https://docs.hdfgroup.org/hdf5/v1_14/_f_m_t3.html:
// superblock 0 to 3, object headers 1 and 2 with continuations, attribute messages 1 to 3, texts
// of fixed length and those in the global heap.
//
// Promises: total; every address, length and count is checked, messages and bytes are bounded.
// Does not: read attributes that lie in a fractal heap or are shared; `isWhole` says so.

import Base

struct HDF5Attributes {
  struct Attribute: Equatable {
    let name: [UInt8]
    let value: [UInt8]
  }

  private(set) var attributes: [Attribute] = []
  /// Whether every attribute of the root group was looked at.
  private(set) var isWhole = true

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let messagesMax = 100_000
  private static let chunksMax = 1000
  private static let valueBytesMax = 64 << 20

  /// Where the superblock begins: at the start, or behind a block of the user's.
  static func start(_ bytes: RawSpan) -> Int? {
    var place = 0
    while place <= bytes.byteCount - 8 {
      if read(8, at: place, bytes)?.elementsEqual(signature) == true { return place }
      place = place == 0 ? 512 : place * 2
      guard place <= 1 << 40 else { return nil }
    }
    return nil
  }

  /// Nil if this is no HDF5 file.
  init?(_ bytes: RawSpan) {
    guard let start = Self.start(bytes) else { return nil }
    guard let layout = HDF5Layout(superblock: start, bytes),
      let chunks = chunks(of: layout, bytes)
    else {
      isWhole = false
      return
    }
    for chunk in chunks { read(chunk, layout, bytes) }
  }

  private static func read(_ count: Int, at offset: Int, _ bytes: RawSpan) -> [UInt8]? {
    guard offset >= 0 else { return nil }
    var cursor = Cursor(offset: offset)
    return try? cursor.bytes(count, bytes)
  }

  // MARK: Object headers

  /// A stretch of messages.
  private struct Chunk {
    let range: Range<Int>
    let isVersion2: Bool
    /// Whether messages carry the order in which they were made.
    var hasOrder = false
  }

  private mutating func chunks(of layout: HDF5Layout, _ bytes: RawSpan) -> [Chunk]? {
    guard let first = Self.firstChunk(layout, bytes) else { return nil }
    var chunks = [first]
    var index = 0
    while index < chunks.count {
      let chunk = chunks[index]
      index += 1
      for (type, range) in messages(chunk, bytes) where type == 0x10 {
        var cursor = Cursor(offset: range.lowerBound)
        // Version 2 marks a chunk with a signature and ends it with a checksum.
        let trim = chunk.isVersion2 ? 4 : 0
        guard let offset = layout.address(&cursor, bytes),
          let length = layout.length(&cursor, bytes), length <= bytes.byteCount - offset,
          length >= 2 * trim, chunks.count < Self.chunksMax
        else {
          isWhole = false
          continue
        }
        chunks.append(
          Chunk(
            range: offset + trim..<offset + length - trim, isVersion2: chunk.isVersion2,
            hasOrder: chunk.hasOrder))
      }
    }
    return chunks
  }

  private static func firstChunk(_ layout: HDF5Layout, _ bytes: RawSpan) -> Chunk? {
    let start = layout.rootHeader
    var cursor = Cursor(offset: start)
    if read(4, at: start, bytes)?.elementsEqual("OHDR".utf8) == true {
      guard (try? cursor.skip(4, bytes)) != nil, (try? cursor.u8(bytes)) == 2,
        let flags = try? cursor.u8(bytes)
      else { return nil }
      let skipped = (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
      guard (try? cursor.skip(skipped, bytes)) != nil,
        let size = HDF5Layout.number(1 << Int(flags & 3), &cursor, bytes),
        size <= bytes.byteCount - cursor.offset
      else { return nil }
      return Chunk(
        range: cursor.offset..<cursor.offset + size, isVersion2: true, hasOrder: flags & 4 != 0)
    }
    guard (try? cursor.u8(bytes)) == 1, (try? cursor.skip(7, bytes)) != nil,
      let size = HDF5Layout.number(4, &cursor, bytes), (try? cursor.skip(4, bytes)) != nil,
      size <= bytes.byteCount - cursor.offset
    else { return nil }
    return Chunk(range: cursor.offset..<cursor.offset + size, isVersion2: false)
  }

  private mutating func messages(
    _ chunk: Chunk, _ bytes: RawSpan
  ) -> [(type: UInt16, range: Range<Int>)] {
    var cursor = Cursor(offset: chunk.range.lowerBound)
    let headerBytes = chunk.isVersion2 ? (chunk.hasOrder ? 6 : 4) : 8
    var messages: [(type: UInt16, range: Range<Int>)] = []
    while chunk.range.upperBound - cursor.offset >= headerBytes {
      let start = cursor.offset + headerBytes
      let type =
        chunk.isVersion2 ? (try? cursor.u8(bytes)).map { UInt16($0) } : try? cursor.u16(bytes)
      guard messages.count < Self.messagesMax, let type, let size = try? cursor.u16(bytes),
        let flags = try? cursor.u8(bytes), Int(size) <= chunk.range.upperBound - start
      else {
        isWhole = false
        return messages
      }
      cursor = Cursor(offset: start + Int(size))
      if flags & 2 != 0, type == 0x0C {
        // The attribute lies elsewhere, shared with others.
        isWhole = false
      } else {
        messages.append((type, start..<start + Int(size)))
      }
    }
    return messages
  }

  // MARK: Attributes

  private mutating func read(_ chunk: Chunk, _ layout: HDF5Layout, _ bytes: RawSpan) {
    var found: [Attribute?] = []
    var hasHeap = false
    for (type, range) in messages(chunk, bytes) {
      if type == 0x0C { found.append(Self.attribute(range, layout, bytes)) }
      if type == 0x15 { hasHeap = hasHeap || Self.usesHeap(range, layout, bytes) }
    }
    attributes += found.compactMap { $0 }
    if hasHeap || found.contains(where: { $0 == nil }) { isWhole = false }
  }

  /// Whether an attribute info message points to a heap with more attributes.
  private static func usesHeap(
    _ range: Range<Int>, _ layout: HDF5Layout, _ bytes: RawSpan
  ) -> Bool {
    guard let flags = read(2, at: range.lowerBound, bytes)?.last else { return true }
    var cursor = Cursor(offset: range.lowerBound + 2 + (flags & 1 != 0 ? 2 : 0))
    return !layout.isUndefinedAddress(&cursor, bytes)
  }

  /// Nil if it is of a form that is not read; an attribute that is no text has an empty value.
  private static func attribute(
    _ range: Range<Int>, _ layout: HDF5Layout, _ bytes: RawSpan
  ) -> Attribute? {
    var cursor = Cursor(offset: range.lowerBound)
    guard let version = try? cursor.u8(bytes), (1...3).contains(version),
      let flags = try? cursor.u8(bytes), version == 1 || flags == 0,
      let nameSize = try? cursor.u16(bytes), let typeSize = try? cursor.u16(bytes),
      let spaceSize = try? cursor.u16(bytes)
    else { return nil }
    if version == 3, (try? cursor.skip(1, bytes)) == nil { return nil }
    func padded(_ size: UInt16) -> Int { version == 1 ? (Int(size) + 7) & ~7 : Int(size) }
    guard let name = try? cursor.bytes(padded(nameSize), bytes),
      let type = try? cursor.bytes(padded(typeSize), bytes), type.count >= 8,
      (try? cursor.skip(padded(spaceSize), bytes)) != nil, cursor.offset <= range.upperBound
    else { return nil }
    let data = cursor.offset..<range.upperBound
    let size = type[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var value: [UInt8]?
    switch type[0] & 0x0F {
    case 3:
      guard size <= data.count else { return nil }
      value = read(size, at: data.lowerBound, bytes)
    case 9: value = heapText(data, layout, bytes)
    default: value = []
    }
    return value.map {
      Attribute(name: Array(name.prefix { $0 != 0 }), value: Array($0.prefix { $0 != 0 }))
    }
  }

  /// The first text of variable length: its length, the address of a heap, the number in it.
  private static func heapText(
    _ data: Range<Int>, _ layout: HDF5Layout, _ bytes: RawSpan
  ) -> [UInt8]? {
    var cursor = Cursor(offset: data.lowerBound)
    guard let length = HDF5Layout.number(4, &cursor, bytes), length <= valueBytesMax,
      let heap = layout.address(&cursor, bytes), let wanted = HDF5Layout.number(4, &cursor, bytes),
      cursor.offset <= data.upperBound, read(4, at: heap, bytes)?.elementsEqual("GCOL".utf8) == true
    else { return nil }
    cursor = Cursor(offset: heap + 8)
    guard let total = layout.length(&cursor, bytes), total <= bytes.byteCount - heap else {
      return nil
    }
    for _ in 0..<messagesMax where cursor.offset < heap + total {
      guard let index = try? cursor.u16(bytes), index != 0, (try? cursor.skip(6, bytes)) != nil,
        let size = layout.length(&cursor, bytes), size <= heap + total - cursor.offset
      else { return nil }
      if Int(index) == wanted { return read(min(size, length), at: cursor.offset, bytes) }
      guard (try? cursor.skip(min((size + 7) & ~7, heap + total - cursor.offset), bytes)) != nil
      else { return nil }
    }
    return nil
  }
}

/// How wide addresses and lengths are, and where the root group is.
struct HDF5Layout {
  private let start: Int
  private var addressBytes = 8
  private var lengthBytes = 8
  private var base = 0
  private(set) var rootHeader = 0

  /// Nil if the superblock is of no form that is known.
  init?(superblock start: Int, _ bytes: RawSpan) {
    self.start = start
    var cursor = Cursor(offset: start + 8)
    guard let version = try? cursor.u8(bytes), version <= 3 else { return nil }
    guard version >= 2 || (try? cursor.skip(4, bytes)) != nil,
      let addressBytes = try? cursor.u8(bytes), let lengthBytes = try? cursor.u8(bytes),
      [4, 8].contains(addressBytes), [4, 8].contains(lengthBytes)
    else { return nil }
    self.addressBytes = Int(addressBytes)
    self.lengthBytes = Int(lengthBytes)
    let skipped = version >= 2 ? 1 : version == 1 ? 13 : 9
    guard (try? cursor.skip(skipped, bytes)) != nil,
      let base = Self.number(self.addressBytes, &cursor, bytes), base <= bytes.byteCount
    else { return nil }
    // A file behind a user's block may count from the block or from the superblock.
    self.base = base
    let before = version >= 2 ? 2 : 3
    let nameOffset = version >= 2 ? 0 : self.lengthBytes
    guard (try? cursor.skip(before * self.addressBytes + nameOffset, bytes)) != nil,
      let root = address(&cursor, bytes)
    else { return nil }
    rootHeader = root
  }

  static func number(_ count: Int, _ cursor: inout Cursor, _ bytes: RawSpan) -> Int? {
    guard let raw = try? cursor.bytes(count, bytes) else { return nil }
    return Int(exactly: raw.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  func length(_ cursor: inout Cursor, _ bytes: RawSpan) -> Int? {
    Self.number(lengthBytes, &cursor, bytes)
  }

  /// An address in the file.
  func address(_ cursor: inout Cursor, _ bytes: RawSpan) -> Int? {
    guard let address = Self.number(addressBytes, &cursor, bytes), address <= bytes.byteCount - base
    else { return nil }
    return base + address
  }

  func isUndefinedAddress(_ cursor: inout Cursor, _ bytes: RawSpan) -> Bool {
    (try? cursor.bytes(addressBytes, bytes))?.allSatisfy { $0 == 0xFF } == true
  }
}
