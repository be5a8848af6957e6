// The answer of the weight tests for one suspect and one reference.
//
// A positive verdict rests on rung 1 or 2 (equal bytes, equal tensors, a recovered
// re-parameterisation) or on a probability under independent starts. Relations are named beside
// it, each with the numbers it rests on; direction comes from certificates alone.

import Base

/// How much of two models must have been read before a relation is named.
public enum ReadingRule {
  /// The largest share of the smaller model's parameters that may be unread.
  public static let unreadShareMax = 0.1
}

/// A relation seen in the weights, with the estimator's numbers.
public struct RelationFinding: Equatable, Sendable {
  public var relation: WeightRelation
  /// Of a merge: the part that the reference has in it.
  public var merge: MergePart?
  public var details: JSONObject

  public init(_ relation: WeightRelation, _ details: JSONObject = [:]) {
    self.relation = relation
    self.details = details
  }

  /// The suspect is a merge, and the reference has this part in it.
  public init(merge: MergePart) {
    relation = .merged
    self.merge = merge
    details = [:]
  }
}

/// A layer of the suspect and the layer of the reference that it stands against.
public struct LayerPair: Equatable, Sendable {
  public var suspect: Int
  public var reference: Int

  public init(suspect: Int, reference: Int) {
    self.suspect = suspect
    self.reference = reference
  }
}

/// How the tensors of two models stand in line.
public struct TensorLine: Equatable, Sendable {
  /// By the suspect's layers.
  public var layers: [LayerPair]
  public var comparedCount: Int
  /// Tensors of the suspect without a partner.
  public var unpaired: [String]

  public init(layers: [LayerPair], comparedCount: Int, unpaired: [String]) {
    self.layers = layers
    self.comparedCount = comparedCount
    self.unpaired = unpaired
  }
}

/// One verdict of weight lineage.
public struct WeightLineage: Equatable, Sendable {
  public var verdict: WeightVerdict
  /// Nearest first.
  public var relations: [RelationFinding]
  public var direction: LineageDirection
  /// Nil for certificates and where no test ran.
  public var p: TailBound?
  /// log10 of the e-value of the exact tests; nil if they did not run.
  public var log10E: Double?
  /// Comparisons made in the same call; decisions divide the e-value by it.
  public var comparisons: Int
  public var sentence: String
  public var rungs: [Rung]
  public var findings: [Finding]
  /// Nil where no tensors were put in line.
  public var line: TensorLine?
  /// Whether tensors of the suspect were placed by shape and content, their names being unknown.
  public var isPlacedByContent = false
  /// The share, from 0 to 1, of the smaller model's parameters that could not be decoded.
  public var unreadParameters = 0.0
  /// Ways of packing weights that were not decoded, sorted.
  public var packing: [String] = []

  public init(
    verdict: WeightVerdict, sentence: String, relations: [RelationFinding] = [],
    direction: LineageDirection = .undetermined, p: TailBound? = nil, log10E: Double? = nil,
    comparisons: Int = 1, rungs: [Rung] = [], findings: [Finding] = []
  ) {
    self.verdict = verdict
    self.sentence = sentence
    self.relations = relations
    self.direction = direction
    self.p = p
    self.log10E = log10E
    self.comparisons = comparisons
    self.rungs = rungs
    self.findings = findings
  }

  /// Nothing ran, and why.
  public static func notTested(_ reason: String) -> WeightLineage {
    WeightLineage(verdict: .notTested, sentence: VerdictSentence.notTested(reason: reason))
  }

  /// Equal bytes, equal tensors or an explicit map: no probability needed.
  public var isCertificate: Bool {
    rungs.contains { $0.rung <= 2 && $0.outcome == .yes }
  }
}
