// Where bytes lie: in a file of the model, or in a member of an archive in it.

import Base

/// A file of the model and the way into it.
struct ContentPlace: Sendable {
  /// Relative to the model's folder.
  let file: String
  /// From the outermost archive inwards; nil is what a compressed stream unpacks to.
  private(set) var steps: [ByteName?] = []
  /// What the innermost thing is called, as a path. It is a hint and decides nothing alone.
  private(set) var path: String

  init(file: String) {
    self.file = file
    path = file
  }

  /// For findings: `FILE: member "NAME"`.
  var text: String {
    steps.reduce(file) { text, step in
      text + (step.map { ": member \($0.quoted)" } ?? ": unpacked")
    }
  }

  /// How many archives and compressed streams stand around it.
  var depth: Int { steps.count }

  /// The last part of the path.
  var name: String { FileSystem.lastComponent(path) }

  /// The last part of the path in lower case of ASCII.
  var lowerName: String { name.lowercased() }

  func member(_ name: ByteName) -> ContentPlace {
    var inner = self
    inner.steps.append(name)
    inner.path = name.text
    if inner.path.hasPrefix("./") { inner.path.removeFirst(2) }
    return inner
  }

  /// What a compressed stream unpacks to: the same name without the ending of the packer.
  var unpacked: ContentPlace {
    var inner = self
    inner.steps.append(nil)
    let lower = path.lowercased()
    for (ending, rest) in Self.packedEndings where lower.hasSuffix(ending) {
      inner.path = String(path.dropLast(ending.count)) + rest
      break
    }
    return inner
  }

  private static let packedEndings = [
    (".tgz", ".tar"), (".tbz2", ".tar"), (".tbz", ".tar"), (".txz", ".tar"), (".gz", ""),
    (".bz2", ""), (".xz", ""), (".lzma", ""), (".z", ""), (".zlib", ""),
  ]
}
