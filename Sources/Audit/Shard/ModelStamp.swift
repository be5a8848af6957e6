// Whether a model is the one that was looked at before: its files by name, size and times.
//
// Promises: a file that is added, taken away, renamed, rewritten or replaced changes the stamp;
// reading does not. A link counts with what it leads to. Does not: read what is in the files; who
// fears that somebody put a file's times back asks for the models to be read again.

import Base
import Crypto

/// A digest over what the file system says of a model.
struct ModelStamp: Equatable, Sendable {
  let digest: Digest

  /// - Parameter context: what else an answer about the model rests on.
  /// Throws if something in it cannot be looked at.
  init(of path: String, context: Digest) throws(Problem) {
    var text = "\(context.tagged)\n"
    let top = try FileSystem.target(of: path)
    text += Self.line("", top.stamp)
    if top.kind == .directory {
      for (file, kind) in try FileSystem.walk(path) {
        let place = FileSystem.join(path, file)
        guard let own = FileSystem.anyStamp(of: place) else { continue }
        text += Self.line(file, own)
        if kind == .link, let target = try? FileSystem.target(of: place) {
          text += Self.line("->", target.stamp)
        }
      }
    }
    digest = SHA256.hash(Array(text.utf8))
  }

  private static func line(_ name: String, _ stamp: FileStamp) -> String {
    "\(name)\u{0}\(stamp.sizeBytes) \(stamp.mtimeNs) \(stamp.ctimeNs)\n"
  }
}
