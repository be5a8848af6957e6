// Which tensors of a model are parts of packed matrices, and what of them cannot be unpacked.
//
// Known: bitsandbytes nf4, fp4 (also double quantisation) and int8; compressed-tensors
// pack-quantized, int-quantized, float-quantized, nvfp4, mxfp4; FP8 with scales of blocks, rows or
// tensors; NVFP4 of ModelOpt; GPTQ, AWQ; MXFP4 in blocks. A form is recognised by its tensors; a
// configuration is asked only for what these do not say. What does not fit exactly is not unpacked:
// its tensors are told as not read, and wrong numbers are never made from them.
// Promises: total, linear in the number of tensors; every shape and index is checked here.

import Base

/// The packed matrices of a model.
public struct PackedWeights: Sendable {
  /// By name.
  public private(set) var matrices: [PackedMatrix] = []
  /// Tensors that belong to a matrix.
  public private(set) var parts: Set<ByteName> = []
  /// Tensors of codes that belong to a known form and do not fit it.
  public private(set) var misfits: Set<ByteName> = []
  public let declaration: PackingDeclaration
  let model: OpenModel
  private var positions: [ByteName: Int] = [:]

  /// Looks at the names and shapes of a model; GGUF files pack within their types.
  public init(_ model: OpenModel) {
    self.model = model
    guard model.format != .gguf else {
      declaration = PackingDeclaration(nil)
      return
    }
    declaration = PackingDeclaration(model)
    for entry in model.tensors { look(at: entry) }
    matrices.sort { $0.name < $1.name }
    for (position, matrix) in matrices.enumerated() { positions[matrix.name] = position }
  }

  /// The packed matrix that stands for a parameter.
  public func matrix(_ name: ByteName) -> PackedMatrix? { positions[name].map { matrices[$0] } }

  /// Tries the form that the ending of a name announces.
  private mutating func look(at entry: TensorEntry) {
    for (ending, form) in Self.endings {
      guard entry.name.hasSuffix(ending) else { continue }
      let base = ByteName(bytes: entry.name.bytes.dropLast(ending.utf8.count))
      let found: Found =
        switch form {
        case .halfBytes: fourBits(base, state: entry)
        case .rowMaxima: eightBits(base, maxima: entry)
        case .packed: compressed(base, codes: entry)
        case .scaled: scaled(base, scales: entry)
        case .inverse: scaledByBlocks(base, scales: entry)
        case .words: words(base, codes: entry)
        case .blocks: microscaledBlocks(base, blocks: entry)
        }
      switch found {
      case .matrix(let matrix):
        guard matrix.parts.allSatisfy({ !parts.contains($0) }) else { return }
        matrices.append(matrix)
        parts.formUnion(matrix.parts)
      case .misfit(let codes): misfits.insert(codes)
      case .nothing: break
      }
      return
    }
  }

  /// What was found at a name.
  enum Found {
    case matrix(PackedMatrix)
    /// The codes of a known form that do not fit it.
    case misfit(ByteName)
    case nothing
  }

  private enum Form { case halfBytes, rowMaxima, packed, scaled, inverse, words, blocks }

  private static let endings: [(String, Form)] = [
    (".weight.quant_state.bitsandbytes__nf4", .halfBytes),
    (".weight.quant_state.bitsandbytes__fp4", .halfBytes), (".SCB", .rowMaxima),
    (".weight_packed", .packed), (".weight_scale", .scaled), (".weight_scale_inv", .inverse),
    (".qweight", .words), ("_blocks", .blocks),
  ]

  // MARK: Looking up

  /// The tensor `base` + `ending`.
  func part(_ base: ByteName, _ ending: String) -> TensorEntry? {
    model.tensor(ByteName(bytes: base.bytes + Array(ending.utf8)))
  }

  /// The name of the parameter that a layer's tensors stand for.
  static func weight(_ base: ByteName) -> ByteName {
    ByteName(bytes: base.bytes + Array(".weight".utf8))
  }

  /// Numbers of one tensor that holds a single one.
  func single(_ entry: TensorEntry) -> Float? {
    guard entry.elementCount == 1, StoredNumber.reads(entry.type) else { return nil }
    return StoredNumber.all(entry, model).first.flatMap { $0.isFinite ? $0 : nil }
  }

  /// Whole numbers of a small tensor; nil if it is not of the type or too large.
  func integers(_ entry: TensorEntry, countMax: Int) -> [Int]? {
    guard entry.type == .i32 || entry.type == .i64, entry.elementCount <= countMax else {
      return nil
    }
    return model.withBytes(of: entry) { bytes in
      (0..<entry.elementCount).map { index in
        entry.type == .i32
          ? unsafe Int(
            Int32(
              littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
          : unsafe Int(
            Int64(
              littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 8 * index, as: Int64.self)))
      }
    }
  }
}

// MARK: What is not read

/// Parameters in a tensor that cannot be unpacked.
public struct UnreadParameters: Equatable, Sendable {
  public var tensor: ByteName
  /// How many there are, by the declared bits or what is usual for the type.
  public var count: Int
  /// What they are packed by, for people.
  public var packing: String
}

extension PackedWeights {
  /// What a tensor that is not decoded holds; nil for tensors that are no parameters: masks,
  /// counters, tables of positions.
  public func unread(_ entry: TensorEntry) -> UnreadParameters? {
    guard entry.elementCount > 0, entry.type.kind != .boolean else { return nil }
    guard entry.type.kind == .integer else {
      return UnreadParameters(
        tensor: entry.name, count: entry.elementCount, packing: entry.type.name)
    }
    if declaration.method == nil {
      // A mask is a square with ones before it; positions and counters are 64-bit numbers.
      guard entry.type != .i64, entry.type != .u64, entry.shape.count >= 2, entry.shape[0] > 1
      else { return nil }
    }
    let bits = declaration.bits ?? Self.usualBits(entry.type)
    let count = Double(entry.byteCount) * 8 / max(1, bits)
    return UnreadParameters(
      tensor: entry.name, count: count < Double(Int.max / 2) ? Int(count) : Int.max / 2,
      packing: declaration.name ?? "\(entry.type.name) without a declared method")
  }

  /// Codes of bytes are mostly eight bits if signed, four in everything else.
  private static func usualBits(_ type: ElementType) -> Double { type == .i8 ? 8 : 4 }
}
