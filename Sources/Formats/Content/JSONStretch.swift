// A JSON object among other bytes, found by its braces.

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

  /// The last brace that opens before `place`, at most `distance` away.
  static func start(before place: Int, in bytes: RawSpan, within distance: Int) -> Int? {
    let start = max(0, place - distance)
    return bytes.copy(from: start, atMost: place - start).lastIndex(of: UInt8(ascii: "{")).map {
      start + $0
    }
  }
}
