// What git keeps of itself below `.git`: packs, indexes and loose objects. Nothing loads a model
// from it. A file that merely lies there and is something else is judged like any other.

import Base

enum GitStore {
  /// Whether the file lies in a repository's own folder.
  static func owns(_ path: String) -> Bool {
    path.hasPrefix(".git/") || path.contains("/.git/")
  }

  private static let marks = ["DIRC", "PACK", "RIDX", "MIDX", "CGPH", "BITM", "TREE"]

  /// Whether the bytes are one of git's own binary files.
  static func holds(_ bytes: RawSpan, at place: ContentPlace) -> Bool {
    guard owns(place.file) else { return false }
    return marks.contains { bytes.has($0) } || bytes.has([0xFF, 0x74, 0x4F, 0x63])
  }

  /// Whether an unpacked zlib stream is a loose object: its kind, its length, a zero.
  static func isLooseObject(_ bytes: RawSpan, at place: ContentPlace) -> Bool {
    guard owns(place.file) else { return false }
    for kind in ["blob ", "tree ", "commit ", "tag "] where bytes.has(kind) {
      let digits = bytes.copy(from: kind.utf8.count, atMost: 20).prefix {
        (0x30...0x39).contains($0)
      }
      let end = kind.utf8.count + digits.count
      return !digits.isEmpty && bytes.byte(end) == 0
        && Int(String(decoding: digits, as: UTF8.self)) == bytes.byteCount - end - 1
    }
    return false
  }
}
