// Finding a few bytes in many.

import Base

enum ByteSearch {
  /// The first place at or behind `start` where the word stands wholly before `end`.
  static func first(_ word: [UInt8], in bytes: RawSpan, from start: Int, to end: Int) -> Int? {
    guard let initial = word.first, end - start >= word.count, start >= 0, end <= bytes.byteCount
    else { return nil }
    return unsafe bytes.withUnsafeBytes { raw -> Int? in
      var place = start
      while place <= end - word.count {
        if unsafe raw[place] == initial, unsafe raw[place..<place + word.count].elementsEqual(word)
        {
          return place
        }
        place += 1
      }
      return nil
    }
  }

  /// The last place before `end` where the byte stands, at most `distance` away.
  static func last(_ byte: UInt8, in bytes: RawSpan, before end: Int, within distance: Int) -> Int?
  {
    var cursor = Cursor(offset: max(0, end - distance))
    let start = cursor.offset
    guard let stretch = try? cursor.bytes(end - start, bytes) else { return nil }
    return stretch.lastIndex(of: byte).map { start + $0 }
  }
}

extension RawSpan {
  /// The bytes of a range, copied.
  func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe extracting(range).withUnsafeBytes { unsafe Array($0) }
  }
}

/// An object of JSON among other bytes.
enum JSONStretch {
  /// Behind the brace that closes the one at `start`; at most `limit` bytes on, or where the bytes
  /// end.
  static func end(from start: Int, in bytes: RawSpan, limit: Int) -> Int {
    let most = min(
      bytes.byteCount, limit < bytes.byteCount - start ? start + limit : bytes.byteCount)
    return unsafe bytes.withUnsafeBytes { raw -> Int in
      var depth = 0
      var isText = false
      var place = start
      while place < most {
        let byte = unsafe raw[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\\") where isText: place += 1
        case UInt8(ascii: "\""): isText.toggle()
        case UInt8(ascii: "{") where !isText: depth += 1
        case UInt8(ascii: "}") where !isText:
          depth -= 1
          if depth == 0 { return place }
        default: break
        }
      }
      return most
    }
  }
}
