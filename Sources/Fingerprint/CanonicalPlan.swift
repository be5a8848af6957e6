// What becomes of each tensor of a model in the canonical digest: under which names its values
// enter, and what a converter to GGUF did to them is undone.
//
// A rule of assay-id v1. Names and orders are those of `TensorFamily`, which knows both containers;
// GGUFTranslation.swift says what follows for one tensor, this file puts the answers together.
// Where the library has one tensor for each expert, GGUF's stack of them enters in slices; where
// it has one for several of GGUF's, these enter as one. Everything that no family knows is left as
// it is and named as unmapped: a guess here would call two different models equal.

import Base
import Formats

/// The canonical digest of one model, planned from names, types and shapes.
struct CanonicalPlan: Sendable {
  /// What the canonical digest does with one stored tensor.
  enum Place: Equatable, Sendable {
    /// Enters under this name, in this shape if it differs, with its rows put back.
    case named(ByteName, shape: [Int]?, rows: StoredRows?)
    /// Enters in slices, or as part of assemblies.
    case taken
    /// A buffer that follows from the configuration.
    case dropped
    /// Enters under `gguf:` and its own name.
    case unmapped
    /// The same: the name is known, the values are not the library's.
    case unrestored(ByteName, CanonicalTensor.Obstacle)
  }

  /// A tensor of the library's files that is one of several in a stored tensor.
  struct Slice: Sendable {
    let name: ByteName
    let tensor: Int
    /// The part of the stored tensor, as if it stood alone.
    let entry: TensorEntry
  }

  static let embedding: ByteName = "model.embed_tokens.weight"
  static let head: ByteName = "lm_head.weight"
  /// More slices than any model has; each costs memory.
  static let sliceCountMax = 1 << 18

  /// In the order of the model's tensors.
  private(set) var places: [Place] = []
  private(set) var slices: [Slice] = []
  private(set) var assemblies: [Assembly] = []
  /// The names of the embedding, and of the head that may repeat it.
  private(set) var tied = (embedding: Self.embedding, head: Self.head)

  init(_ model: OpenModel?) {
    let tensors = model?.tensors ?? []
    guard let model, model.format == .gguf else {
      places = tensors.map { entry in
        Self.isBuffer(entry)
          ? .dropped : .named(entry.name, shape: nil, rows: nil)
      }
      return
    }
    let translation = GGUFTranslation(model)
    if let names = translation?.tied { tied = names }
    places.reserveCapacity(tensors.count)
    var joins: [TensorPlace: GGUFTranslation.Join] = [:]
    for (index, entry) in tensors.enumerated() {
      let step: GGUFTranslation.Step =
        entry.name == "rope_freqs.weight"
        ? .place(.dropped) : translation?.step(entry) ?? .place(.unmapped)
      places.append(take(step, index, entry, &joins))
    }
    for (place, join) in joins.sorted(by: { $0.value.parts.first! < $1.value.parts.first! }) {
      put(translation?.assemblies(place, join, tensors), of: join)
    }
    keepFirstOfEachName(tensors)
  }

  /// Whether a file of the library holds it only because older versions saved what they computed:
  /// frequencies, or the mask of GPT-2 and GPT-NeoX (which no later version reads).
  private static func isBuffer(_ entry: TensorEntry) -> Bool {
    if entry.name == "rope_freqs.weight" || entry.name.hasSuffix(".rotary_emb.inv_freq") {
      return true
    }
    let shape = entry.shape
    if entry.name.hasSuffix(".attn.bias") || entry.name.hasSuffix(".attention.bias") {
      return shape.count == 4 && shape[0] == 1 && shape[1] == 1 && shape[2] == shape[3]
    }
    return entry.elementCount == 1
      && (entry.name.hasSuffix(".attn.masked_bias")
        || entry.name.hasSuffix(".attention.masked_bias"))
  }

  private mutating func take(
    _ step: GGUFTranslation.Step, _ index: Int, _ entry: TensorEntry,
    _ joins: inout [TensorPlace: GGUFTranslation.Join]
  ) -> Place {
    switch step {
    case .place(let place): return place
    case .slices(let names):
      guard slices.count + names.count <= Self.sliceCountMax else {
        return .unrestored(names[0], .experts)
      }
      let byteCount = entry.byteCount / names.count
      for (number, name) in names.enumerated() {
        slices.append(
          Slice(
            name: name, tensor: index,
            entry: TensorEntry(
              name: name, type: entry.type, shape: Array(entry.shape.dropFirst()),
              byteCount: byteCount, file: entry.file,
              offsetBytes: entry.offsetBytes + number * byteCount)))
      }
      return .taken
    case .assembled(let made):
      assemblies += made.map { $0(index) }
      return .taken
    case .part(let whole, let name, let slot):
      joins[whole, default: GGUFTranslation.Join(name: name)].put(index, at: slot)
      return .unrestored(name, .incomplete)
    }
  }

  /// Takes the parts of a join into assemblies, or says why they are none.
  private mutating func put(
    _ answer: Result<[Assembly], GGUFTranslation.Refusal>?, of join: GGUFTranslation.Join
  ) {
    switch answer {
    case .success(let made):
      assemblies += made
      for part in join.parts { places[part] = .taken }
    case .failure(let refusal):
      for part in join.parts { places[part] = .unrestored(join.name, refusal.obstacle) }
    case nil: break
    }
  }

  /// A file may hold a tensor both whole and in parts: the parts then are not told to be it.
  private mutating func keepFirstOfEachName(_ tensors: [TensorEntry]) {
    var names: Set<ByteName> = []
    for place in places {
      if case .named(let name, _, _) = place { names.insert(name) }
    }
    let repeated = assemblies.filter { names.contains($0.name) }
    for assembly in repeated {
      for part in assembly.parts { places[part] = .unmapped }
    }
    let unmapped = Set(repeated.flatMap(\.parts))
    if !unmapped.isEmpty { assemblies.removeAll { !unmapped.isDisjoint(with: $0.parts) } }
  }

  /// The entries of the digest, by name, without an output head that only repeats the embedding.
  /// A tensor that is made of several stored ones is there once.
  func entries(of tensors: [TensorIdentity]) -> [CanonicalTensor] {
    var result: [CanonicalTensor] = []
    for entry in tensors.flatMap(\.canonical).sorted(by: { $0.name < $1.name })
    where result.last?.name != entry.name { result.append(entry) }
    let embedded = result.first { $0.name == tied.embedding }?.valueDigest
    result.removeAll { $0.name == tied.head && $0.valueDigest == embedded }
    return result
  }
}
