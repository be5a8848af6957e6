// What is told of a contrast that was measured again over exact byte distributions.

import Base

/// The words and figures of a confirmation.
public struct ConfirmationAnswer: Equatable, Sendable {
  /// Of what was measured.
  public struct Figures: Equatable, Sendable {
    /// z among the controls; 0 where they do not vary.
    public var statistic: Double
    public var contrast: Double
    public var conformalP: Double
    public var controls: Int
    /// The probability that was not looked at: the mean, and the most at one position.
    public var leftOut: Double
    public var leftOutMost: Double
  }

  public var positions: Int
  public var holds: Bool
  /// What stands beside the verdict.
  public var announcement: String
  /// Why nothing was measured.
  public var reason: String?
  /// Nil if nothing was measured.
  public var figures: Figures?
}

extension Confirmation {
  /// What is told of it.
  public var answer: ConfirmationAnswer {
    var answer = ConfirmationAnswer(
      positions: contrast.positionCount, holds: holds, announcement: announcement, reason: reason)
    guard contrast.positionCount > 0 else { return answer }
    let test = test
    answer.figures = ConfirmationAnswer.Figures(
      statistic: test.z ?? 0, contrast: test.value, conformalP: test.conformalP,
      controls: test.controls.count, leftOut: leftOut, leftOutMost: leftOutMost)
    return answer
  }
}
