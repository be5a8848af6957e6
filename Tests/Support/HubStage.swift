// A Hugging Face cache in a temporary folder, as huggingface_hub lays one out.

import Base
import Glibc

/// Builds repositories of a cache.
public struct HubStage {
  public let folder: TemporaryFolder
  /// The cache, with links resolved.
  public let root: String

  public init() throws {
    folder = try TemporaryFolder()
    root = try FileSystem.realPath(folder.path)
  }

  /// The folder of a repository.
  public func repository(_ id: String) -> String {
    root + "/models--" + id.split(separator: "/").joined(separator: "--")
  }

  /// The folder of a snapshot.
  public func snapshot(_ id: String, _ revision: String) -> String {
    repository(id) + "/snapshots/" + revision
  }

  /// Puts a blob, and a link to it under `name`; slashes in names make folders.
  public func add(
    _ id: String, _ revision: String, _ name: String, blob: String, _ bytes: [UInt8]
  ) throws {
    let below = repository(id).dropFirst(root.count + 1)
    try folder.write(below + "/blobs/" + blob, bytes)
    let depth = name.split(separator: "/").count
    let up = String(repeating: "../", count: depth + 1)
    try link(id, revision, name, to: up + "blobs/" + blob)
  }

  /// Puts a link to anything under `name`, in place of what was there.
  public func link(_ id: String, _ revision: String, _ name: String, to target: String) throws {
    let path = snapshot(id, revision) + "/" + name
    try FileSystem.makeDirectories(FileSystem.directoryName(path))
    unlink(path)
    guard symlink(target, path) == 0 else {
      throw Problem(.failure, "io", place: path, reason: "the test could not make this link")
    }
  }

  /// Says what a ref means.
  public func ref(_ id: String, _ name: String, _ revision: String) throws {
    let below = repository(id).dropFirst(root.count + 1)
    try folder.write(below + "/refs/" + name, Array(revision.utf8))
  }
}
