// How outputs are compared: on which texts, where scores are kept, and how much is measured again.

import Base

/// Texts, cache and thoroughness of the output line.
public struct OutputSettings: Sendable {
  /// The texts on which models are scored.
  public let probes: ProbeSet
  /// Whether every pair is measured again over exact byte distributions, not only those across
  /// tokenizers that exceed every control.
  public let confirmsAll: Bool
  let cache: OutcomeCache

  /// - Parameter cacheFolder: keeps scored models between runs; nil keeps nothing.
  public init(probes: ProbeSet, cacheFolder: String? = nil, confirmsAll: Bool = false) {
    self.probes = probes
    self.confirmsAll = confirmsAll
    cache = OutcomeCache(folder: cacheFolder)
  }
}
