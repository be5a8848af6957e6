// Finds the tensors of a model by name and shape, and notices the ones nobody asked for.
//
// Promises: a tensor that is missing, has another shape than the architecture says, or is of a
// type that cannot be computed with is a `Problem` naming it; so is a tensor left over at the end:
// a model is computed whole or not at all. Reads headers only.

import Base
import Formats

/// Binds names to tensors, once for a model.
struct WeightBinder {
  let model: OpenModel
  let container: TensorContainer
  let quantization: Quantization
  /// Matrices in several tensors, if there are any.
  let packed: PackedWeights?
  private let prefix: String
  private var used: Set<ByteName> = []

  init(
    _ model: OpenModel, _ container: TensorContainer, _ quantization: Quantization
  ) throws(Problem) {
    self.model = model
    self.container = container
    self.quantization = quantization
    packed = quantization.packed(in: model)
    let names = container.names
    let embedding = names.parts[.embedding] ?? ""
    guard
      let prefix = names.prefixes.first(where: {
        model.tensor(ByteName("\($0)\(embedding).weight")) != nil
      })
    else {
      throw Problem(
        .malformed, "missing_tensor", place: model.path,
        reason: "there is no tensor \(names.prefixes[0])\(embedding).weight",
        remedy: "the file is incomplete, or its config.json is of another model")
    }
    self.prefix = prefix
  }

  /// The full name of a part, without suffix.
  func fullName(_ part: TensorRole, layer: Int = 0, expert: Int? = nil) throws(Problem) -> String {
    guard let name = container.names.name(part, layer: layer, expert: expert) else {
      throw Problem(
        .malformed, "unsupported_architecture", place: model.path,
        reason: "this container has no name for the part \(part) of this architecture")
    }
    return prefix + name
  }

  /// The full name of a part's weight, as the container ends it.
  func weightName(_ part: TensorRole, layer: Int = 0) throws(Problem) -> String {
    try fullName(part, layer: layer) + container.names.ending(part, .weight)
  }

  func has(_ part: TensorRole, layer: Int = 0) -> Bool {
    guard let name = container.names.name(part, layer: layer) else { return false }
    return model.tensor(ByteName(prefix + name + ".weight")) != nil
  }

  // MARK: Matrices

  /// A matrix, stored as one tensor of `storedRows` rows of which `order` picks `rows`.
  mutating func matrix(
    _ part: TensorRole, layer: Int = 0, expert: Int? = nil, rows: Int, columns: Int,
    storedRows: Int? = nil, order: RowOrder = .plain()
  ) throws(Problem) -> WeightMatrix {
    let name = try fullName(part, layer: layer, expert: expert)
    let stored = storedRows ?? rows
    let storage = try quantization.storage(
      name, rows: stored, columns: columns,
      transposed: container.order.isTransposed && part.isInLayer, packed: packed,
      find: { (suffix) throws(Problem) -> TensorEntry in try find(name + suffix) },
      model: model)
    for suffix in quantization.suffixes(of: storage) { used.insert(ByteName(name + suffix)) }
    return WeightMatrix(
      name: name, rows: rows, columns: columns, storage: storage, order: order)
  }

  /// One matrix of a tensor [count, rows, columns].
  mutating func slice(
    _ part: TensorRole, layer: Int, index: Int, of count: Int, rows: Int, columns: Int,
    order: RowOrder = .plain(), storedRows: Int? = nil, transposed: Bool = false,
    suffix: String = ".weight"
  ) throws(Problem) -> WeightMatrix {
    let name = try fullName(part, layer: layer)
    let stored = storedRows ?? rows
    let entry = try find(name + suffix)
    let shape = transposed ? [count, columns, stored] : [count, stored, columns]
    try expect(entry, shape)
    let width = transposed ? stored : columns
    let isWhole = width % entry.type.blockElements == 0
    guard isWhole, !transposed || entry.type.blockElements == 1 || order == .plain() else {
      throw Problem(
        .malformed, "unsupported_type", place: "\(model.path): tensor \(entry.name)",
        reason: "matrices of \(width) values a row in type \(entry.type.name) cannot be read")
    }
    used.insert(entry.name)
    var tensor = try StoredTensor(model, entry)
    tensor.start = index * stored * columns
    return WeightMatrix(
      name: name, rows: rows, columns: columns,
      storage: transposed ? .columns(tensor, out: stored) : .rows(tensor), order: order)
  }

  // MARK: Vectors

  /// A vector of `count` values picked by `order` from `stored` ones.
  mutating func vector(
    named name: String, count: Int, stored: Int? = nil, order: RowOrder = .plain(),
    plus: Float = 0
  ) throws(Problem) -> WeightVector {
    let entry = try find(name)
    try expect(entry, [stored ?? count])
    used.insert(entry.name)
    return WeightVector(
      tensor: try StoredTensor(model, entry), count: count, order: order, plus: plus)
  }

  /// The bias of a part, if the architecture or the file has one.
  mutating func bias(
    _ part: TensorRole, layer: Int, expert: Int? = nil, _ presence: Bias, count: Int,
    stored: Int? = nil, order: RowOrder = .plain()
  ) throws(Problem) -> WeightVector? {
    let name = try fullName(part, layer: layer, expert: expert) + ".bias"
    switch presence {
    case .absent: return nil
    case .ifStored where model.tensor(ByteName(name)) == nil: return nil
    case .ifStored, .required:
      return try vector(named: name, count: count, stored: stored, order: order)
    }
  }

  /// Factors, and for layer norms the bias, of a norm.
  mutating func norm(
    _ part: TensorRole, layer: Int = 0, count: Int, _ norm: Norm
  ) throws(Problem) -> NormWeights {
    let name = try fullName(part, layer: layer)
    let factors = try vector(
      named: name + ".weight", count: count, plus: container.order.gainOffset)
    let bias = norm.kind == .layer ? try vector(named: name + ".bias", count: count) : nil
    return NormWeights(norm: norm, factors: factors, bias: bias)
  }

  // MARK: Bookkeeping

  func find(_ name: String) throws(Problem) -> TensorEntry {
    guard let entry = model.tensor(ByteName(name)) else {
      throw Problem(
        .malformed, "missing_tensor", place: model.path, reason: "there is no tensor \(name)",
        remedy: "the file is incomplete, or its configuration is of another model",
        details: ["tensor": .string(name)])
    }
    return entry
  }

  func expect(_ entry: TensorEntry, _ shape: [Int]) throws(Problem) {
    guard entry.shape != shape else { return }
    throw Problem(
      .malformed, "wrong_shape", place: "\(model.path): tensor \(entry.name)",
      reason: "its shape is \(entry.shape), the configuration asks for \(shape)",
      remedy: "the configuration is of another model")
  }

  mutating func use(_ name: String) { used.insert(ByteName(name)) }

  /// Throws if a tensor was not asked for, unless its name ends like one that holds no weights,
  /// or `isIgnored` says that the reference leaves it out too.
  func finish(isIgnored: (ByteName) -> Bool = { _ in false }) throws(Problem) {
    let unused = model.tensors.first { entry in
      !used.contains(entry.name) && !isIgnored(entry.name)
        && !container.ignores(entry.name)
    }
    guard let unused else { return }
    throw Problem(
      .malformed, "unused_tensor", place: "\(model.path): tensor \(unused.name)",
      reason: "the architecture has no use for it, so the model would not be computed whole",
      remedy: "the configuration is of another model, or this variant is not known here",
      details: ["tensor": .string(unused.name.text)])
  }
}

/// A matrix with its bias.
struct Linear: Sendable {
  let matrix: WeightMatrix
  let bias: WeightVector?
}

/// The factors of a norm.
struct NormWeights: Sendable {
  let norm: Norm
  let factors: WeightVector
  let bias: WeightVector?
}
