// What a person points at: a path, and where several models lie behind it, which one is meant.

import Base

/// A model as it was named.
public struct ModelAddress: Equatable, Sendable {
  /// As it was given: a file, a folder, a cache, a manifest, a link to any of them.
  public var path: String
  /// One file of what lies there.
  public var file: String?
  /// One repository of a Hugging Face cache.
  public var repository: HubReference?
  /// Where links may end and where files may lie. `none` follows the links of a layout alone;
  /// any other scope holds those too.
  public var links: LinkScope

  public init(
    path: String, file: String? = nil, repository: HubReference? = nil, links: LinkScope = .none
  ) {
    self.path = path
    self.file = file
    self.repository = repository
    self.links = links
  }
}

/// `ORG/NAME`, `NAME`, each perhaps with `@REVISION`.
public struct HubReference: Hashable, Sendable {
  public let id: String
  /// A ref, a whole hash or its first digits; nil: what `refs/main` says.
  public let revision: String?

  /// Nil if it is not of this form.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(names.count), names.allSatisfy({ isPlainName(String($0)) }) else {
      return nil
    }
    if parts.count == 2, parts[1].isEmpty { return nil }
    id = String(parts[0])
    revision = parts.count == 2 ? String(parts[1]) : nil
  }
}
