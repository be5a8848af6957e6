// How a container stores the numbers of a network: what a reader must undo to see one matrix
// [out, in] for each part.
//
// Each is a fact of one family in one container, with its source where the family is described.
// A fact that is false makes two models with equal weights look different, or the reverse; the
// tests hold every family's facts to a table of their own.

/// The order of values in a family's tensors, in one container.
public struct TensorOrder: Hashable, Sendable {
  /// Where the experts of a layer lie.
  public enum Experts: Hashable, Sendable {
    /// A tensor for each.
    case separate
    /// One tensor [experts, out, in].
    case stacked
    /// One tensor [experts, in, out], with rows of gate and up alternating (gpt-oss).
    case stackedTransposed
  }

  /// The order of rows where query, key and value are one tensor.
  public enum QueryKeyValue: Hashable, Sendable {
    /// All of q, all of k, all of v.
    case stacked
    /// Head by head, each q, k, v.
    case perHead
    /// For each head of k and v the heads of q that use it, then k, then v.
    case perGroup
  }

  /// Whether the matrices of a layer are stored [in, out].
  public var isTransposed = false
  /// What is added to the stored factors of a norm.
  public var gainOffset: Float = 0
  /// Whether the two halves of each head of Q and K are stored alternately (`HeadRows`).
  public var permutesHeads = false
  public var experts = Experts.separate
  /// Nil if the family keeps q, k and v apart.
  public var queryKeyValue: QueryKeyValue?

  public init(
    isTransposed: Bool = false, gainOffset: Float = 0, permutesHeads: Bool = false,
    experts: Experts = .separate, queryKeyValue: QueryKeyValue? = nil
  ) {
    self.isTransposed = isTransposed
    self.gainOffset = gainOffset
    self.permutesHeads = permutesHeads
    self.experts = experts
    self.queryKeyValue = queryKeyValue
  }
}
