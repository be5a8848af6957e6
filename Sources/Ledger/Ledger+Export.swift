// A copy of the published log in a directory of its own: standard files alone, nothing private.

import Base
import Crypto

extension Ledger {
  /// Writes checkpoint and tiles of the newest state to a new or empty directory. The checkpoint
  /// is written last.
  public func export(to path: String) throws(Problem) -> Checkpoint {
    if FileSystem.exists(path) {
      guard try FileSystem.entries(of: path).isEmpty else {
        throw Problem(
          .usage, "exists", place: path, reason: "the directory is not empty",
          remedy: "give a path that does not exist yet")
      }
    } else {
      try FileSystem.makeDirectories(path)
    }
    return try database.snapshot { () throws(Problem) in
      let checkpoint = try checkpoint()
      try writeTiles(Tile.changed(from: 0, to: checkpoint.size), below: path)
      try files.replaceAll([(path: path + "/checkpoint", bytes: checkpoint.bytes)])
      return checkpoint
    }
  }
}
