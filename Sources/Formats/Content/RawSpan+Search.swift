// Looking at bytes that are somebody else's: every question may be asked at any place, and what
// does not lie in the bytes is not there.

extension RawSpan {
  /// The byte at `offset`; nil beyond the end.
  func byte(_ offset: Int) -> UInt8? {
    guard offset >= 0, offset < byteCount else { return nil }
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// A copy of at most `count` bytes from `offset`.
  func copy(from offset: Int = 0, atMost count: Int = .max) -> [UInt8] {
    guard offset >= 0, offset < byteCount, count > 0 else { return [] }
    let end = offset + min(count, byteCount - offset)
    return unsafe extracting(offset..<end).withUnsafeBytes { unsafe Array($0) }
  }

  /// Whether `bytes` stand at `offset`.
  func has(_ bytes: some Sequence<UInt8>, at offset: Int = 0) -> Bool {
    var place = offset
    for byte in bytes {
      guard self.byte(place) == byte else { return false }
      place += 1
    }
    return true
  }

  /// Whether the text stands at `offset`, byte for byte.
  func has(_ text: String, at offset: Int = 0) -> Bool { has(text.utf8, at: offset) }

  /// Where `needle` stands first in `range`, which is cut to what is there.
  func firstIndex(of needle: [UInt8], in range: Range<Int>) -> Int? {
    guard let first = needle.first else { return nil }
    let end = Swift.min(range.upperBound, byteCount) - needle.count
    return unsafe withUnsafeBytes { raw -> Int? in
      var place = max(0, range.lowerBound)
      while place <= end {
        if unsafe raw[place] == first, has(needle, at: place) { return place }
        place += 1
      }
      return nil
    }
  }

  /// Whether the text stands anywhere in the first `limit` bytes.
  func contains(_ text: String, limit: Int = .max) -> Bool {
    firstIndex(of: Array(text.utf8), in: 0..<Swift.min(limit, byteCount)) != nil
  }

  /// Whether the text stands anywhere in `range`, in whatever case of ASCII letters; `text` is
  /// lower case.
  func containsIgnoringCase(_ text: String, in range: Range<Int>) -> Bool {
    let needle = Array(text.utf8)
    let start = Swift.max(0, range.lowerBound)
    let end = Swift.min(range.upperBound, byteCount) - needle.count
    guard let first = needle.first, start <= end else { return false }
    return unsafe withUnsafeBytes { raw -> Bool in
      for place in start...end where unsafe lowered(raw[place]) == first {
        var length = 1
        while length < needle.count, unsafe lowered(raw[place + length]) == needle[length] {
          length += 1
        }
        if length == needle.count { return true }
      }
      return false
    }
  }

  /// An unsigned number of `count` bytes, at most 8; nil beyond the end.
  func littleEndian(at offset: Int, _ count: Int) -> UInt64? {
    guard offset >= 0, offset <= byteCount, byteCount - offset >= count else { return nil }
    return (0..<count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(byte(offset + $1) ?? 0) }
  }

  /// The same with the highest byte first.
  func bigEndian(at offset: Int, _ count: Int) -> UInt64? {
    guard offset >= 0, offset <= byteCount, byteCount - offset >= count else { return nil }
    return (0..<count).reduce(UInt64(0)) { $0 << 8 | UInt64(byte(offset + $1) ?? 0) }
  }
}

private func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
