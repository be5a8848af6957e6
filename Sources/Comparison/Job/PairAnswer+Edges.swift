// From a verdict to an edge: what `compare` sees in the weights, said as what was done.
//
// Equal bytes and tensors, and maps that re-derive one from the other, count as `signed` once we
// sign them; everything statistical is `suspected` and gives no more than a review. Siblings get no
// edge between them. A direction that the evidence does not show is left open, and policy then
// reads the edge both ways.

import Base
import Evidence

extension PairAnswer {
  /// Edges between `suspect` and the reference; none if nothing was found, and none to a
  /// recording, whose digest names no model.
  public func edges(suspect: ComparedModel) -> [LineageEdge] {
    guard !suspect.isRecording else { return [] }
    var edges: [LineageEdge] = []
    if weightLineage.verdict.isPositive, let edge = weightEdge(suspect: suspect) {
      edges.append(edge)
    }
    if outputDescent.verdict.isPositive {
      edges.append(
        LineageEdge(
          ancestor: reference.fingerprint.tagged, child: suspect.fingerprint.tagged,
          relation: outputDescent.verdict == .inherits ? .distilled : nil, grade: .suspected,
          route: outputDescent.verdict == .inherits ? .outputs : nil))
    }
    return edges
  }

  private func weightEdge(suspect: ComparedModel) -> LineageEdge? {
    let relation = weightLineage.relations.first?.relation ?? .unknown
    guard relation != .sibling else { return nil }
    let isReversed = weightLineage.direction == .referenceFromSuspect
    let isKnown = isReversed || weightLineage.direction == .suspectFromReference
    let ends = isReversed ? (suspect, reference) : (reference, suspect)
    return LineageEdge(
      ancestor: ends.0.fingerprint.tagged, child: ends.1.fingerprint.tagged,
      relation: relation.edge, grade: weightLineage.isCertificate ? .signed : .suspected,
      direction: isKnown ? .known : .undetermined, route: .weights)
  }
}

extension WeightRelation {
  /// The edge's word; nil where there is a relation and it is not known which.
  var edge: Relation? {
    switch self {
    case .identical: .copy
    case .cast, .reparameterised: .converted
    case .quantised: .quantized
    case .pruned, .layersDropped: .pruned
    case .fineTuned, .lowRankUpdate, .noiseAdded, .vocabularyChanged: .finetuned
    case .partlyInitialised, .upcycled: .continued
    case .merged, .layersDuplicated: .merged
    case .sibling, .unknown: nil
    }
  }
}
