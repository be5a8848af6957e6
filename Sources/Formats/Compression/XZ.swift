// The containers around LZMA: xz, with LZMA2 chunks, and .lzma of before.
//
// Format: "The .xz File Format" 1.2.1: streams of blocks, an index, a footer. Filters other than
// LZMA2 change the bytes in ways that are not undone here, and are refused. Checks are not
// compared: what came out is looked at, whatever the stream says of itself.

import Base

enum XZ {
  /// Unpacks all streams in `source`.
  static func run(_ source: RawSpan, sink: (RawSpan) throws(ContentStop) -> Void) throws {
    var place = 0
    while source.has([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], at: place) {
      guard let flags = source.byte(place + 7), source.byte(place + 6) == 0, flags < 16 else {
        throw LZMAError.damaged
      }
      let checkBytes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][Int(flags)]
      place = try blocks(source, from: place + 12, checkBytes: checkBytes, sink)
      while source.has([0, 0, 0, 0], at: place) { place += 4 }
    }
    guard place == source.byteCount else {
      throw ContentStop.damaged("bytes stand behind the end of the xz stream")
    }
  }

  /// All blocks and the index of one stream. Returns where it ends.
  private static func blocks(
    _ source: RawSpan, from start: Int, checkBytes: Int,
    _ sink: (RawSpan) throws(ContentStop) -> Void
  ) throws -> Int {
    var place = start
    while let size = source.byte(place), size != 0 {
      let header = place
      let end = header + (Int(size) + 1) * 4
      let dictionary = try dictionaryBytes(source, header, end)
      place = try chunks(source, from: end, dictionaryBytes: dictionary, sink)
      place += (4 - (place - header) % 4) % 4 + checkBytes
    }
    return try indexEnd(source, place)
  }

  /// What the one filter of a block header says.
  private static func dictionaryBytes(
    _ source: RawSpan, _ header: Int, _ end: Int
  ) throws -> Int {
    guard end <= source.byteCount, let flags = source.byte(header + 1) else {
      throw LZMAError.truncated
    }
    var place = header + 2
    if flags & 0x40 != 0 { _ = try number(source, &place) }
    if flags & 0x80 != 0 { _ = try number(source, &place) }
    guard flags & 0x3F == 0, try number(source, &place) == 0x21, try number(source, &place) == 1,
      let bits = source.byte(place), bits <= 40
    else { throw ContentStop.damaged("an xz stream with a filter that is not undone") }
    return bits == 40 ? 0xFFFF_FFFF : (2 | Int(bits) & 1) << (Int(bits) / 2 + 11)
  }

  private static func number(_ source: RawSpan, _ place: inout Int) throws(LZMAError) -> UInt64 {
    var value: UInt64 = 0
    for shift in 0..<9 {
      guard let byte = source.byte(place) else { throw .truncated }
      place += 1
      value |= UInt64(byte & 0x7F) << (7 * UInt64(shift))
      if byte & 0x80 == 0 { return value }
    }
    throw .damaged
  }

  /// The index lists the blocks again; it and the footer are stepped over.
  private static func indexEnd(_ source: RawSpan, _ start: Int) throws(LZMAError) -> Int {
    var place = start + 1
    let count = try number(source, &place)
    guard count <= UInt64(source.byteCount) else { throw .damaged }
    for _ in 0..<count {
      _ = try number(source, &place)
      _ = try number(source, &place)
    }
    place += (4 - (place - start) % 4) % 4 + 4
    guard source.has("YZ", at: place + 10) else { throw .damaged }
    return place + 12
  }

  // MARK: LZMA2

  private static func chunks(
    _ source: RawSpan, from start: Int, dictionaryBytes: Int,
    _ sink: (RawSpan) throws(ContentStop) -> Void
  ) throws -> Int {
    var window = LZMAWindow(dictionaryBytes: dictionaryBytes)
    var decoder: LZMA?
    var properties: UInt8 = 0
    var place = start
    while let control = source.byte(place) {
      if control == 0 {
        try window.handOut(whole: true, sink)
        return place + 1
      }
      guard let low = source.bigEndian(at: place + 1, 2) else { throw LZMAError.truncated }
      if control < 0x80 {
        guard control <= 2 else { throw LZMAError.damaged }
        if control == 1 { window.reset() }
        let count = Int(low) + 1
        let bytes = source.copy(from: place + 3, atMost: count)
        guard bytes.count == count else { throw LZMAError.truncated }
        for byte in bytes { window.put(byte) }
        try window.handOut(whole: false, sink)
        place += 3 + count
        continue
      }
      let unpacked = Int(control & 0x1F) << 16 + Int(low) + 1
      guard let packed = source.bigEndian(at: place + 3, 2) else { throw LZMAError.truncated }
      place += 5
      let reset = control >> 5 & 3
      if reset == 3 { window.reset() }
      if reset >= 2 {
        guard let byte = source.byte(place) else { throw LZMAError.truncated }
        properties = byte
        place += 1
      }
      if reset >= 1 { decoder = LZMA(properties: properties) }
      guard decoder != nil else { throw LZMAError.damaged }
      var range = try LZMARange(source, from: place, to: place + Int(packed) + 1)
      _ = try decoder?.run(&range, into: &window, limit: unpacked, source, sink: sink)
      place += Int(packed) + 1
    }
    throw LZMAError.truncated
  }

  // MARK: .lzma

  /// Whether bytes begin like a file of the older form: usual properties, a dictionary that is a
  /// power of two, and a size that is not known or not absurd.
  static func isAlone(_ bytes: RawSpan) -> Bool {
    guard bytes.byte(0) == 0x5D, let dictionary = bytes.littleEndian(at: 1, 4),
      let size = bytes.littleEndian(at: 5, 8), bytes.byte(13) == 0
    else { return false }
    return dictionary >= 4096 && dictionary & (dictionary - 1) == 0
      && (size == .max || size < 1 << 40)
  }

  static func runAlone(_ source: RawSpan, sink: (RawSpan) throws(ContentStop) -> Void) throws {
    guard let properties = source.byte(0), var decoder = LZMA(properties: properties),
      let dictionary = source.littleEndian(at: 1, 4), let size = source.littleEndian(at: 5, 8)
    else { throw LZMAError.damaged }
    var window = LZMAWindow(dictionaryBytes: Int(dictionary))
    var range = try LZMARange(source, from: 13, to: source.byteCount)
    let limit = size == .max ? Int.max : Int(exactly: size) ?? .max
    _ = try decoder.run(&range, into: &window, limit: limit, source, sink: sink)
    try window.handOut(whole: true, sink)
  }
}
