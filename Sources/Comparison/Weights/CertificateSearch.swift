// Looks for a map that makes the reference into the suspect, and checks it on every tensor.
//
// Reads both models a layer at a time. Norm gains are folded into the rows behind them, so that a
// model whose gains were folded away still fits. A tensor that the map says nothing of must be
// equal as it stands, else nothing is certified.

import Base
import Evidence
import Formats

struct CertificateSearch: Sendable {
  let suspect: ModelFeatures
  let reference: ModelFeatures
  let run: Run
  /// Look for no other map of the residual stream than none: for tensors that stand in line.
  var keepsResidualStream = false

  /// A residual up to this many rounding floors is rounding.
  static let floors = 3.0
  /// Products are float32: below this relative size nothing is told apart.
  static let arithmeticFloor = 4e-6
  /// Coarser storage gives no certificate: two strangers must stay far outside the tolerance.
  static let toleranceMax = 0.02

  /// The certificate, or nil if there is none.
  func certificate() throws(Problem) -> Reparameterisation? {
    let a = suspect.network
    let b = reference.network
    guard a.layerCount == b.layerCount, a.layerCount > 0, let width = a.width, width == b.width,
      a.headCount == b.headCount, a.keyHeadCount == b.keyHeadCount, a.parameters.unread == 0,
      b.parameters.unread == 0, hasSamePlaces
    else { return nil }
    let tolerance = Self.floors * max(floor(a), floor(b), Self.arithmeticFloor)
    guard tolerance <= Self.toleranceMax else { return nil }
    guard let rows = sharedRows(width: width),
      let map = try ResidualMap.recovered(
        reference: rows.reference, suspect: rows.suspect, width: width, tolerance: tolerance,
        onlyIdentity: keepsResidualStream, run: run)
    else { return nil }
    var certificate = Reparameterisation(residualMap: map, tolerance: tolerance)
    guard try checkWhole(&certificate, width: width) else { return nil }
    for layer in 0..<a.layerCount {
      try run.check()
      guard let mine = folded(suspect, layer: layer), let theirs = folded(reference, layer: layer),
        try certificate.check("layer \(layer)", suspect: mine, reference: theirs, run: run)
      else { return nil }
    }
    certificate.movesGains = gainsDiffer(tolerance)
    // Nothing moved and nothing equal: a small change, not another form of the same network.
    return certificate.isIdentity ? nil : certificate
  }

  private func gainsDiffer(_ tolerance: Double) -> Bool {
    suspect.network.tensors.contains { place, tensor in
      guard [.attentionNorm, .feedForwardNorm, .finalNorm].contains(place.role), !place.isBias,
        let mine = tensor.values(), let theirs = reference.network.tensors[place]?.values(),
        mine.count == theirs.count
      else { return false }
      let size = theirs.reduce(0.0) { $0 + Double($1) * Double($1) }
      let distance = zip(mine, theirs).reduce(0.0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
      return distance > tolerance * tolerance * size
    }
  }

  /// The coarsest rounding of any matrix.
  private func floor(_ network: NetworkView) -> Double {
    network.tensors.values.filter(\.isMatrix).map(\.roundingFloor).max() ?? 0
  }

  /// Norm gains may be folded away and the head stored or tied; everything else must be there in
  /// both models.
  private var hasSamePlaces: Bool {
    func places(_ network: NetworkView) -> Set<NetworkPlace> {
      Set(network.tensors.keys.filter { $0.role != .head || $0.isBias })
    }
    return places(suspect.network) == places(reference.network)
      && suspect.network.tensors.keys.allSatisfy { $0.expert == nil }
  }

  /// Embedding rows of enough shared tokens: twice the width.
  private func sharedRows(width: Int) -> (suspect: [Float], reference: [Float])? {
    let naming: TokenSample.Naming =
      suspect.naming == .strings && reference.naming == .strings ? .strings : .numbers
    let count = max(FeatureReader.coordinateTokens, 2 * width)
    guard let mine = suspect.reader.tokens.sample(naming, count: count),
      let theirs = reference.reader.tokens.sample(naming, count: count),
      let a = suspect.network[.embedding], let b = reference.network[.embedding],
      naming == .strings || a.rows == b.rows
    else { return nil }
    let shared = mine.shared(with: theirs)
    guard shared.count >= 2,
      let s = a.rowValues(shared.map { mine.rows[$0.mine] }),
      let r = b.rowValues(shared.map { theirs.rows[$0.theirs] })
    else { return nil }
    return (s, r)
  }

  /// Embedding, positions and head, whole.
  private func checkWhole(
    _ certificate: inout Reparameterisation, width: Int
  ) throws(Problem) -> Bool {
    for role in [TensorRole.embedding, .positions] {
      guard let mine = suspect.network[role], let theirs = reference.network[role] else { continue }
      guard mine.shape == theirs.shape else { return false }
      let isRead = try AlignedPair.forEachChunk(of: [mine, theirs], run) { values throws(Problem) in
        try certificate.checkRows(
          "\(role)", suspect: values[0], reference: values[1], width: width, run: run)
      }
      guard isRead else { return false }
    }
    guard let mine = suspect.network.head, let theirs = reference.network.head,
      mine.shape == theirs.shape
    else { return false }
    let gains = (
      suspect.reader.gains(.finalNorm, width: width),
      reference.reader.gains(.finalNorm, width: width)
    )
    let isRead = try AlignedPair.forEachChunk(of: [mine, theirs], run) { values throws(Problem) in
      try certificate.checkRows(
        "head", suspect: withGain(values[0], gains.0), reference: withGain(values[1], gains.1),
        width: width, run: run)
    }
    guard isRead else { return false }
    if let mine = suspect.network.bias(.finalNorm)?.values(),
      let theirs = reference.network.bias(.finalNorm)?.values()
    {
      try certificate.checkRows(
        "final norm bias", suspect: mine, reference: theirs, width: width, run: run)
    }
    for (place, tensor) in suspect.network.tensors {
      guard !Self.isMoved(place), let other = reference.network.tensors[place] else { continue }
      guard let s = tensor.values(), let r = other.values() else { return false }
      certificate.checkFixed(tensor.name, suspect: s, reference: r)
    }
    return certificate.holds
  }

  /// Whether the certificate says what becomes of a tensor; any other must be equal as it stands.
  private static func isMoved(_ place: NetworkPlace) -> Bool {
    place.role.map { (place.isBias ? movedBiases : movedWeights).contains($0) } ?? false
  }

  private static let movedWeights: Set<TensorRole> = [
    .embedding, .positions, .head, .finalNorm, .attentionNorm, .feedForwardNorm, .query, .key,
    .value, .attentionOutput, .queryNorm, .keyNorm, .gate, .up, .down,
  ]
  private static let movedBiases: Set<TensorRole> = [
    .finalNorm, .attentionNorm, .feedForwardNorm, .query, .key, .value, .attentionOutput, .gate,
    .up, .down,
  ]

  /// A layer with its gains folded in; nil if a part of it has no place.
  private func folded(_ profile: ModelFeatures, layer: Int) -> FoldedLayer? {
    let network = profile.network
    guard let width = network.width, let heads = network.headCount,
      let keyHeads = network.keyHeadCount, let up = network[.up, layer]?.values(),
      let down = network[.down, layer], let downValues = down.values(), down.rows == width,
      let output = network[.attentionOutput, layer], let outputValues = output.values(),
      output.rows == width
    else { return nil }
    let mlpGain = profile.reader.gains(.feedForwardNorm, layer: layer, width: width)
    let attentionGain = profile.reader.gains(.attentionNorm, layer: layer, width: width)
    func rows(_ role: TensorRole) -> [Float]? {
      guard let tensor = network[role, layer], tensor.columns == width else { return nil }
      return tensor.values().map { withGain($0, attentionGain) }
    }
    guard let query = rows(.query), let key = rows(.key), let value = rows(.value) else {
      return nil
    }
    func biases(_ roles: [(String, TensorRole)]) -> [String: [Float]] {
      var out: [String: [Float]] = [:]
      for (name, role) in roles { out[name] = network.bias(role, layer: layer)?.values() }
      return out
    }
    var fixed: [String: [Float]] = [:]
    fixed["query norm"] = network[.queryNorm, layer]?.values()
    fixed["key norm"] = network[.keyNorm, layer]?.values()
    return FoldedLayer(
      width: width, headCount: heads, keyHeadCount: keyHeads,
      gate: network[.gate, layer]?.values().map { withGain($0, mlpGain) },
      up: withGain(up, mlpGain),
      down: transposed(downValues, rows: down.rows, columns: down.columns),
      query: query, key: key, value: value,
      output: transposed(outputValues, rows: output.rows, columns: output.columns),
      biases: biases([
        ("gate", .gate), ("up", .up), ("query", .query), ("key", .key), ("value", .value),
      ]),
      vectors: biases([
        ("output bias", .attentionOutput), ("down bias", .down),
        ("attention norm bias", .attentionNorm),
        ("mlp norm bias", .feedForwardNorm),
      ]),
      fixed: fixed)
  }
}
