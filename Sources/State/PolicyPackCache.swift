// Packs that were loaded and proven, by the digest of their files. A pack is proven by hundreds of
// scenarios; a daemon that checks many models need not do that for each.

import Base
import Policy
import Synchronization

/// The packs that were used last.
final class PolicyPackCache: Sendable {
  static let shared = PolicyPackCache()

  /// A pack without a manifest is named after its place, so the same files elsewhere are another.
  private struct Key: Hashable {
    let digest: Digest
    let place: String
  }

  private let known = Mutex<[Key: PolicyPack]>([:])
  private static let packsMax = 16

  /// The pack of these files; loaded and proven if it is not known.
  func pack(_ source: PackSource) throws(Problem) -> PolicyPack {
    let key = Key(digest: source.digest, place: source.place)
    if let pack = known.withLock({ $0[key] }) { return pack }
    let pack = try PolicyPack.load(source)
    known.withLock { known in
      if known.count >= Self.packsMax { known.removeAll() }
      known[key] = pack
    }
    return pack
  }
}
