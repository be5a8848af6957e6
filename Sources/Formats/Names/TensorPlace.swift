// Where in a network a tensor stands: its role, and which layer and expert.
//
// Places are equal in two models if the tensors do the same thing in the same spot, so places are
// what names of one container are translated through into names of another.

/// A role with its layer and expert.
public struct TensorPlace: Hashable, Sendable {
  /// Which of a part's tensors.
  public enum Parameter: Hashable, Sendable, CaseIterable {
    case weight, bias
  }

  public var role: TensorRole
  /// From 0; nil for a tensor of the whole network.
  public var layer: Int?
  /// From 0; nil if the role has no experts, or if one tensor holds all of them.
  public var expert: Int?
  public var parameter: Parameter

  public init(
    _ role: TensorRole, layer: Int? = nil, expert: Int? = nil, _ parameter: Parameter = .weight
  ) {
    self.role = role
    self.layer = layer
    self.expert = expert
    self.parameter = parameter
  }
}
