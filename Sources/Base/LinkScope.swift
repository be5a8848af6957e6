// Which links inside a model are followed.
//
// A link can name any file of the machine, so by default none is followed: a model that is checked
// must not pull in what its owner cannot read. Whoever knows which directories models may be read
// from (the daemon: its roots) says so, and a link that ends in a file there is that file.

/// The directories in which links may end.
public struct LinkScope: Equatable, Sendable {
  /// With every link resolved.
  private let roots: [String]

  /// No link is followed.
  public static let none = LinkScope(realPaths: [])

  /// - Parameter realPaths: directories as `FileSystem.realPath` gives them.
  public init(realPaths: [String]) { roots = realPaths }

  /// The regular file that a link ends in, with every link resolved; nil if the link is not to be
  /// followed.
  public func file(of link: String) -> String? {
    guard !roots.isEmpty, let real = try? FileSystem.realPath(link),
      roots.contains(where: { Self.isInside(real, $0) }), FileSystem.kind(of: real) == .file
    else { return nil }
    return real
  }

  /// Whether a path lies in one of the directories, with every link on the way resolved.
  public func contains(_ path: String) -> Bool {
    let real = (try? FileSystem.realPath(path)) ?? path
    return roots.contains { Self.isInside(real, $0) }
  }

  /// By bytes: names that look alike are not the same.
  private static func isInside(_ path: String, _ root: String) -> Bool {
    root == "/" || path.utf8.starts(with: (root + "/").utf8)
  }
}
