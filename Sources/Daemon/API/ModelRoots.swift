// The directories whose models may be named over HTTP. A path from outside is first judged as text,
// so that an answer says nothing about files elsewhere, then with every link resolved, so that no
// link inside a root leads out of it.

import Audit
import Base

struct ModelRoots: Sendable {
  /// As given, and with links resolved.
  private let roots: [(given: String, real: String)]

  init(_ paths: [String]) throws(Problem) {
    var roots: [(given: String, real: String)] = []
    for path in paths {
      guard path.hasPrefix("/") || FileSystem.exists(path) else {
        throw Problem(.usage, "no_such_root", place: path, reason: "this directory is not there")
      }
      let real = try FileSystem.realPath(path)
      guard FileSystem.kind(of: real) == .directory else {
        throw Problem(.usage, "not_a_directory", place: path, reason: "a root is a directory")
      }
      let given = path.hasPrefix("/") ? path : FileSystem.join(FileSystem.currentDirectory(), path)
      roots.append((Self.plain(given), real))
    }
    self.roots = roots
  }

  /// The real path of a model that lies below a root; `pointer` is its place in the request.
  func resolve(_ path: String, pointer: String) throws(APIError) -> String {
    let isDotted = path.split(separator: "/").contains { $0 == ".." || $0 == "." }
    let text = Self.plain(path)
    guard !isDotted,
      roots.contains(where: { Self.isInside(text, $0.given) || Self.isInside(text, $0.real) })
    else { throw Self.outside(pointer) }
    guard let real = try? FileSystem.realPath(text) else {
      throw APIError(BodyFault(pointer, "there is nothing at this path"))
    }
    guard roots.contains(where: { Self.isInside(real, $0.real) }) else {
      throw Self.outside(pointer)
    }
    return real
  }

  func contains(realPath: String) -> Bool {
    roots.contains { Self.isInside(realPath, $0.real) }
  }

  /// Looks again when a job starts, which may be long after it was asked for: each path must still
  /// be a real one below a root. Throws `path_outside_roots`.
  func checkStart(_ paths: [String]) throws(Problem) {
    for path in paths {
      guard let real = try? FileSystem.realPath(path) else { continue }  // the job tells it better
      guard contains(realPath: real) else { throw Self.left(path) }
    }
  }

  /// Holds what a check read to what lies below a root, file by file and without following links:
  /// names that were exchanged while it ran lead nowhere. Throws `path_outside_roots`.
  func checkEnd(_ check: CheckResult) throws(Problem) {
    // A name may stand for a file elsewhere below a root; where it lay counts.
    let files = check.fingerprint.files.map { (location: $0.location, stamp: Optional($0.stamp)) }
    for (location, stamp) in files + check.place.companions {
      guard let root = roots.first(where: { Self.isInside(location, $0.real) }),
        BeneathRoot(root.real).stamp(of: location) == stamp
      else { throw Self.left(location) }
    }
  }

  private static func left(_ path: String) -> Problem {
    Problem(
      .malformed, "path_outside_roots", place: path,
      reason: "the path does not lead to a place below a root any more",
      remedy: "put the model back below a root, without links on the way")
  }

  private static func outside(_ pointer: String) -> APIError {
    APIError(
      403, "outside_roots", "This path does not lie below a directory the daemon may read.",
      faults: [BodyFault(pointer, "it is outside every root")])
  }

  /// Without doubled or trailing slashes.
  private static func plain(_ path: String) -> String {
    "/" + path.split(separator: "/").joined(separator: "/")
  }

  private static func isInside(_ path: String, _ root: String) -> Bool {
    root == "/" || path.utf8.elementsEqual(root.utf8) || path.utf8.starts(with: (root + "/").utf8)
  }
}
