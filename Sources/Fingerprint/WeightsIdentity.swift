// What the tensors of a model are together, computed from their identities.

import Base
import Crypto

extension WeightsIdentity {
  /// Throws once the run is no longer wanted.
  init(
    _ tensors: TensorIdentities, tied: CanonicalPlan.Tied, run: Run
  ) throws(Problem) {
    let entries = CanonicalEntries(tensors, tied: tied)
    let parts = try run.map(Part.allCases.count) { Part.allCases[$0].of(tensors, entries) }
    func digest(_ part: Part) -> Digest { parts[part.rawValue].digest }
    tensorCount = tensors.count
    distinctTensors = parts[Part.tensorSet.rawValue].count
    weightsDigest = digest(.weights)
    valuesDigest = digest(.values)
    tensorSetDigest = digest(.tensorSet)
    valueSetDigest = digest(.valueSet)
    canonicalValuesDigest = entries.areAllTensors ? valuesDigest : digest(.canonical)
    canonicalCount = entries.count
    self.entries = entries
    unmapped = tensors.filter(\.isUnmapped).map(\.name)
    unrestored = tensors.compactMap { tensor in
      guard case .entries(let entries) = tensor.canonicalForm,
        case .unrestored(let name, let obstacle)? = entries.first?.standing
      else { return nil }
      return UnrestoredTensor(name: tensor.name, canonicalName: name, obstacle: obstacle)
    }
  }

  /// The digests that do not need each other.
  private enum Part: Int, CaseIterable {
    case weights, values, tensorSet, valueSet, canonical

    func of(
      _ tensors: TensorIdentities, _ entries: CanonicalEntries
    ) -> (digest: Digest, count: Int) {
      var tree = MerkleTree.Frontier()
      switch self {
      case .weights:
        for tensor in tensors { tree.append(IdentityRules.namedLeaf(tensor.name, tensor.digest)) }
        return (IdentityRules.weightsDigest(tree), tree.size)
      case .values:
        for tensor in tensors {
          tree.append(IdentityRules.namedLeaf(tensor.name, tensor.valueDigest))
        }
        return (IdentityRules.valuesDigest(tree), tree.size)
      case .canonical:
        // Equal lists have equal digests.
        guard !entries.areAllTensors else { break }
        entries.forEach { tree.append(IdentityRules.namedLeaf($0, $1)) }
      case .tensorSet:
        let distinct = Self.distinct(tensors.map(\.digest))
        return (IdentityRules.tensorSetDigest(distinct), distinct.count)
      case .valueSet:
        let distinct = Self.distinct(tensors.map(\.valueDigest))
        return (IdentityRules.valueSetDigest(distinct), distinct.count)
      }
      return (IdentityRules.valuesDigest(tree), tree.size)
    }

    /// Each once, ascending.
    private static func distinct(_ digests: consuming [Digest]) -> [Digest] {
      digests.sort()
      var count = 0
      for index in digests.indices where count == 0 || digests[count - 1] != digests[index] {
        digests[count] = digests[index]
        count += 1
      }
      digests.removeLast(digests.count - count)
      return digests
    }
  }
}

extension TensorIdentity {
  /// Whether it enters the canonical digest under `gguf:` and its own name, whose meaning is not
  /// known.
  var isUnmapped: Bool {
    switch canonicalForm {
    case .unmapped: true
    case .none, .own: false
    case .entries(let entries): entries.contains(where: \.isUnmapped)
    }
  }
}
