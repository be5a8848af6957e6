// The checkpoint that a report stands on, as the report and the statement about it show it.
//
//     origin, size, root, note    the note is the signed text, for whoever wants to check it

import Base
import Crypto

/// The log as it was when a report was made.
public struct ReportCheckpoint: Equatable, Sendable {
  public let origin: String
  /// How many entries there were.
  public let size: Int
  public let root: Digest
  /// The signed note.
  public let note: String

  public init(origin: String, size: Int, root: Digest, note: String) {
    self.origin = origin
    self.size = size
    self.root = root
    self.note = note
  }

  public var json: JSON {
    [
      "origin": .string(origin), "size": JSON(size), "root": .string(root.tagged),
      "note": .string(note),
    ]
  }

  /// Reads what `json` writes.
  public init(_ reader: ObjectReader) throws(Problem) {
    origin = try reader.filled("origin")
    size = try reader.count("size")
    root = try reader.needed("root", try reader.digest("root"), "a digest")
    note = try reader.filled("note")
  }
}
