// A model as the weight tests see it: tensors in their places, and a few numbers about its shape.
//
// Places come from names (`NetworkPlace`), the order of rows from the family's facts
// (`TensorOrder`), head counts from `config.json` or the metadata of a GGUF file. Packed matrices
// stand as the parameters that they unpack to. What cannot be decoded or placed is listed, counted
// and told, never replaced by anything.

import Base
import Evidence
import Formats

/// Tensors by place. Immutable.
struct NetworkView: Sendable {
  let model: OpenModel
  private(set) var tensors: [NetworkPlace: PlacedTensor] = [:]
  /// Every tensor that is decoded, whole, by name.
  let stored: [PlacedTensor]
  /// How many parameters there are, and which of them cannot be decoded.
  let parameters: ParameterCount
  private(set) var layerCount = 0
  let headCount: Int?
  let keyHeadCount: Int?
  /// Sets of indices that configuration or tensors fix an order on, and why.
  private(set) var refusals: [IndexSet: String]
  /// Added to every norm gain: 1 for families that store gain − 1.
  let gainOffset: Float
  /// Whether the places are another model's, found by shape and content.
  let isPlacedByContent: Bool

  init(_ model: OpenModel) {
    self.model = model
    let shape = DeclaredShape(model)
    headCount = shape.headCount
    keyHeadCount = shape.keyHeadCount ?? shape.headCount
    gainOffset = shape.container?.order.gainOffset ?? 0
    isPlacedByContent = false
    refusals = shape.refusals
    let reader = NameReader(shape.container, names: model.tensors.lazy.map(\.name))
    let packed = PackedWeights(model)
    (stored, parameters) = Self.decoded(packed, model)
    var stacked: Set<NetworkPlace> = []
    for tensor in stored {
      let name = reader.read(tensor.entry.name)
      var at = NetworkPlace(name)
      if isTaken(at, tensor) { at = NetworkPlace(onlyOf: tensor.entry.name) }
      if reader.order(of: name) == .stacked { stacked.insert(at) }
      place(tensor, at: at, shape)
    }
    transposeConvolutions()
    splitFused(stacked)
    layerCount = (tensors.keys.compactMap(\.layer).max() ?? -1) + 1
    refuseByPositions()
  }

  /// The same model with tensors placed otherwise; head counts as the other network has them.
  init(_ own: NetworkView, tensors: [NetworkPlace: PlacedTensor], like other: NetworkView) {
    model = own.model
    self.tensors = tensors
    stored = own.stored
    parameters = own.parameters
    headCount = other.headCount
    keyHeadCount = other.keyHeadCount
    gainOffset = other.gainOffset
    isPlacedByContent = true
    refusals = other.refusals
    layerCount = (tensors.keys.compactMap(\.layer).max() ?? -1) + 1
  }

  /// The tensors of a model that can be decoded, the packed ones unpacked, and a count of all.
  private static func decoded(
    _ packed: PackedWeights, _ model: OpenModel
  ) -> (tensors: [PlacedTensor], parameters: ParameterCount) {
    var tensors = packed.matrices.compactMap(PlacedTensor.init)
    var unread: [UnreadParameters] = []
    for entry in model.tensors where !packed.parts.contains(entry.name) {
      if !packed.misfits.contains(entry.name), let tensor = PlacedTensor(model, entry) {
        tensors.append(tensor)
      } else if let parameters = packed.unread(entry) {
        unread.append(parameters)
      }
    }
    tensors.sort { $0.entry.name < $1.entry.name }
    return (tensors, ParameterCount(decoded: tensors.map(\.entry), unread: unread))
  }

  subscript(role: TensorRole, layer: Int? = nil, expert: Int? = nil) -> PlacedTensor? {
    tensors[NetworkPlace(role, layer: layer, expert: expert)]
  }

  func bias(_ role: TensorRole, layer: Int? = nil) -> PlacedTensor? {
    tensors[NetworkPlace(role, layer: layer, isBias: true)]
  }

  /// The output head: its own, or the embedding again.
  var head: PlacedTensor? { self[.head] ?? self[.embedding] }
  var width: Int? { self[.embedding]?.columns }

  /// MLP blocks in order of layer and expert.
  var blocks: [(layer: Int, expert: Int?)] {
    tensors.keys.filter { $0.role == .up && !$0.isBias && $0.layer != nil }
      .map { (layer: $0.layer ?? 0, expert: $0.expert) }
      .sorted { ($0.layer, $0.expert ?? -1) < ($1.layer, $1.expert ?? -1) }
  }

  /// Learned positions leave everything exchangeable; a table of waves orders the stream, and
  /// without a table the order stands in the rotation of queries and keys.
  private mutating func refuseByPositions() {
    guard let table = self[.positions], table.isMatrix else {
      refusals[.queries] = "a rotary embedding fixes their order"
      return
    }
    guard let values = table.values() else { return }
    let sizes = stride(from: 0, to: values.count, by: table.columns).map { start in
      values[start..<start + table.columns].reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    let low = sizes.min() ?? 0
    let high = sizes.max() ?? 0
    if high > 0, high - low <= 1e-3 * high {
      refusals[.coordinates] = "positions are a table of waves, one frequency a coordinate"
    }
  }

  /// Whether another tensor stands there, or in the place of its first expert.
  private func isTaken(_ place: NetworkPlace, _ tensor: PlacedTensor) -> Bool {
    var first = place
    if Self.holdsExperts(tensor, place) { first.expert = 0 }
    return tensors[first] != nil
  }

  private static func holdsExperts(_ tensor: PlacedTensor, _ place: NetworkPlace) -> Bool {
    tensor.entry.shape.count == 3 && place.expert == nil
      && [.gate, .up, .down].contains(place.role)
  }

  private mutating func place(
    _ tensor: PlacedTensor, at place: NetworkPlace, _ shape: DeclaredShape
  ) {
    var tensor = tensor
    if shape.container?.order.permutesHeads == true, place.role == .query || place.role == .key,
      let heads = shape.heads(of: place.role, layer: place.layer)
    {
      tensor.heads = HeadRows(rowCount: tensor.rows, headCount: heads)
    }
    guard Self.holdsExperts(tensor, place), let experts = tensor.entry.shape.first else {
      tensors[place] = tensor
      return
    }
    let rows = tensor.rows / experts
    for expert in 0..<experts {
      var one = place
      one.expert = expert
      tensors[one] = tensor.slice(expert * rows..<(expert + 1) * rows)
    }
  }

  /// GPT-2's Conv1D stores [inputs, outputs]: seen where the first matrix of an MLP has the
  /// residual width as rows.
  private mutating func transposeConvolutions() {
    let suffixes = [".c_attn.weight", ".c_proj.weight", ".c_fc.weight"]
    guard model.format != .gguf, let width,
      let first = tensors.first(where: {
        $0.key.role == .up && $0.value.name.hasSuffix(".c_fc.weight")
      })?.value, first.rows == width, first.columns != width
    else { return }
    for (place, tensor) in tensors where suffixes.contains(where: tensor.name.hasSuffix) {
      tensors[place] = tensor.transposed
    }
  }

  /// - Parameter stacked: places of tensors that hold all of q, all of k, all of v.
  private mutating func splitFused(_ stacked: Set<NetworkPlace>) {
    for (place, tensor) in tensors where place.role == .gateUp && tensor.rows % 2 == 0 {
      let half = tensor.rows / 2
      set(place, .gate, tensor.slice(0..<half))
      set(place, .up, tensor.slice(half..<tensor.rows))
    }
    guard let heads = headCount, let keyHeads = keyHeadCount else { return }
    for (place, tensor) in tensors where stacked.contains(place) {
      guard tensor.rows % (heads + 2 * keyHeads) == 0 else { continue }
      let perHead = tensor.rows / (heads + 2 * keyHeads)
      let query = heads * perHead
      let key = query + keyHeads * perHead
      set(place, .query, tensor.slice(0..<query))
      set(place, .key, tensor.slice(query..<key))
      set(place, .value, tensor.slice(key..<tensor.rows))
    }
  }

  private mutating func set(_ fused: NetworkPlace, _ role: TensorRole, _ tensor: PlacedTensor) {
    tensors[fused] = nil
    var place = fused
    place.role = role
    tensors[place] = tensor
  }
}
