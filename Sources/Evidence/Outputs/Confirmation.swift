// Confirmation across tokenizers: the contrast again, over exact byte distributions.
//
// Where suspect and reference have different tokenizers, rung 5 compares sums over the next token,
// which say nothing of the byte behind a token of one byte and are of a canonical past only where
// the tokens of the text are (`ByteOutcomes`). Two models of one tokenizer share what that leaves
// out; two of different tokenizers do not. So what exceeds every control is measured again at a
// keyed sample of the common positions, over the exact distributions of the next two bytes that
// every tokenizer gives alike (facts/detection.md B5).
//
// The rule was fixed before any suspect was seen. The confirmation holds if the exact contrast is
// above zero and at most a quarter of the controls lie at or above it. Fewer positions know the
// contrast less well, so that every control is not asked for again; but if the suspect stood out
// by its tokenizer alone, it would be one more control here, and pass once in four times. It can
// only turn `inherits` into `inconclusive`. What could not be measured does not hold.

import Base

/// A contrast over exact byte distributions.
public struct Confirmation: Equatable, Sendable {
  /// Over the members of the contrast that it confirms; no positions if nothing was measured.
  public var contrast: LocalContrast
  /// The share of the probability that was not looked at, over models and positions: the mean.
  public var leftOut: Double
  /// The largest share at one position of one model.
  public var leftOutMost: Double
  /// Why nothing was measured.
  public var reason: String?

  public init(
    contrast: LocalContrast, leftOut: Double = 0, leftOutMost: Double = 0, reason: String? = nil
  ) {
    self.contrast = contrast
    self.leftOut = leftOut
    self.leftOutMost = leftOutMost
    self.reason = reason
  }

  /// One that could not be measured.
  public init(_ need: PanelRecord.Need, suspect: Int, reason: String) {
    let members = LocalContrast.members(
      suspect: suspect, rival: need.rival, controls: need.controls)
    self.init(
      contrast: LocalContrast(
        reference: need.reference, rival: need.rival, members: members,
        sums: members.map { _ in [0] }, counts: [0]),
      reason: reason)
  }

  /// The most positions that are looked at.
  public static let positionsMax = 128
  /// The largest conformal p that still confirms.
  public static let level = 0.25
  /// The stream of the seed that draws the positions; the gates have others.
  public static let stream: UInt64 = 3
  static let method = "exact byte distributions by cover encodings"

  var test: ControlTest {
    let values = contrast.contrasts
    return ControlTest(value: values[0], controls: Array(values.dropFirst()))
  }

  /// Whether the exact contrast says what the sums over tokens said.
  public var holds: Bool {
    contrast.positionCount > 0 && test.value > 0 && test.conformalP <= Self.level
  }

  /// What stands beside the verdict.
  var announcement: String { "Confirmation: \(sentence)." }

  /// The same in words.
  public var sentence: String {
    guard contrast.positionCount > 0 else {
      return "the exact byte distributions were not compared: \(reason ?? "no common position")"
    }
    let test = test
    let above = test.controls.count { $0 >= test.value }
    return "over exact byte distributions at \(contrast.positionCount) positions the contrast is "
      + "\(Figure.text(test.value)) (z \(Figure.text(test.z ?? 0))), and \(above) of "
      + "\(test.controls.count) controls lie at or above it; \(Figure.text(leftOut)) of the "
      + "probability was left out"
  }
}

// MARK: The record

extension PanelRecord {
  /// The confirmation that the rules ask for and that is not there; nil once all are. Ask after
  /// `missing` has nothing more.
  public func missingConfirmation() -> Need? {
    confirmable.first { confirmation($0) == nil }
  }

  /// Contrasts that are measured again: those of pairs across tokenizers that exceed every control,
  /// or all.
  var confirmable: [Need] {
    let singles = singles
    var needs: [Need] = []
    for index in references.indices {
      guard let chosen = chosen(index, singles)?.single,
        confirmsAll || (exceeds(chosen) && isAcrossTokenizers(chosen.need.reference)),
        !needs.contains(where: { $0.reference == chosen.need.reference })
      else { continue }
      needs.append(chosen.need)
    }
    return needs
  }

  /// Whether the suspect stands above every control.
  func exceeds(_ single: Single) -> Bool { single.test.isAtFloor && single.test.z != nil }

  /// Whether the suspect's tokenizer is not that of every one of these references.
  func isAcrossTokenizers(_ reference: [Int]) -> Bool {
    reference.contains { models[$0].tokenizer != models[suspect].tokenizer }
  }

  func confirmation(_ need: Need) -> Confirmation? {
    confirmations.first { fits($0.contrast, need) }
  }
}

extension OutputGates {
  /// The exact distributions say the same, for a pair across tokenizers.
  static func byteExact(_ confirmation: Confirmation?, exceeds: Bool) -> Gate {
    guard exceeds else {
      return Gate(
        "byte-exact", passed: true, detail: "not needed: a control is as high as the suspect")
    }
    guard let confirmation else {
      return Gate(
        "byte-exact", passed: false, detail: "the exact byte distributions were not compared")
    }
    return Gate("byte-exact", passed: confirmation.holds, detail: confirmation.sentence)
  }
}
