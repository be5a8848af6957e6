// Whether bytes are text: UTF-8, UTF-16 with its mark, or an old encoding of eight bits.
//
// Promises: bytes with control characters that no text has are none, and neither are a few bytes
// that could be anything. Every byte is looked at, however many there are; that ends soon after the
// run is no longer wanted.

import Base

/// How a text is encoded.
enum PlainText: Equatable, Sendable {
  case utf8, utf16, eightBit

  /// Nil if it is no text, or if the run is no longer wanted.
  init?(_ bytes: RawSpan, run: Run = Run()) {
    if bytes.has([0xFF, 0xFE]) || bytes.has([0xFE, 0xFF]) {
      guard Self.isUTF16(bytes, run) else { return nil }
      self = .utf16
      return
    }
    guard let census = Census(bytes, run) else { return nil }
    if census.isUTF8 {
      self = .utf8
    } else if census.count >= 64 || census.asciiCount * 2 >= census.count {
      self = .eightBit
    } else {
      return nil
    }
  }

  fileprivate static let bytesBetweenAsks = 16 << 20

  /// No unit is a control character that text does not have.
  private static func isUTF16(_ bytes: RawSpan, _ run: Run) -> Bool {
    let isLittle = bytes.has([0xFF, 0xFE])
    guard bytes.byteCount % 2 == 0 else { return false }
    for place in stride(from: 2, to: bytes.byteCount, by: 2) {
      if place % bytesBetweenAsks == 0, run.isCancelled { return false }
      let low = bytes.byte(place + (isLittle ? 0 : 1)) ?? 0
      let high = bytes.byte(place + (isLittle ? 1 : 0)) ?? 0
      if high == 0, isControl[Int(low)] { return false }
      if high == 0xFF, low >= 0xFE { return false }
    }
    return true
  }

  /// A text in UTF-16 as UTF-8.
  static func narrowed(_ bytes: RawSpan) -> [UInt8] {
    let isLittle = bytes.has([0xFF, 0xFE])
    var units: [UInt16] = []
    units.reserveCapacity(bytes.byteCount / 2)
    for place in stride(from: 2, to: bytes.byteCount - 1, by: 2) {
      let (first, second) = (UInt16(bytes.byte(place) ?? 0), UInt16(bytes.byte(place + 1) ?? 0))
      units.append(isLittle ? second << 8 | first : first << 8 | second)
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}

/// What kinds of bytes a text holds.
private struct Census {
  let count: Int
  let isUTF8: Bool
  let asciiCount: Int

  /// Nil if there is a control character that no text has.
  init?(_ bytes: RawSpan, _ run: Run) {
    let count = bytes.byteCount
    var isUTF8 = true
    var ascii = 0
    let isText = unsafe bytes.withUnsafeBytes { raw -> Bool in
      var place = 0
      var nextAsk = PlainText.bytesBetweenAsks
      while place < count {
        if place >= nextAsk {
          nextAsk += PlainText.bytesBetweenAsks
          if run.isCancelled { return false }
        }
        let byte = unsafe raw[place]
        if byte < 0x80 {
          if isControl[Int(byte)] { return false }
          ascii += 1
          place += 1
          continue
        }
        let length = unsafe Self.sequence(raw, place)
        if length == 0 { isUTF8 = false }
        place += max(1, length)
      }
      return true
    }
    guard isText else { return nil }
    self.count = count
    self.isUTF8 = isUTF8
    asciiCount = ascii
  }

  /// The length of the UTF-8 sequence at `place`; 0 if none stands there.
  private static func sequence(_ raw: UnsafeRawBufferPointer, _ place: Int) -> Int {
    let first = unsafe raw[place]
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, raw.count - place >= length else { return 0 }
    for position in 1..<length where unsafe raw[place + position] & 0xC0 != 0x80 { return 0 }
    let second = unsafe raw[place + 1]
    switch first {
    case 0xE0: return second >= 0xA0 ? length : 0
    case 0xED: return second < 0xA0 ? length : 0
    case 0xF0: return second >= 0x90 ? length : 0
    case 0xF4: return second < 0x90 ? length : 0
    default: return length
    }
  }
}

/// Control characters that text does not hold: all but the white space, backspace, form feed, end
/// of file of DOS, and the escape of coloured logs.
private let isControl: [Bool] = (0..<256).map { byte in
  (byte < 0x20 && ![0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1A, 0x1B].contains(byte)) || byte == 0x7F
}
