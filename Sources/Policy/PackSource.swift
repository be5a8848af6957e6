// The files of a pack before anybody has read them as rules: from a directory, or from one JSON
// object with a member for each file.
//
// Spec: Policies/README.md, "Files". Names that no pack has are left alone in a directory, where
// other things may lie, and refused in an object, where they can only be mistakes.

import Base

/// A pack as it came.
public struct PackSource: Sendable {
  /// The directory or the name, for messages.
  public let place: String
  private let files: [(name: String, bytes: [UInt8])]

  /// Names that files of a pack have.
  public static let fileNames = PackLoader.fileNames + ["pack.json", "scenarios.json"]
  static let fileByteCountMax = 64 << 20

  /// Reads the files of a directory.
  public init(directory: String) throws(Problem) {
    place = directory
    var files: [(name: String, bytes: [UInt8])] = []
    for name in Self.fileNames {
      let path = FileSystem.join(directory, name)
      guard FileSystem.exists(path) else { continue }
      files.append((name, try FileSystem.read(path, limitBytes: Self.fileByteCountMax)))
    }
    self.files = files
  }

  /// `{"pack.json": {…}, "licence-rules.json": {…}, "scenarios.json": {…}}`.
  public init(name: String, document: JSONObject) throws(Problem) {
    place = name
    var files: [(name: String, bytes: [UInt8])] = []
    for (file, contents) in document {
      guard Self.fileNames.contains(where: { ByteName($0) == ByteName(file) }) else {
        throw Problem(
          .malformed, "unknown_file", place: "/\(file)", reason: "a pack has no file of this name",
          remedy: "its files are \(Self.fileNames.joined(separator: ", "))")
      }
      files.append((file, contents.canonicalBytes))
    }
    self.files = files
  }

  /// Of all names and bytes: two sources of one digest are the same pack.
  public var digest: Digest {
    let named = files.map { PackFile(name: $0.name, digest: sha256($0.bytes)) }
    return PackFile.digest(of: named)
  }

  subscript(name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }
}
