// Opened models, shared by every job of one call: each is mapped and hashed once.
//
// Keyed by path as given and looked up by bundle digest, so that two paths of one model share one
// mapping. Holds mappings and headers, no weights. Safe to use from several threads.

import Base
import Fingerprint
import Formats
import Synchronization

/// A model that was opened and named.
public final class OpenedModel: Sendable {
  public let model: OpenModel
  /// Digests of its files; `filesRoot` names the bundle.
  public let fingerprint: Fingerprint

  init(model: OpenModel, fingerprint: Fingerprint) {
    self.model = model
    self.fingerprint = fingerprint
  }

  public var digest: Digest { fingerprint.filesRoot }
}

public final class ModelCache: Sendable {
  private let byPath = Mutex<[String: OpenedModel]>([:])
  private let byDigest = Mutex<[Digest: OpenedModel]>([:])
  private let threads: Int

  public init(threads: Int = Parallel.defaultThreads) {
    self.threads = threads
  }

  /// Opens and hashes the files of a model, or gives the one already open.
  public func open(_ path: String) throws(Problem) -> OpenedModel {
    if let known = byPath.withLock({ $0[path] }) { return known }
    let fingerprint = try Fingerprint.compute(
      model: path, options: FingerprintOptions(threads: threads, filesOnly: true))
    let shared = byDigest.withLock { $0[fingerprint.filesRoot] }
    let opened: OpenedModel
    if let shared {
      opened = shared
    } else {
      opened = OpenedModel(model: try OpenModel.open(path), fingerprint: fingerprint)
    }
    byDigest.withLock { $0[fingerprint.filesRoot] = opened }
    byPath.withLock { $0[path] = opened }
    return opened
  }
}
