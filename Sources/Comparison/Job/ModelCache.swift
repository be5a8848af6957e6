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
  private let byPath = Mutex<[String: OpenedModel]>([:])
  private let byDigest = Mutex<[Digest: OpenedModel]>([:])

  public init() {}

  /// Opens and hashes a model, or gives the one already open. Throws what `OpenModel.open` throws.
  public func open(_ path: String, run: Run) throws(Problem) -> OpenedModel {
    if let known = byPath.withLock({ $0[path] }) { return known }
    let contents = try ModelContents.read(path)
    guard let model = contents.model else {
      _ = try OpenModel.open(path)  // throws with the reason
      throw Problem(.malformed, "no_weights", place: path, reason: "there are no weights in it")
    }
    let fingerprint = try Fingerprint.compute(contents: contents, run: run)
    let fresh = OpenedModel(model: model, fingerprint: fingerprint)
    let opened = byDigest.withLock { known in
      if let shared = known[fresh.digest] { return shared }
      known[fresh.digest] = fresh
      return fresh
    }
    byPath.withLock { $0[path] = opened }
    return opened
  }
}
