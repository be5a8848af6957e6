// Files of data that have a structure of their own: tables, records, sounds, images, and models of
// tokenizers. Each is followed far enough that chance bytes do not pass for it.

import Base

enum DataFile {
  /// Nil if it is none of these.
  static func kind(_ bytes: RawSpan, _ place: ContentPlace) -> HarmlessKind? {
    if let riff = riff(bytes) { return riff }
    if isBitmap(bytes) { return .bmp }
    if isIcon(bytes) { return .icon }
    if isFont(bytes) { return .font }
    if isMP3(bytes) { return .mp3 }
    if bytes.has("PAR1"), bytes.has("PAR1", at: bytes.byteCount - 4), bytes.byteCount >= 12 {
      return .parquet
    }
    if isArrow(bytes) { return .arrow }
    if TensorRecords.areLikely(bytes) { return .records }
    if isSignature(bytes, place) { return .signature }
    if isSentencePiece(bytes) { return .sentencePiece }
    return nil
  }

  /// Where a file of this kind ends by its own count; nil if it does not say so.
  static func end(of kind: HarmlessKind, _ bytes: RawSpan) -> Int? {
    switch kind {
    case .png: pngEnd(bytes)
    case .wav, .webp:
      bytes.littleEndian(at: 4, 4).map { Int($0) + 8 + Int($0 & 1) }
    case .bmp: bytes.littleEndian(at: 2, 4).map { Int($0) }
    default: nil
    }
  }

  private static func pngEnd(_ bytes: RawSpan) -> Int? {
    var place = 8
    while let length = bytes.bigEndian(at: place, 4), length <= UInt64(bytes.byteCount) {
      let isLast = bytes.has("IEND", at: place + 4)
      place += 12 + Int(length)
      if isLast { return place }
    }
    return nil
  }

  private static func riff(_ bytes: RawSpan) -> HarmlessKind? {
    guard bytes.has("RIFF") || bytes.has("RF64") else { return nil }
    if bytes.has("WEBP", at: 8) { return .webp }
    return bytes.has("WAVE", at: 8) ? .wav : nil
  }

  private static func isBitmap(_ bytes: RawSpan) -> Bool {
    guard bytes.has("BM"), let offset = bytes.littleEndian(at: 10, 4),
      let header = bytes.littleEndian(at: 14, 4)
    else { return false }
    return [12, 40, 52, 56, 64, 108, 124].contains(header) && offset >= 14 + header
      && offset <= UInt64(bytes.byteCount)
  }

  /// Reserved zero, type 1, and images whose bytes lie in the file.
  private static func isIcon(_ bytes: RawSpan) -> Bool {
    guard bytes.has([0, 0, 1, 0]), let count = bytes.littleEndian(at: 4, 2),
      (1...64).contains(count)
    else { return false }
    return (0..<Int(count)).allSatisfy { index in
      guard let size = bytes.littleEndian(at: 6 + 16 * index + 8, 4),
        let offset = bytes.littleEndian(at: 6 + 16 * index + 12, 4)
      else { return false }
      return size > 0 && offset + size <= UInt64(bytes.byteCount)
    }
  }

  /// A version, a count of tables, and tables with printable tags that lie in the file.
  private static func isFont(_ bytes: RawSpan) -> Bool {
    guard bytes.has([0, 1, 0, 0]) || bytes.has("OTTO") || bytes.has("true"),
      let count = bytes.bigEndian(at: 4, 2), (1...64).contains(count)
    else { return false }
    return (0..<Int(count)).allSatisfy { index in
      let tag = bytes.copy(from: 12 + 16 * index, atMost: 4)
      guard tag.count == 4, tag.allSatisfy({ (0x20...0x7E).contains($0) }),
        let offset = bytes.bigEndian(at: 12 + 16 * index + 8, 4),
        let size = bytes.bigEndian(at: 12 + 16 * index + 12, 4)
      else { return false }
      return offset + size <= UInt64(bytes.byteCount)
    }
  }

  /// Two frames of MPEG audio, one behind the other.
  private static func isMP3(_ bytes: RawSpan) -> Bool {
    guard let length = frameLength(bytes, at: 0) else { return false }
    return bytes.byteCount <= length || frameLength(bytes, at: length) != nil
  }

  private static func frameLength(_ bytes: RawSpan, at offset: Int) -> Int? {
    guard let header = bytes.bigEndian(at: offset, 4), header >> 21 == 0x7FF,
      header >> 17 & 3 == 1, header >> 12 & 15 != 15, header >> 12 & 15 != 0,
      header >> 10 & 3 != 3
    else { return nil }
    let isFirst = header >> 19 & 3 == 3
    let kilobits =
      isFirst
      ? [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
      : [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    let rates = isFirst ? [44_100, 48_000, 32_000] : [22_050, 24_000, 16_000]
    let rate = rates[Int(header >> 10 & 3)] / (header >> 19 & 3 == 0 ? 2 : 1)
    let length = (isFirst ? 144_000 : 72_000) * kilobits[Int(header >> 12 & 15)] / rate
    return length + Int(header >> 9 & 1)
  }

  /// A file with its mark at both ends, or a stream that begins with a message of a schema.
  private static func isArrow(_ bytes: RawSpan) -> Bool {
    if bytes.has("ARROW1\0\0") { return bytes.has("ARROW1", at: bytes.byteCount - 6) }
    if bytes.has("FEA1") { return bytes.has("FEA1", at: bytes.byteCount - 4) }
    guard bytes.has([0xFF, 0xFF, 0xFF, 0xFF]), let length = bytes.littleEndian(at: 4, 4),
      length % 8 == 0, length >= 16, length <= UInt64(bytes.byteCount - 8),
      let root = bytes.littleEndian(at: 8, 4), root < length,
      let back = bytes.littleEndian(at: 8 + Int(root), 4)
    else { return false }
    // The table's own list of fields lies in front of it, inside of the message.
    let table = 8 + Int(root)
    let list = table - Int(Int32(truncatingIfNeeded: back))
    guard list >= 8, list < 8 + Int(length), let size = bytes.littleEndian(at: list, 2),
      size >= 4, size <= 32
    else { return false }
    return true
  }

  /// A detached signature in binary form: an OpenPGP packet or a DER structure, and small.
  private static func isSignature(_ bytes: RawSpan, _ place: ContentPlace) -> Bool {
    guard bytes.byteCount <= 64 << 10, let first = bytes.byte(0) else { return false }
    let endings = [".sig", ".p7s", ".p7b", ".asc", ".gpg", ".pgp", ".sigstore"]
    guard endings.contains(where: place.lowerName.hasSuffix) else { return false }
    return first == 0x30 || first == 0xC2 || (0x88...0x8B).contains(first)
  }

  private static func isSentencePiece(_ bytes: RawSpan) -> Bool {
    guard bytes.byte(0) == 0x0A, bytes.byteCount <= ContentLimits.textBytesMax,
      let inner = bytes.byte(2), inner == 0x0A || inner == 0x15 || inner == 0x18
    else { return false }
    guard let model = try? SentencePieceModel(reading: bytes.copy(), file: "tokenizer") else {
      return false
    }
    return !model.pieces.isEmpty
  }
}
