// Where in a network a tensor stands, as comparisons see it.
//
// Roles are read by `NameReader` of Formats. An expert is a feed-forward part of its own here, so
// that an expert made from a dense network stands against it. A tensor without a role keeps its
// cleaned name and stands against the tensor of the same name, never against a guess.

import Base
import Formats

/// A place in a network: equal in two models means "the same part".
struct NetworkPlace: Hashable, Sendable {
  var role: TensorRole?
  /// What is left of the name of a tensor without a role.
  var unknown: ByteName?
  var layer: Int?
  var expert: Int?
  var isBias: Bool

  /// The place of a part with a role.
  init(_ role: TensorRole, layer: Int? = nil, expert: Int? = nil, isBias: Bool = false) {
    self.role = role
    self.layer = layer
    self.expert = expert
    self.isBias = isBias
  }

  /// The place that a name stands for.
  init(_ name: ReadName) {
    role = name.role.map { Self.denseRoles[$0] ?? $0 }
    unknown = name.role == nil ? name.ending : nil
    layer = name.layer
    expert = name.expert
    isBias = name.parameter == .bias
  }

  /// The place of a tensor whose name says the same as another's: it stands for itself alone.
  init(onlyOf name: ByteName) {
    unknown = name
    isBias = false
  }

  /// The same place in another layer.
  func moved(to layer: Int) -> NetworkPlace {
    var place = self
    place.layer = layer
    return place
  }

  private static let denseRoles: [TensorRole: TensorRole] = [
    .expertGate: .gate, .expertUp: .up, .expertGateUp: .gateUp, .expertDown: .down,
  ]
}
