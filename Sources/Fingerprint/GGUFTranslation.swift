// How one tensor of a GGUF file stands to those of the library's files: from the family's names
// and orders in both containers, the metadata, and the tensor's own shape and type.
//
// Promises: what is taken apart, turned or moved fits the shape; everything else is refused with
// the obstacle, so that nothing enters a digest under a name whose values it does not have.

import Base
import Formats

/// The way from the GGUF names of one family to the library's.
struct GGUFTranslation: Sendable {
  /// What a tensor needs.
  enum Step {
    case place(CanonicalPlan.Place)
    /// It holds tensors of these names, one after the other.
    case slices([ByteName])
    /// It makes these, given its index.
    case assembled([(Int) -> Assembly])
    /// It is part `slot` of a whole that the library calls `name`.
    case part(of: TensorPlace, name: ByteName, slot: Int)
  }

  /// The parts of one whole that were found.
  struct Join {
    let name: ByteName
    private var bySlot: [Int: Int] = [:]

    init(name: ByteName) { self.name = name }

    mutating func put(_ index: Int, at slot: Int) { bySlot[slot] = index }
    /// Indices of stored tensors, in the order of the whole.
    var parts: [Int] { bySlot.sorted { $0.key < $1.key }.map(\.value) }
  }

  struct Refusal: Error {
    let obstacle: CanonicalTensor.Obstacle
  }

  /// More experts than any layer has.
  static let expertCountMax = 4096

  let family: TensorFamily
  private let index: TensorNameIndex
  private let heads: HeadCounts

  /// Nil if no family has the model's architecture.
  init?(_ model: OpenModel) {
    let metadata = model.ggufMetadata
    let architecture = metadata["general.architecture"]?.text ?? ""
    guard
      let family = TensorFamily.of(
        architecture: architecture, names: model.tensors.lazy.map(\.name))
    else { return nil }
    self.family = family
    index = TensorNameIndex(family.gguf.names)
    heads = HeadCounts(metadata: metadata, architecture: architecture)
  }

  private var names: TensorNames { family.huggingFace.names }
  private var stored: TensorOrder { family.gguf.order }
  private var wanted: TensorOrder { family.huggingFace.order }

  /// The library's names of the embedding and of the head that may repeat it.
  var tied: CanonicalPlan.Tied? {
    guard let embedding = names.name(of: TensorPlace(.embedding)),
      let head = names.name(of: TensorPlace(.head))
    else { return nil }
    return CanonicalPlan.Tied(embedding: embedding, head: head)
  }

  func step(_ entry: TensorEntry) -> Step {
    guard let place = index.place(of: entry.name) else {
      return .place(family.gguf.ignores(entry.name) ? .dropped : .unmapped)
    }
    guard names.parts[place.role] != nil else { return part(place) }
    if place.role.isOfExpert, place.parameter == .weight, stored.experts != wanted.experts {
      return experts(entry, place)
    }
    guard let name = names.name(of: place) else { return .place(.unmapped) }
    if place.role.isNorm, place.parameter == .weight, stored.gainOffset != wanted.gainOffset {
      let added = wanted.gainOffset - stored.gainOffset
      return turned(entry, name, entry.shape, .less(added))
    }
    if place.role == .queryKeyValue, stored.queryKeyValue != wanted.queryKeyValue {
      return .place(grouped(entry, place, name))
    }
    if place.role == .query || place.role == .key, stored.permutesHeads != wanted.permutesHeads {
      return .place(permuted(entry, place, name))
    }
    if wanted.isTransposed, place.role.isInLayer, !place.role.isNorm, place.parameter == .weight {
      guard entry.shape.count == 2 else { return .place(.unrestored(name, .shape)) }
      let (rows, columns) = (entry.shape[0], entry.shape[1])
      return turned(
        entry, name, [columns, rows], .transposed(rows: rows, columns: columns))
    }
    // The library keeps the one row of this gate as a matrix.
    let isRow = place.role == .sharedRouter && place.parameter == .weight && entry.shape.count == 1
    return .place(.named(name, shape: isRow ? [1] + entry.shape : nil, rows: nil))
  }

  /// A part that the library has in a fused tensor only.
  private func part(_ place: TensorPlace) -> Step {
    guard let role = place.role.whole, let slot = role.fused.firstIndex(of: place.role) else {
      return .place(.unmapped)
    }
    let whole = TensorPlace(role, layer: place.layer, place.parameter)
    guard let name = names.name(of: whole) else { return .place(.unmapped) }
    return .part(of: whole, name: name, slot: slot)
  }

  private func turned(
    _ entry: TensorEntry, _ name: ByteName, _ shape: [Int], _ order: Assembly.Order
  ) -> Step {
    guard AssembledBytes.numberTypes.contains(entry.type), entry.layout.isPlain else {
      return .place(.unrestored(name, .packed))
    }
    return .assembled([{ Assembly(name: name, shape: shape, parts: [$0], order: order) }])
  }

  private func grouped(
    _ entry: TensorEntry, _ place: TensorPlace, _ name: ByteName
  ) -> CanonicalPlan.Place {
    guard stored.queryKeyValue == .stacked, let layer = place.layer,
      let queries = heads.queries(layer: layer), let keys = heads.keys(layer: layer),
      wanted.queryKeyValue == .perGroup || keys == queries
    else { return .unrestored(name, .unstated) }
    guard
      let rows = GroupRows(
        rowCount: entry.shape.first ?? 0, headCount: queries, groupCount: keys)
    else { return .unrestored(name, .shape) }
    return .named(name, shape: nil, rows: .groups(rows))
  }

  private func permuted(
    _ entry: TensorEntry, _ place: TensorPlace, _ name: ByteName
  ) -> CanonicalPlan.Place {
    guard let layer = place.layer,
      let count = place.role == .query ? heads.queries(layer: layer) : heads.keys(layer: layer)
    else { return .unrestored(name, .unstated) }
    guard let rows = HeadRows(rowCount: entry.shape.first ?? 0, headCount: count) else {
      return .unrestored(name, .shape)
    }
    return .named(name, shape: nil, rows: .heads(rows))
  }

  // MARK: Experts

  /// A stack [experts, out, in].
  private func experts(_ entry: TensorEntry, _ place: TensorPlace) -> Step {
    switch wanted.experts {
    case .separate:
      func name(_ expert: Int) -> ByteName? {
        names.name(of: TensorPlace(place.role, layer: place.layer, expert: expert))
      }
      guard let first = name(0) else { return .place(.unmapped) }
      guard entry.shape.count == 3, entry.byteCount > 0 else {
        return .place(.unrestored(first, .shape))
      }
      guard entry.shape[0] <= Self.expertCountMax else {
        return .place(.unrestored(first, .experts))
      }
      return .slices((0..<entry.shape[0]).compactMap(name))
    case .stackedTransposed:
      guard let name = names.name(of: place) else { return .place(.unmapped) }
      guard entry.shape.count == 3 else { return .place(.unrestored(name, .shape)) }
      if entry.type == .mxfp4 {
        return .assembled(
          [true, false].map { isCodes in
            { Self.microscaled(name, entry, [$0], isCodes: isCodes) }
          })
      }
      let (rows, columns) = (entry.shape[1], entry.shape[2])
      return turned(
        entry, name, [entry.shape[0], columns, rows], .transposed(rows: rows, columns: columns))
    case .stacked:
      return .place(names.name(of: place).map { .named($0, shape: nil, rows: nil) } ?? .unmapped)
    }
  }

  private static func microscaled(
    _ name: ByteName, _ entry: TensorEntry, _ parts: [Int], isCodes: Bool
  ) -> Assembly {
    let blocks = entry.shape[2] / ElementType.mxfp4.blockElements
    let shape = [entry.shape[0], parts.count * entry.shape[1], blocks]
    let ending = isCodes ? "_blocks" : "_scales"
    return Assembly(
      name: ByteName(bytes: name.bytes + Array(ending.utf8)), shape: isCodes ? shape + [16] : shape,
      parts: parts,
      order: isCodes
        ? .microscaledCodes(rowBlocks: blocks) : .microscaledScales(rowBlocks: blocks))
  }

  // MARK: Joins

  /// What the parts of a whole make, once all are there.
  func assemblies(
    _ place: TensorPlace, _ join: Join, _ tensors: [TensorEntry]
  ) -> Result<[Assembly], Refusal> {
    let entries = join.parts.map { tensors[$0] }
    guard entries.count == place.role.fused.count else { return refused(.incomplete) }
    let shapes = entries.map(\.shape)
    if entries.allSatisfy({ $0.type == .mxfp4 }), wanted.experts == .stackedTransposed {
      guard shapes[0].count == 3, shapes[0] == shapes[1] else { return refused(.shape) }
      return .success(
        [true, false].map {
          Self.microscaled(join.name, entries[0], join.parts, isCodes: $0)
        })
    }
    guard
      entries.allSatisfy({
        AssembledBytes.numberTypes.contains($0.type) && $0.layout.isPlain
      })
    else { return refused(.packed) }
    let made: (shape: [Int], order: Assembly.Order)?
    switch place.role {
    case .keyValueUp: made = latent(shapes)
    case .expertGateUp: made = gateUp(shapes)
    case .queryKeyValue:
      guard let rows = movedRows(place.layer ?? 0, shapes) else { return refused(.unstated) }
      made = queryKeyValue(shapes, rows, layer: place.layer ?? 0)
    default: made = nil
    }
    guard let made else { return refused(.shape) }
    return .success(
      [Assembly(name: join.name, shape: made.shape, parts: join.parts, order: made.order)])
  }

  private func refused(
    _ obstacle: CanonicalTensor.Obstacle
  ) -> Result<[Assembly], Refusal> { .failure(Refusal(obstacle: obstacle)) }

  /// Keys [heads, rank, keys] and values [heads, values, rank].
  private func latent(_ shapes: [[Int]]) -> (shape: [Int], order: Assembly.Order)? {
    let (k, v) = (shapes[0], shapes[1])
    guard k.count == 3, v.count == 3, k[0] == v[0], k[1] == v[2], k[2] + v[1] > 0 else {
      return nil
    }
    return (
      [k[0] * (k[2] + v[1]), k[1]], .latent(keys: k[2], values: v[1], columns: k[1])
    )
  }

  /// Gate and up: weights [experts, out, in], biases [experts, out].
  private func gateUp(_ shapes: [[Int]]) -> (shape: [Int], order: Assembly.Order)? {
    let shape = shapes[0]
    guard shape == shapes[1], shape.count == 2 || shape.count == 3 else { return nil }
    let (experts, rows, columns) = (shape[0], shape[1], shape.count == 3 ? shape[2] : 1)
    guard rows > 0, columns > 0 else { return nil }
    switch wanted.experts {
    case .stackedTransposed:
      return (
        shape.count == 3 ? [experts, columns, 2 * rows] : [experts, 2 * rows],
        .alternating(rows: rows, columns: columns)
      )
    case .stacked:
      return (
        [experts, 2 * rows] + shape.dropFirst(2), .stacked(rows: rows, columns: columns)
      )
    case .separate: return nil
    }
  }

  /// How rows of q, k and v are stored; nil if the file does not say.
  private func movedRows(_ layer: Int, _ shapes: [[Int]]) -> [StoredRows?]? {
    guard stored.permutesHeads else { return [nil, nil, nil] }
    guard let queries = heads.queries(layer: layer), let keys = heads.keys(layer: layer),
      let q = HeadRows(rowCount: shapes[0].first ?? 0, headCount: queries),
      let k = HeadRows(rowCount: shapes[1].first ?? 0, headCount: keys)
    else { return nil }
    return [.heads(q), .heads(k), nil]
  }

  private func queryKeyValue(
    _ shapes: [[Int]], _ rows: [StoredRows?], layer: Int
  ) -> (shape: [Int], order: Assembly.Order)? {
    let counts = shapes.map { $0.first ?? 0 }
    let rest = Array(shapes[0].dropFirst())
    guard counts.allSatisfy({ $0 > 0 }), rest.count <= 1,
      shapes.allSatisfy({ Array($0.dropFirst()) == rest })
    else { return nil }
    let total = counts.reduce(0, +)
    var groups: GroupRows?
    if wanted.queryKeyValue != .stacked {
      guard let queries = heads.queries(layer: layer), let keys = heads.keys(layer: layer),
        let found = GroupRows(rowCount: total, headCount: queries, groupCount: keys)
      else { return nil }
      groups = found
    }
    return (
      [total] + rest,
      .joined(.init(columns: rest.first ?? 1, counts: counts, rows: rows, groups: groups))
    )
  }
}
