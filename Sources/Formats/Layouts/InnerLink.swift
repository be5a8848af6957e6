// Links of a store, followed within the store alone.
//
// Each step is judged as text before anything is asked of the file system, and no part of the way
// may be a link itself: neither the answer nor its speed tells what lies outside.

import Base

/// Follows links below one folder.
struct InnerLink {
  /// With every link resolved.
  let root: String

  private static let stepsMax = 8

  /// The regular file that a link ends in. Throws `link_outside` for a link that leaves the
  /// folder, `unfinished_download` for one that leads to nothing; the place is the link.
  func file(of link: String) throws(Problem) -> String {
    var current = link
    for _ in 0..<Self.stepsMax {
      guard let target = FileSystem.linkTarget(of: current),
        let next = Self.plain(target, from: FileSystem.directoryName(current)), isInside(next)
      else { throw outside(link) }
      guard !hasLink(before: next) else { throw outside(link) }
      switch FileSystem.kind(of: next) {
      case .file: return next
      case .link: current = next
      case .directory, .other: throw notAFile(link)
      case nil:
        throw Problem(
          .malformed, "unfinished_download", place: link,
          reason: "it leads to \(next), and that is not there",
          remedy: "download the model again; this file has not arrived")
      }
    }
    throw outside(link)
  }

  /// A file of the store by its own path; the place of problems is `place`.
  func file(at path: String, place: String) throws(Problem) -> String {
    guard isInside(path), !hasLink(before: path) else { throw outside(place) }
    switch FileSystem.kind(of: path) {
    case .file: return path
    case .link: return try file(of: path)
    case .directory, .other: throw notAFile(path)
    case nil:
      throw Problem(
        .malformed, "missing_blob", place: path, reason: "\(place) names it, and it is not there",
        remedy: "get the model again; its download has not finished")
    }
  }

  private func outside(_ place: String) -> Problem {
    Problem(
      .malformed, "link_outside", place: place,
      reason: "this link leads out of the model's own folder \(root)",
      remedy: "copy the model without links from a source that you trust")
  }

  private func isInside(_ path: String) -> Bool {
    path.utf8.starts(with: (root == "/" ? "/" : root + "/").utf8)
  }

  /// Whether a folder on the way from the root to a path is a link.
  private func hasLink(before path: String) -> Bool {
    var place = root
    let rest = String(decoding: path.utf8.dropFirst(root.utf8.count), as: UTF8.self)
    for part in rest.split(separator: "/").dropLast() {
      place = FileSystem.join(place, String(part))
      if FileSystem.kind(of: place) == .link { return true }
    }
    return false
  }

  /// The absolute path of a target, without "." and ".."; nil if it goes above the top.
  private static func plain(_ target: String, from directory: String) -> String? {
    var parts: [Substring] = []
    let whole = target.hasPrefix("/") ? target : FileSystem.join(directory, target)
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }
}

/// The problem of something in a model that is neither a file nor a folder.
func notAFile(_ path: String) -> Problem {
  Problem(
    .malformed, "not_a_file", place: path, reason: "this is neither a file nor a folder",
    remedy: "copy the model without links to folders, pipes and sockets")
}
