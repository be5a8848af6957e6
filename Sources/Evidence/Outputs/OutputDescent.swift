// The answer of rung 5 for one suspect and one reference, and the rules by which it is given.
//
//   inherits       every gate holds, the suspect exceeds every control, adjusted p ≤ 0.05
//   inconclusive   a gate failed, or the suspect exceeds every control and the adjusted p does not
//                  reach 0.05: how many controls would decide is said (PowerCurve.swift)
//   no-evidence    every gate holds, and a control is as high as the suspect
//   not-tested     the suspect is the reference's relative by weights, or nothing could be scored
//
// The level and the gates are fixed here, before any suspect is seen.

import Base

/// What the output tests say of one pair.
public struct OutputDescent: Equatable, Sendable {
  public var verdict: OutputVerdict
  public var sentence: String
  public var gates: [Gate]
  public var rungs: [Rung]
  /// What the verdict was given by.
  public var figures: ContrastFigures
  /// What is told beside them.
  public var description: ContrastDescription

  public init(
    verdict: OutputVerdict, sentence: String, gates: [Gate], rungs: [Rung],
    figures: ContrastFigures, description: ContrastDescription
  ) {
    self.verdict = verdict
    self.sentence = sentence
    self.gates = gates
    self.rungs = rungs
    self.figures = figures
    self.description = description
  }
}

/// The figures that a verdict of rung 5 is given by.
public struct ContrastFigures: Equatable, Sendable {
  /// z of the contrast among the controls; 0 where they do not vary.
  public var statistic: Double
  /// The conformal p, and the parametric one after Holm's adjustment over the call.
  public var p: Double
  public var adjustedP: Double
  public var controls: Int
  /// The control nearest to the reference, for people.
  public var rival: String

  public init(statistic: Double, p: Double, adjustedP: Double, controls: Int, rival: String) {
    self.statistic = statistic
    self.p = p
    self.adjustedP = adjustedP
    self.controls = controls
    self.rival = rival
  }
}

/// What is known of a comparison before the statistics of the whole call are adjusted.
public struct ContrastResult: Sendable {
  /// Names for people. `reference` names all members of a group.
  public let suspect: String
  public let reference: String
  public let rival: String
  public let test: ControlTest
  /// The parametric p, doubled where a group was tried beside the single reference.
  public let parametricP: Double
  /// The other reference, if the two were tested as a group.
  public let group: [String]
  public let gates: [Gate]
  /// Temperature of the suspect against the panel.
  public let beta: Double
  public let positions: Int
  public let documents: Int
  /// Names of the controls, in the order of the test.
  public let controlNames: [String]
  public let plain: PlainSimilarity
  /// What exact distributions said, where the pair was measured again.
  public let confirmation: ConfirmationAnswer?

  public init(
    suspect: String, reference: String, rival: String, test: ControlTest, parametricP: Double,
    group: [String], gates: [Gate], beta: Double, positions: Int, documents: Int,
    controlNames: [String], plain: PlainSimilarity, confirmation: ConfirmationAnswer?
  ) {
    self.suspect = suspect
    self.reference = reference
    self.rival = rival
    self.test = test
    self.parametricP = parametricP
    self.group = group
    self.gates = gates
    self.beta = beta
    self.positions = positions
    self.documents = documents
    self.controlNames = controlNames
    self.plain = plain
    self.confirmation = confirmation
  }

  /// The highest adjusted p that still counts.
  public static let level = 0.05

  /// The verdict, once Holm's adjustment over all comparisons of the call is known.
  /// - Parameter comparisons: how many there are, for what would decide an open answer.
  public func descent(adjustedP: Double, comparisons: Int = 1) -> OutputDescent {
    var gates = gates
    let exceeds = test.isAtFloor && test.z != nil
    gates.append(adjustment(adjustedP, multiplicity(comparisons)))
    let failed = gates.first { !$0.passed }
    let verdict: OutputVerdict =
      failed != nil ? .inconclusive : exceeds ? .inherits : .noEvidence
    let controls = test.controls.count
    let sentence =
      switch verdict {
      case .inherits:
        VerdictSentence.inherits(
          suspect: suspect, reference: reference, controls: controls, adjusted: adjustedP)
      case .inconclusive:
        VerdictSentence.inconclusive(because: failed?.failure ?? "something it needs is missing")
      default:
        VerdictSentence.noOutputDescent(
          suspect: suspect, reference: reference,
          tests: ["rival contrast over \(controls) controls"])
      }
    let outcome: RungOutcome =
      verdict == .inherits ? .yes : verdict == .noEvidence ? .no : .notTested
    return OutputDescent(
      verdict: verdict, sentence: sentence, gates: gates,
      rungs: [
        Rung(
          5, "inherited distribution", outcome,
          details: ["method": .string(Self.method), "controls": JSON(controls)])
      ],
      figures: ContrastFigures(
        statistic: test.z ?? 0, p: test.conformalP, adjustedP: adjustedP, controls: controls,
        rival: rival),
      description: description)
  }

  /// What is told of the contrast, but for what hangs on the other comparisons of the call.
  private var description: ContrastDescription {
    ContrastDescription(
      value: test.value, floor: test.floor, parametricP: parametricP, beta: beta,
      positions: positions, documents: documents,
      controls: zip(controlNames, test.controls).map { ControlContrast(id: $0, value: $1) },
      plain: plain, group: group, confirmation: confirmation)
  }

  /// What p is multiplied by at the most: a group had two chances.
  private func multiplicity(_ comparisons: Int) -> Int { comparisons * (group.isEmpty ? 1 : 2) }

  private func adjustment(_ adjustedP: Double, _ multiplicity: Int) -> Gate {
    guard let z = test.z, test.isAtFloor else {
      return Gate(
        "adjusted", passed: true, detail: "not needed: a control is as high as the suspect")
    }
    let passed = adjustedP <= Self.level
    var detail =
      "the suspect exceeds every control; p adjusted for all comparisons of this call is "
      + "\(Figure.text(adjustedP)), at most \(Self.level) is wanted"
    if !passed {
      if let wanted = PowerCurve.controlsDeciding(z: z, comparisons: multiplicity) {
        detail +=
          "; with \(wanted) controls, all below the suspect, a statistic of \(Figure.text(z)) "
          + "would reach it"
      } else {
        detail +=
          "; not even \(PowerCurve.controlsMax) controls would bring a statistic of "
          + "\(Figure.text(z)) there: ask about fewer pairs at once"
      }
    }
    return Gate("adjusted", passed: passed, detail: detail)
  }

  /// The verdicts of a whole call, p adjusted by Holm over every result in it. Nil, a pair that
  /// was not tested, stays nil.
  public static func descents(_ rows: [[ContrastResult?]]) -> [[OutputDescent?]] {
    let values = rows.joined().compactMap { $0?.parametricP }
    var adjusted = Holm.adjusted(values)[...]
    var tables: [[Int]: PowerTable] = [:]
    return rows.map { row in
      row.map { result in
        guard let result else { return nil }
        var descent = result.descent(
          adjustedP: adjusted.popFirst() ?? 1, comparisons: values.count)
        descent.description.comparisons = values.count
        let key = [result.test.controls.count, result.multiplicity(values.count)]
        let table = tables[key] ?? PowerTable(controls: key[0], comparisons: key[1])
        tables[key] = table
        descent.description.power = table.summary(result.test)
        return descent
      }
    }
  }

  /// Which statistic stands in `statistic`.
  public static let method = "local rival contrast over two-byte outcomes"
}
