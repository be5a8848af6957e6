// Packs that were loaded and proven, by the digest of their files. A pack is proven by hundreds of
// scenarios; a daemon that checks many models need not do that for each.

import Base
import Policy
import Synchronization

/// The packs that were used last.
final class PolicyPackCache: Sendable {
  static let shared = PolicyPackCache()

  private let known = Mutex<[Digest: PolicyPack]>([:])
  private static let packsMax = 16

  /// The pack of these files; loaded and proven if it is not known.
  func pack(_ source: PackSource) throws(Problem) -> PolicyPack {
    let digest = source.digest
    if let pack = known.withLock({ $0[digest] }) { return pack }
    let pack = try PolicyPack.load(source)
    known.withLock { known in
      if known.count >= Self.packsMax { known.removeAll() }
      known[digest] = pack
    }
    return pack
  }
}
