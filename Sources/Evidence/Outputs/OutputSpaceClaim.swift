// What an answer says of rung 4, as far as its rule can be applied again: residuals are seen in
// logits, which no answer holds.

import Base

/// The stated residual of a shared output space.
public struct OutputSpaceClaim: Equatable, Sendable {
  public var residual: Double
  public var tolerance: Double
  /// The least residual of a control; nil without controls.
  public var nearest: Double?
  /// Whether it was called a certificate.
  public var isCertificate: Bool

  /// Whether the rule makes a certificate of the stated residuals.
  public var follows: Bool {
    OutputSpaceFinding.isCertificate(residual: residual, tolerance: tolerance, nearest: nearest)
  }
}
