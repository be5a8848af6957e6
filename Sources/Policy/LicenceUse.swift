// By which ways each licence reaches the model, and how sure each way is.
//
// Spec: Policies/README.md, "Licences". The licence is the one written on the edge; a licence that
// the model declares never washes away that of an ancestor.
// Promises: the truth of a way is the strongest over all edges that carry the licence.

import Base

/// How a licence reaches the model, with the strongest truth of each way.
struct LicenceUse: Sendable {
  var own = Truth.no
  var derivation = Truth.no
  /// Trained on with the weights at hand, on outputs, or nobody says how.
  var trainingWeights = Truth.no
  var trainingOutputs = Truth.no
  var trainingUnclear = Truth.no

  /// The truth of the path for a condition that flows this way.
  func path(_ flows: Flows) -> Truth {
    var result = Truth.no
    if flows.contains(.own) { result = max(result, own) }
    if flows.contains(.derivation) { result = max(result, derivation) }
    if flows.contains(.training) {
      result = max(result, trainingWeights, trainingOutputs, min(trainingUnclear, .unknown))
    }
    if flows.contains(.trainingWeightsUnclear) {
      result = max(result, min(max(trainingWeights, trainingUnclear), .unknown))
    }
    return result
  }
}

/// All licences of a question, in the order of their names, and where a licence is not known.
struct LicenceUses: Sendable {
  var known: [(licence: ByteName, use: LicenceUse)] = []
  /// The truth of `licence.unknown`: some way to a licence that is missing or not catalogued.
  var unknown = Truth.no
}

extension Evaluation {
  func licenceUses() -> LicenceUses {
    var uses: [ByteName: LicenceUse] = [:]
    var result = LicenceUses()
    let own = ownLicences
    // Several candidates: each may be the one.
    let ownTruth: Truth = own.count > 1 ? .unknown : .yes
    if own.isEmpty { result.unknown = .yes }
    for licence in own {
      if pack.conditions(of: licence) == nil {
        result.unknown = max(result.unknown, ownTruth)
      } else {
        uses[licence, default: LicenceUse()].own = ownTruth
      }
    }
    for position in lineage.edges.indices { add(position, to: &uses, &result.unknown) }
    result.known = uses.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return result
  }

  /// The candidates for the model's own licence.
  var ownLicences: [ByteName] {
    guard let fact = pack.wellKnown.licence else { return [] }
    var result: [ByteName] = []
    for case .text(let name) in facts[fact].map(\.value) where !result.contains(name) {
      result.append(name)
    }
    return result
  }

  private func add(
    _ position: Int, to uses: inout [ByteName: LicenceUse], _ unknown: inout Truth
  ) {
    let edge = lineage.edges[position]
    let derivation = lineage.truth(.derivation, position)
    let training = lineage.truth(.training, position)
    guard let licence = edge.licence, pack.conditions(of: licence) != nil else {
      let route = edge.facts.route
      let byLicence: Truth = route == .api ? .no : route == nil ? .unknown : .yes
      unknown = max(unknown, derivation, min(training, byLicence))
      return
    }
    var use = uses[licence] ?? LicenceUse()
    use.derivation = max(use.derivation, derivation)
    switch edge.facts.route {
    case .weights: use.trainingWeights = max(use.trainingWeights, training)
    case .outputs: use.trainingOutputs = max(use.trainingOutputs, training)
    case .api: break  // the provider's terms decide: rules api.train.*
    case nil: use.trainingUnclear = max(use.trainingUnclear, training)
    }
    uses[licence] = use
  }
}
