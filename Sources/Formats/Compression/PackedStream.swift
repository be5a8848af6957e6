// Compressed streams of one file: gzip (RFC 1952), zlib (RFC 1950), bzip2, xz and .lzma.
//
// Checksums are not compared: what came out is looked at, whatever the stream says of itself.

import Base

enum PackedStream {
  /// Gives what comes out to `sink`, piece by piece. Throws what `sink` throws, `ContentStop` for a
  /// kind that is not unpacked, or the decoder's own error for a stream that is damaged.
  static func unpack(
    _ bytes: RawSpan, _ kind: ContainerKind, sink: (RawSpan) throws(ContentStop) -> Void
  ) throws {
    switch kind {
    case .gzip: try gzip(bytes, sink)
    case .zlib:
      let end = try inflate(bytes, from: 2, sink)
      try checkRest(bytes, from: min(bytes.byteCount, end + 4))
    case .bzip2: try BZip2.run(bytes, sink: sink)
    case .xz: try XZ.run(bytes, sink: sink)
    case .lzma: try XZ.runAlone(bytes, sink: sink)
    case .zip, .tar: throw ContentStop.damaged("an archive, which is no stream")
    }
  }

  /// Members one behind the other; zeros may stand behind the last.
  private static func gzip(
    _ bytes: RawSpan, _ sink: (RawSpan) throws(ContentStop) -> Void
  ) throws {
    var place = 0
    while bytes.has([0x1F, 0x8B, 0x08], at: place) {
      guard let start = headerEnd(bytes, place) else { throw InflateError.truncated }
      let end = try inflate(bytes, from: start, sink)
      guard bytes.byteCount - end >= 8 else { throw InflateError.truncated }
      place = end + 8
    }
    try checkRest(bytes, from: place)
  }

  /// Where the data of a gzip member begins: behind the optional fields.
  private static func headerEnd(_ bytes: RawSpan, _ start: Int) -> Int? {
    guard let flags = bytes.byte(start + 3) else { return nil }
    var place = start + 10
    if flags & 4 != 0 {
      guard let length = bytes.littleEndian(at: place, 2) else { return nil }
      place += 2 + Int(length)
    }
    for flag: UInt8 in [8, 16] where flags & flag != 0 {
      guard let zero = bytes.firstIndex(of: [0], in: place..<bytes.byteCount) else { return nil }
      place = zero + 1
    }
    if flags & 2 != 0 { place += 2 }
    return place <= bytes.byteCount ? place : nil
  }

  /// Inflates from `start` and says where the stream ended.
  private static func inflate(
    _ bytes: RawSpan, from start: Int, _ sink: (RawSpan) throws(ContentStop) -> Void
  ) throws -> Int {
    guard start <= bytes.byteCount else { throw InflateError.truncated }
    let source = bytes.extracting(start..<bytes.byteCount)
    let stream = try Inflate.stream(source, limit: .max, sink: sink)
    return start + stream.consumed
  }

  private static func checkRest(_ bytes: RawSpan, from place: Int) throws(ContentStop) {
    guard place < bytes.byteCount else { return }
    guard bytes.extracting(place..<bytes.byteCount).copy().allSatisfy({ $0 == 0 }) else {
      throw .damaged("bytes stand behind the end of the compressed stream")
    }
  }
}
