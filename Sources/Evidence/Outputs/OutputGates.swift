// The gates of rung 5 (facts/detection.md B4): what must hold before a number may be read as
// evidence. A failed gate gives inconclusive, and says what would mend it.
//
// `specific`, `stable` and the adjustment guard a positive verdict; where the statistic is not
// positive they are not needed and pass.

import Base

/// What the gates look at.
public struct GateInput: Sendable {
  /// Names of controls with their declared training texts; the rival among them.
  public let controls: [(id: String, trainingText: [String])]
  public let referenceTrainingText: [String]
  /// Relatives by weights of the suspect among the references.
  public let siblings: [String]
  public let contrast: LocalContrast
  public let test: ControlTest
  /// z of the same suspect against references unrelated to this one.
  public let otherReferences: [(id: String, z: Double)]
  public let seed: UInt64

  public init(
    controls: [(id: String, trainingText: [String])], referenceTrainingText: [String],
    siblings: [String], contrast: LocalContrast, test: ControlTest,
    otherReferences: [(id: String, z: Double)], seed: UInt64
  ) {
    self.controls = controls
    self.referenceTrainingText = referenceTrainingText
    self.siblings = siblings
    self.contrast = contrast
    self.test = test
    self.otherReferences = otherReferences
    self.seed = seed
  }
}

/// The gates, each a function of the input alone.
public enum OutputGates {
  /// Controls beside the rival; below, the floor of p is above 1/9.
  public static let controlsMin = 8
  /// A control that looks like a student at this adjusted p spoils the panel.
  public static let cleanLevel = 0.01
  /// Controls that must share the tokenizer, if suspect and reference share it.
  public static let sameTokenizerMin = 3
  /// Bootstraps over documents.
  public static let bootstrapDraws = 2000
  /// Wanted in each half of the documents.
  public static let halfZ = 1.5

  public static func all(
    _ input: GateInput, models: [PanelRecord.Model], suspect: Int, reference: [Int],
    controls: [Int], rival: Int
  ) -> [Gate] {
    [
      enoughControls(input), controlsClean(input), sameData(input),
      tokenizer(models, suspect: suspect, reference: reference, controls: controls, rival: rival),
      era(models, suspect: suspect, controls: controls), siblings(input), specific(input),
      stable(input),
    ]
  }

  static func enoughControls(_ input: GateInput) -> Gate {
    let count = input.test.controls.count
    return Gate(
      "enough-controls", passed: count >= controlsMin,
      detail: "\(count) controls beside the rival, at least \(controlsMin) are wanted"
        + (count < controlsMin ? "; add models that share nothing with the reference" : ""))
  }

  static func controlsClean(_ input: GateInput) -> Gate {
    let smallest = input.test.leaveOneOut.min() ?? 1
    return Gate(
      "controls-clean", passed: smallest > cleanLevel,
      detail: "left out one at a time, the most extreme control has an adjusted p of "
        + Figure.text(smallest)
        + (smallest > cleanLevel ? "" : "; a control may itself be a student of the reference"))
  }

  static func sameData(_ input: GateInput) -> Gate {
    let wanted = Set(input.referenceTrainingText)
    let names = input.controls.filter { !wanted.isDisjoint(with: $0.trainingText) }.map(\.id)
    let detail =
      if wanted.isEmpty {
        "the reference's training text is not declared; declare it, and that of the controls"
      } else if names.isEmpty {
        "no control declares the reference's training text; add one, ideally its twin"
      } else {
        "\(names.count) controls declare the reference's training text: "
          + names.sorted().joined(separator: ", ")
      }
    return Gate("same-data-control", passed: !names.isEmpty, detail: detail)
  }

  static func tokenizer(
    _ models: [PanelRecord.Model], suspect: Int, reference: [Int], controls: [Int], rival: Int
  ) -> Gate {
    let own = models[suspect].tokenizer
    let sharing = controls.filter {
      $0 != rival && $0 != suspect && models[$0].tokenizer == own
    }
    let isShared = reference.allSatisfy { models[$0].tokenizer == own }
    let wanted = isShared ? sameTokenizerMin : 1
    let relation = isShared ? "shares the reference's tokenizer" : "has another tokenizer"
    return Gate(
      "same-tokenizer", passed: sharing.count >= wanted,
      detail: "the suspect \(relation); \(sharing.count) controls have the suspect's, at least "
        + "\(wanted) wanted")
  }

  static func era(_ models: [PanelRecord.Model], suspect: Int, controls: [Int]) -> Gate {
    let losses = controls.map { models[$0].natsPerByte }
    let own = models[suspect].natsPerByte
    guard let low = losses.min(), let high = losses.max() else {
      return Gate("era", passed: false, detail: "there are no controls")
    }
    let margin = high - low
    let fits = own >= low - margin && own <= high + margin
    return Gate(
      "era", passed: fits,
      detail: "log-loss of the suspect \(Figure.text(own)) nats a byte, of the controls "
        + "\(Figure.text(low)) to \(Figure.text(high))"
        + (fits ? "" : "; add controls of the suspect's quality"))
  }

  static func siblings(_ input: GateInput) -> Gate {
    Gate(
      "siblings", passed: true,
      detail: input.siblings.isEmpty
        ? "the suspect has no relatives by weights among the references"
        : "relatives by weights among the references: "
          + input.siblings.sorted().joined(separator: ", "))
  }

  /// The statistic is the suspect's highest, and its bootstrap interval lies above zero.
  static func specific(_ input: GateInput) -> Gate {
    guard let z = input.test.z, input.test.isAtFloor else { return notNeeded("specific") }
    if let rival = input.otherReferences.max(by: { $0.z < $1.z }), rival.z > z {
      return Gate(
        "specific", passed: false,
        detail: "the suspect is nearer to \(rival.id) (\(Figure.text(rival.z))) than to this "
          + "reference (\(Figure.text(z)))")
    }
    var random = CounterRandom(seed: input.seed, stream: 1)
    let count = input.contrast.documentCount
    var draws = (0..<bootstrapDraws).map { _ in
      input.contrast.contrasts(documents: (0..<count).map { _ in random.below(count) })[0]
    }
    draws.sort()
    let low = draws[bootstrapDraws / 40]
    let high = draws[bootstrapDraws - 1 - bootstrapDraws / 40]
    return Gate(
      "specific", passed: low > 0,
      detail: "95 % of document bootstraps of the contrast lie in \(Figure.text(low)) to "
        + Figure.text(high))
  }

  /// Each of two random halves of the documents says the same.
  static func stable(_ input: GateInput) -> Gate {
    guard input.test.isAtFloor else { return notNeeded("stable") }
    var random = CounterRandom(seed: input.seed, stream: 2)
    let order = random.permutation(input.contrast.documentCount)
    let halves = [order.prefix(order.count / 2), order.suffix(order.count - order.count / 2)]
    let values = halves.map { half in
      let contrasts = input.contrast.contrasts(documents: half)
      return ControlTest(value: contrasts[0], controls: Array(contrasts.dropFirst())).z ?? 0
    }
    return Gate(
      "stable", passed: values.allSatisfy { $0 > halfZ },
      detail: "in two halves of the documents the statistic is "
        + values.map { Figure.text($0) }.joined(separator: " and ") + ", above \(halfZ) is wanted")
  }

  private static func notNeeded(_ name: String) -> Gate {
    Gate(name, passed: true, detail: "not needed: a control is as high as the suspect")
  }
}
