// Opened models, shared by every job of one call: each is mapped and hashed once.
//
// Keyed by path as given and looked up by bundle digest, so that two paths of one model share one
// mapping. Holds mappings, headers and digests, no weights. Safe to use from several threads.

import Base
import Fingerprint
import Formats
import Synchronization

/// A model that was opened and named.
public final class OpenedModel: Sendable {
  public let model: OpenModel
  /// All digests of its files and tensors; `filesRoot` names the bundle.
  public let fingerprint: Fingerprint

  init(model: OpenModel, fingerprint: Fingerprint) {
    self.model = model
    self.fingerprint = fingerprint
  }

  public var digest: Digest { fingerprint.filesRoot }
}

/// The models of one call.
public final class ModelCache: Sendable {
  private let byPath = Mutex<[ListedModel: OpenedModel]>([:])
  private let byDigest = Mutex<[Digest: OpenedModel]>([:])

  private let links: LinkScope

  /// - Parameter links: where links inside models may end and where their files may lie.
  public init(links: LinkScope = .none) { self.links = links }

  /// Opens and hashes a model, or gives the one already open. Throws what `OpenModel.open` throws.
  public func open(_ path: String, run: Run) throws(Problem) -> OpenedModel {
    try open(ListedModel(path: path), run: run)
  }

  /// The same for one of several models behind a path.
  public func open(_ listed: ListedModel, run: Run) throws(Problem) -> OpenedModel {
    let address = listed.address(links: links)
    let key = ListedModel(path: listed.path, file: listed.file, repository: listed.repository)
    if let known = byPath.withLock({ $0[key] }) { return known }
    let contents = try ModelContents.read(address, run: run)
    let model = try OpenModel.require(contents)
    let fingerprint = try Fingerprint.compute(contents: contents, run: run)
    let fresh = OpenedModel(model: model, fingerprint: fingerprint)
    let opened = byDigest.withLock { known in
      if let shared = known[fresh.digest] { return shared }
      known[fresh.digest] = fresh
      return fresh
    }
    byPath.withLock { $0[key] = opened }
    return opened
  }
}
