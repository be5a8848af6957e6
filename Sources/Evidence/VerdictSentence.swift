// The words a verdict may use, and the sentence that must stand beside it.
//
// Three lines of evidence, three vocabularies: weight lineage, output descent, trial. A verdict of
// one line never speaks for another. The sentences are fixed here, once, so that no report can say
// more than its test showed: a shared ancestor is not a direction, agreement is not a channel, and
// the absence of evidence is not evidence of absence.
//
// Does not: decide anything. The tests decide; this file only gives their answers words.

/// Were these weights computed from those?
public enum WeightVerdict: String, Sendable, CaseIterable {
  case sameBytes = "same-bytes"
  case sameTensors = "same-tensors"
  case related
  case noEvidence = "no-evidence"
  case inconclusive
  case notTested = "not-tested"

  /// Whether the verdict states a relation.
  public var isPositive: Bool { self == .sameBytes || self == .sameTensors || self == .related }
}

/// Was this model trained on that one's outputs?
public enum OutputVerdict: String, Sendable, CaseIterable {
  case sharedOutputSpace = "shared-output-space"
  case inherits
  case noEvidence = "no-evidence"
  case inconclusive
  case notTested = "not-tested"

  /// Whether the verdict states descent.
  public var isPositive: Bool { self == .sharedOutputSpace || self == .inherits }
}

/// Was this model trained on the answers that were served?
public enum TrialVerdict: String, Sendable, CaseIterable {
  case trainedOnServed = "trained-on-served"
  case noEvidence = "no-evidence"
  case inconclusive
  case notTested = "not-tested"

  /// Whether the verdict states descent.
  public var isPositive: Bool { self == .trainedOnServed }
}

/// What is seen in the weights of a related pair. The order of the cases is the order in which
/// relations are named: the nearest first.
public enum WeightRelation: String, Sendable, CaseIterable {
  case identical
  case cast
  case quantised
  case reparameterised
  case pruned
  case layersDropped = "layers-dropped"
  case layersDuplicated = "layers-duplicated"
  case merged
  case lowRankUpdate = "low-rank-update"
  case noiseAdded = "noise-added"
  case upcycled
  case vocabularyChanged = "vocabulary-changed"
  case partlyInitialised = "partly-initialised"
  case fineTuned = "fine-tuned"
  case sibling
  case unknown
}

/// Which model came first, as far as the evidence itself tells.
public enum LineageDirection: String, Sendable {
  case suspectFromReference = "suspect-from-reference"
  case referenceFromSuspect = "reference-from-suspect"
  case commonAncestor = "common-ancestor"
  case undetermined
}

/// The mandatory sentences. `suspect` and `reference` are names for people.
public enum VerdictSentence {
  // MARK: Weight lineage

  /// Every weight file equal, byte for byte.
  public static func sameBytes(suspect: String, reference: String) -> String {
    "Every weight file of \(suspect) is byte-identical to \(reference)."
  }

  /// Equal values; `transformation` is "decoding", "renaming" or "a recovered
  /// re-parameterisation, residual x".
  public static func sameTensors(
    suspect: String, reference: String, after transformation: String
  ) -> String {
    "\(suspect) holds the same tensor values as \(reference) after \(transformation)."
  }

  /// A tail probability under independent starts; `control` is "exact" or "calibrated on n
  /// controls".
  public static func related(
    suspect: String, reference: String, p: TailBound, test: String, control: String
  ) -> String {
    "Under the hypothesis that \(suspect) and \(reference) were trained from independent random "
      + "starts, a result this extreme has probability at most \(p.text) (test \(test), "
      + "\(control)). This shows a common weight ancestor; it does not show direction or "
      + "permission."
  }

  /// The tests ran and saw nothing.
  public static func noSharedWeights(
    suspect: String, reference: String, tests: [String]
  ) -> String {
    "No evidence of shared weights was found by the tests that ran: "
      + "\(tests.joined(separator: ", ")). This does not show that \(suspect) is independent of "
      + "\(reference)."
  }

  /// Too little of the weights could be read to say anything.
  public static func unread(share: Double, packing: [String]) -> String {
    let percent = Int((share * 100).rounded(.down))
    let ways = packing.isEmpty ? "" : " (\(packing.joined(separator: "; ")))"
    return "The test could not decide because \(percent) % of the parameters are packed in a way "
      + "that is not read\(ways)."
  }

  // MARK: Output descent

  /// The logits lie in the image of the reference's output head.
  public static func sharedOutputSpace(
    suspect: String, reference: String, residual: Double, controls: Int, nearest: Double
  ) -> String {
    "The logits of \(suspect) lie in the output space of \(reference) to a relative residual of "
      + "\(Figure.text(residual)); \(controls) controls lie at \(Figure.text(nearest)) or more."
  }

  /// The suspect follows the reference where it departs from the panel.
  public static func inherits(
    suspect: String, reference: String, controls: Int, adjusted: Double
  ) -> String {
    "\(suspect) agrees with \(reference)'s departures from the panel more than all \(controls) "
      + "controls do (conformal p = 1/\(controls + 1), adjusted p = \(Figure.text(adjusted))). "
      + "This is evidence of training on \(reference)'s outputs or on a shared source not "
      + "present in the panel; it is not proof of the channel."
  }

  /// The output tests ran and saw nothing.
  public static func noOutputDescent(
    suspect: String, reference: String, tests: [String]
  ) -> String {
    "No evidence of training on the outputs of \(reference) was found by the tests that ran: "
      + "\(tests.joined(separator: ", ")). This does not show that \(suspect) is independent of "
      + "\(reference)."
  }

  // MARK: Trial

  /// A preference for the served answers that fair coins would hardly give.
  public static func trainedOnServed(suspect: String, p: TailBound) -> String {
    "If \(suspect) had not been trained on the served answers, a preference this strong for them "
      + "would have probability at most \(p.text) over the committed coins."
  }

  /// The trial ran and saw nothing.
  public static func noServedPreference(suspect: String, tests: [String]) -> String {
    "No evidence of training on the served answers was found by the tests that ran: "
      + "\(tests.joined(separator: ", ")). This does not show that \(suspect) never saw them."
  }

  // MARK: Every line

  /// Something that must hold does not: nothing may be concluded in either direction.
  /// - Parameter reason: a clause, for people.
  public static func inconclusive(because reason: String) -> String {
    "The test could not decide because \(reason)."
  }

  /// The test did not run.
  public static func notTested(reason: String) -> String {
    "Not tested: \(reason)."
  }
}
