// The numbers that the answers of one call rest on: what an evidence pack holds beside them.

import Base
import Evidence
import Fingerprint

/// Models, counts and sums behind a comparison.
public struct ComparisonBasis: Sendable {
  public var suspects: [ComparedIdentity] = []
  /// What stands in the place of a suspect, if that is no model.
  public var recording: RecordedIdentity?
  public var references: [ComparedIdentity] = []
  public var panel: [ComparedIdentity] = []
  /// By suspect and reference; empty if weights were not asked for.
  public var weights: [[WeightCounts?]] = []
  /// By suspect; empty if outputs were not asked for.
  public var outputs: [OutputSums?] = []
  /// The digest of each scored model's outcomes, if the request asked for it.
  public var outcomes: [Digest: Digest] = [:]

  public init() {}

  init(suspects: [ModelFeatures], references: [ModelFeatures], panel: [ModelFeatures]) {
    self.suspects = suspects.map(ComparedIdentity.init)
    self.references = references.map(ComparedIdentity.init)
    self.panel = panel.map(ComparedIdentity.init)
  }
}

/// A model of a comparison with all its digests.
public struct ComparedIdentity: Sendable {
  public var id: String
  public var trainingText: [String]
  public var fingerprint: Fingerprint

  init(_ profile: ModelFeatures) {
    id = profile.id
    trainingText = profile.listed.trainingText
    fingerprint = profile.opened.fingerprint
  }
}

/// Recorded outputs, named by their file.
public struct RecordedIdentity: Sendable {
  public var id: String
  /// SHA-256 of the file.
  public var digest: Digest
  public var byteCount: Int

  init(_ recorded: RecordedOutputs) {
    id = recorded.id
    digest = recorded.digest
    byteCount = recorded.byteCount
  }
}

/// The counts behind the weight verdict of one pair.
public struct WeightCounts: Equatable, Sendable {
  public var evidence: PositionalEvidence
  /// Layers of the rows and columns of `evidence`.
  public var referenceLayers: [Int]
  public var suspectLayers: [Int]
  /// The bundles whose digests every blinding order is drawn from: reference and suspect.
  public var key: [Digest]
  /// Agreement shares of the controls, for two views of a unit.
  public var controlShares: [Double]
  public var relatedControls: [String]
  /// Suspect and controls on activations; nil if they were not asked.
  public var activations: TwoViewCalibration?
  /// Equal bits of the suspect's tensors; a description.
  public var bits: [TensorBits]

  init?(
    _ pairing: Pairing?, controls: PanelCalibration.Controls, beside: PairDescription, key: [Digest]
  ) {
    guard let pairing else { return nil }
    evidence = pairing.evidence
    referenceLayers = pairing.referenceBlocks
    suspectLayers = pairing.suspectBlocks
    self.key = key
    controlShares = controls.shares
    relatedControls = controls.related
    activations = beside.activations
    bits = beside.bits
  }

  public init(
    evidence: PositionalEvidence, referenceLayers: [Int], suspectLayers: [Int], key: [Digest],
    controlShares: [Double], relatedControls: [String], activations: TwoViewCalibration?,
    bits: [TensorBits]
  ) {
    self.evidence = evidence
    self.referenceLayers = referenceLayers
    self.suspectLayers = suspectLayers
    self.key = key
    self.controlShares = controlShares
    self.relatedControls = relatedControls
    self.activations = activations
    self.bits = bits
  }
}

/// What is recorded of a pair beside its counts.
struct PairDescription: Sendable {
  var activations: TwoViewCalibration?
  var bits: [TensorBits] = []
}
