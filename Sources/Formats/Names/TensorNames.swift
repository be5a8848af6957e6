// One convention of names, as data: what each part of a network is called in one container.
//
// The same table writes names and reads them, so the two cannot differ. A name is a prefix, for a
// part of a layer the block with its number, the part, and an ending that tells weight from bias.
// Reading is exact: a name that the convention would not write has no place. What wrappers and
// half-known files add is for `NameReader`.

import Base

/// The names of one family in one container.
public struct TensorNames: Sendable {
  /// How a part's tensors end.
  public struct Endings: Hashable, Sendable {
    public var weight: String
    public var bias: String

    public init(weight: String = ".weight", bias: String = ".bias") {
      self.weight = weight
      self.bias = bias
    }

    public subscript(parameter: TensorPlace.Parameter) -> String {
      parameter == .weight ? weight : bias
    }
  }

  /// What may stand before every name.
  public var prefixes = [""]
  /// What stands before the parts of a layer; `#` is its number.
  public var block: String
  /// The parts without ending; `#` is the number of an expert.
  public var parts: [TensorRole: String]
  /// Of parts that do not end in `.weight` and `.bias`.
  public var endings: [TensorRole: Endings] = [:]

  public init(
    prefixes: [String] = [""], block: String, parts: [TensorRole: String],
    endings: [TensorRole: Endings] = [:]
  ) {
    self.prefixes = prefixes
    self.block = block
    self.parts = parts
    self.endings = endings
  }

  /// The same names with some parts called otherwise.
  public func renaming(
    _ changes: [TensorRole: String], endings: [TensorRole: Endings] = [:]
  ) -> TensorNames {
    var copy = self
    copy.parts.merge(changes) { _, new in new }
    copy.endings.merge(endings) { _, new in new }
    return copy
  }

  /// How a part's weight, or its bias, ends.
  public func ending(_ role: TensorRole, _ parameter: TensorPlace.Parameter) -> String {
    (endings[role] ?? Endings())[parameter]
  }

  /// The name of a part, of an expert if one is given, without prefix and ending. Nil if the
  /// convention has no name for it.
  public func name(_ role: TensorRole, layer: Int, expert: Int? = nil) -> String? {
    guard var name = parts[role] else { return nil }
    if let expert { name = Self.putting(expert, into: name) }
    return role.isInLayer ? Self.putting(layer, into: block) + name : name
  }

  /// The whole name of a place with the first prefix; nil if the convention cannot name it.
  public func name(of place: TensorPlace) -> ByteName? { allNames(of: place).first }

  /// The names of a place with every prefix; none if the convention cannot name it.
  public func allNames(of place: TensorPlace) -> [ByteName] {
    guard let part = parts[place.role], (place.layer != nil) == place.role.isInLayer,
      (place.expert != nil) == part.contains("#"),
      let name = name(place.role, layer: place.layer ?? 0, expert: place.expert)
    else { return [] }
    return prefixes.map { ByteName($0 + name + ending(place.role, place.parameter)) }
  }

  private static func putting(_ number: Int, into text: String) -> String {
    text.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "\(number)")
  }
}
