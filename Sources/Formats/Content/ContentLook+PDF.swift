// PDF documents: actions that run a script or a program. Names may be written with `#41` for a
// letter, and may stand in compressed streams of objects, which are unpacked for the look.

import Base

extension ContentLook {
  private static let pdfBytesMax = 256 << 20
  /// Objects in compressed form are looked at up to here, of one document.
  private static let objectBytesMax = 64 << 20

  mutating func lookAtPDF(_ bytes: RawSpan, _ place: ContentPlace) {
    guard bytes.byteCount <= Self.pdfBytesMax else {
      return unread("a PDF document of more than \(Self.pdfBytesMax >> 20) MiB", place)
    }
    if let action = PDFNames.action(in: bytes) { return activePDF(action, place) }
    var unpackedBytes = 0
    for start in PDFNames.objectStreams(in: bytes) {
      var held: [UInt8] = []
      do {
        try PackedStream.unpack(bytes.extracting(start..<bytes.byteCount), .zlib) {
          (piece: RawSpan) throws(ContentStop) in
          try budget.spend(bytes: piece.byteCount)
          unpackedBytes += piece.byteCount
          guard unpackedBytes <= Self.objectBytesMax else { throw .member }
          held += piece.copy()
        }
      } catch let stop as ContentStop where stop == .member || stop == .tooLarge {
        return unread("a PDF document whose packed objects are too large", place)
      } catch {
        guard !held.isEmpty else {
          return unread("a PDF document with packed objects that cannot be unpacked", place)
        }
      }
      if let action = unsafe PDFNames.action(in: held.span.bytes) {
        return activePDF(action, place)
      }
    }
  }

  private mutating func activePDF(_ action: String, _ place: ContentPlace) {
    add(
      "code.present", .warning,
      "a document that runs something when it is opened: the action \(action)", place)
  }
}

/// Names of PDF, as they stand in a document.
enum PDFNames {
  /// A script may also be started by a rendition. Names of two letters alone would stand in packed
  /// data by chance.
  private static let actions: Set<String> = ["JavaScript", "Launch", "Rendition"]

  /// The first name of an action that runs something.
  static func action(in bytes: RawSpan) -> String? {
    var place = 0
    let slash = [UInt8(ascii: "/")]
    while let found = bytes.firstIndex(of: slash, in: place..<bytes.byteCount) {
      let (name, end) = name(in: bytes, at: found + 1)
      if actions.contains(name) { return "/" + name }
      place = max(end, found + 1)
    }
    return nil
  }

  /// A name of regular characters, with its escapes undone.
  private static func name(in bytes: RawSpan, at start: Int) -> (String, end: Int) {
    var name: [UInt8] = []
    var place = start
    while let byte = bytes.byte(place), isRegular(byte), name.count < 32 {
      if byte == UInt8(ascii: "#"), let high = bytes.byte(place + 1),
        let low = bytes.byte(place + 2),
        let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
      {
        name.append(value)
        place += 3
      } else {
        name.append(byte)
        place += 1
      }
    }
    return (String(decoding: name, as: UTF8.self), place)
  }

  private static func isRegular(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && !"()<>[]{}/%".utf8.contains(byte)
  }

  /// Where the data of streams of objects begins, those that are deflated.
  static func objectStreams(in bytes: RawSpan) -> [Int] {
    var starts: [Int] = []
    var place = 0
    let mark = Array("stream".utf8)
    while starts.count < 4096, let found = bytes.firstIndex(of: mark, in: place..<bytes.byteCount) {
      place = found + mark.count
      guard !bytes.has("end", at: found - 3) else { continue }
      let head = max(0, found - 512)..<found
      guard bytes.firstIndex(of: Array("ObjStm".utf8), in: head) != nil else { continue }
      var start = place
      if bytes.byte(start) == 0x0D { start += 1 }
      if bytes.byte(start) == 0x0A { start += 1 }
      starts.append(start)
    }
    return starts
  }
}
