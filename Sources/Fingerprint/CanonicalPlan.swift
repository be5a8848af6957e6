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
    /// Enters as it is.
    case own
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

    /// The order of rows that the canonical form undoes.
    var rows: StoredRows? { if case .named(_, _, let rows) = self { rows } else { nil } }
  }

  /// The names of the embedding, and of the head that may repeat it.
  struct Tied: Sendable {
    var embedding: ByteName = "model.embed_tokens.weight"
    var head: ByteName = "lm_head.weight"
  }

  /// A tensor of the library's files that is one of several in a stored tensor.
  struct Slice: Sendable {
    let name: ByteName
    let tensor: Int
    /// The part of the stored tensor, as if it stood alone.
    let entry: TensorEntry
  }

  /// More slices than any model has; each costs memory.
  static let sliceCountMax = 1 << 18

  let tensors: [TensorEntry]
  /// In the order of the model's tensors; none for the library's own files, whose tensors enter as
  /// they are.
  private var places: [Place] = []
  private(set) var slices: [Slice] = []
  private(set) var assemblies: [Assembly] = []
  private(set) var tied = Tied()

  init(_ model: OpenModel?) {
    tensors = model?.tensors ?? []
    guard let model, model.format == .gguf else { return }
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
}

// MARK: What is hashed

extension CanonicalPlan {
  /// Every stored tensor is hashed, and behind them each slice.
  var taskCount: Int { tensors.count + slices.count }

  func entry(of task: Int) -> TensorEntry {
    task < tensors.count ? tensors[task] : slices[task - tensors.count].entry
  }

  func place(of task: Int) -> Place {
    if task >= tensors.count {
      return .named(slices[task - tensors.count].name, shape: nil, rows: nil)
    }
    guard places.isEmpty else { return places[task] }
    return Self.isBuffer(tensors[task]) ? .dropped : .own
  }

  var tasksInFileOrder: [Int] {
    let spots = (0..<taskCount).map { task in
      let entry = entry(of: task)
      return (file: entry.file, offsetBytes: entry.offsetBytes, task: task)
    }
    return spots.sorted(by: <).map(\.task)
  }

  /// What came of the stored tensors; those that entered in slices or put together know as what.
  func joined(_ results: consuming HashResults) -> [TensorHashes?] {
    var hashes = results.tensors
    var made: [Int: [CanonicalTensor]] = [:]
    for (index, slice) in slices.enumerated() {
      guard let digest = hashes[tensors.count + index]?.valueDigest else { continue }
      made[slice.tensor, default: []].append(
        CanonicalTensor(
          name: slice.name, valueDigest: digest, type: slice.entry.type, standing: .same))
    }
    for (assembly, outcome) in zip(assemblies, results.assembled) {
      for part in assembly.parts {
        guard let outcome, let own = hashes[part]?.valueDigest else { continue }
        made[part, default: []].append(entry(of: assembly, part, outcome, own))
      }
    }
    hashes.removeLast(slices.count)
    for (tensor, entries) in made { hashes[tensor]?.enter(as: entries) }
    return hashes
  }

  private func entry(
    of assembly: Assembly, _ part: Int, _ outcome: AssembledOutcome, _ own: Digest
  ) -> CanonicalTensor {
    switch outcome {
    case .values(let digest):
      CanonicalTensor(
        name: assembly.name, valueDigest: digest,
        type: assembly.isOfCodes ? .u8 : tensors[part].type, standing: .same)
    case .rounded: .unrestored(tensors[part], own, assembly.name, .rounded)
    }
  }
}
