// A merge as one of the models in it sees it: its part, the others, and how well the sum of all
// explains the suspect. Beside it stands what else was tried and what that leaves.

import Base

/// How a suspect follows from the models that it was merged from.
public enum MergeFit: Equatable, Sendable {
  /// A mixture of two models; `share` is the second one's.
  case mixture(
    kind: MixtureFit.Kind, share: Double, spread: Double, residual: Double, tensors: Int)
  /// A sum of two task vectors on a base.
  case arithmetic(
    coefficients: [Double], spread: Double, residual: Double, explained: Double, tensors: Int)
  /// Task vectors of which some entries were kept; `shares` of the entries at each value.
  case sparse(
    method: SparseMergeFit.Method, coefficients: [Double], explained: Double, entries: Int,
    shares: [Double])
}

/// Something else that could explain the suspect, and what it leaves.
public struct MergeAlternative: Equatable, Sendable {
  public var explanation: String
  public var residual: Double

  public init(_ explanation: String, residual: Double) {
    self.explanation = explanation
    self.residual = residual
  }
}

/// The part of one model in a merge.
public struct MergePart: Equatable, Sendable {
  public enum Role: Equatable, Sendable {
    /// With this share or coefficient.
    case parent(share: Double)
    /// What the task vectors were added to.
    case base
  }

  public var role: Role
  /// The other parents; of a base all of them.
  public var others: [String]
  /// The base, if there is one.
  public var base: String?
  public var fit: MergeFit
  public var alternatives: [MergeAlternative]

  public init(
    role: Role, others: [String], base: String?, fit: MergeFit, alternatives: [MergeAlternative]
  ) {
    self.role = role
    self.others = others
    self.base = base
    self.fit = fit
    self.alternatives = alternatives
  }
}
