// How a checkpoint packs its matrices, from `quantization_config` of config.json.
//
// Known: none; FP8 with block scales (DeepSeek: `<layer>.weight` and `<layer>.weight_scale_inv`);
// GPTQ and AWQ of four bits; MXFP4 (gpt-oss, for experts only). A layer that a method leaves out
// (`modules_to_not_convert`) simply has its plain tensor. GGUF needs none of this: its types say
// it. An unknown method is an error.

import Base
import Formats

/// The packing of a checkpoint's matrices.
struct Quantization: Equatable, Sendable {
  enum Method: Equatable, Sendable {
    case none
    case fp8(block: Int)
    case gptq(zeroPlusOne: Bool, group: Int)
    case awq(group: Int)
    case mxfp4
  }
  var method = Method.none

  static let none = Quantization()
}

extension Quantization {
  init(_ config: ModelConfig) throws(Problem) {
    guard
      let object = try config.object("quantization_config")
        ?? config.whole["quantization_config"]?.object
    else { return }
    let rule = config.nested(object, "quantization_config")
    let unsupported = Problem(
      .malformed, "unsupported_type", place: rule.place,
      reason: "weights packed this way cannot be computed with",
      remedy: "use the original checkpoint, or a GGUF file")
    switch try rule.text("quant_method") ?? "" {
    case "fp8":
      let sizes = try rule.array("weight_block_size")?.compactMap(\.int) ?? [128, 128]
      guard sizes.count == 2, sizes[0] == sizes[1], (1...65536).contains(sizes[0]) else {
        throw unsupported
      }
      method = .fp8(block: sizes[0])
    case "gptq":
      guard try rule.integer("bits") == 4 else { throw unsupported }
      let form = try rule.text("checkpoint_format") ?? "gptq"
      guard ["gptq", "gptq_v2"].contains(form) else { throw unsupported }
      method = .gptq(
        zeroPlusOne: form == "gptq", group: try rule.integer("group_size") ?? 128)
    case "awq":
      guard try rule.integer("bits") == 4, try rule.text("version") ?? "gemm" == "gemm" else {
        throw unsupported
      }
      method = .awq(group: try rule.integer("group_size") ?? 128)
    case "mxfp4": method = .mxfp4
    default: throw unsupported
    }
  }

  /// The matrices that are packed in several tensors, if the method does so.
  func packed(in model: OpenModel) -> PackedWeights? {
    switch method {
    case .gptq, .awq, .mxfp4: PackedWeights(model)
    case .none, .fp8: nil
    }
  }

  /// Where the matrix [rows, columns] of a layer lies. `find` looks up the name with a suffix.
  func storage(
    _ name: String, rows: Int, columns: Int, transposed: Bool, packed: PackedWeights?,
    find: (String) throws(Problem) -> TensorEntry, model: OpenModel
  ) throws(Problem) -> WeightStorage {
    if packed != nil, let codes = model.tensor(ByteName(name + ".qweight")) {
      for suffix in [".qzeros", ".scales"] { _ = try find(suffix) }
      guard let matrix = packed?.matrix(ByteName(name + ".weight")),
        matrix.shape == [rows, columns]
      else { throw shapeProblem(codes, model, packed: [rows, columns]) }
      return .packed(matrix, firstRow: 0)
    }
    let entry = try find(".weight")
    try expect(entry, transposed ? [columns, rows] : [rows, columns], model)
    let tensor = try StoredTensor(model, entry)
    if case .fp8(let block) = method,
      let scales = model.tensor(ByteName(name + ".weight_scale_inv"))
    {
      try expect(scales, [(rows + block - 1) / block, (columns + block - 1) / block], model)
      return .scaled(tensor, scales: try StoredTensor(model, scales).values(), block: block)
    }
    if transposed {
      guard entry.type.blockElements == 1 else {
        throw Problem(
          .malformed, "unsupported_type", place: "\(model.path): tensor \(entry.name)",
          reason: "a transposed matrix of type \(entry.type.name) cannot be read")
      }
      return .columns(tensor, out: rows)
    }
    guard columns % entry.type.blockElements == 0 else {
      throw Problem(
        .malformed, "wrong_shape", place: "\(model.path): tensor \(entry.name)",
        reason: "rows of \(columns) values are not whole blocks of type \(entry.type.name)")
    }
    return .rows(tensor)
  }

  /// The suffixes of the tensors that a storage reads.
  func suffixes(of storage: WeightStorage) -> [String] {
    switch storage {
    case .rows, .columns: [".weight"]
    case .scaled: [".weight", ".weight_scale_inv"]
    case .packed: [".qweight", ".qzeros", ".scales", ".g_idx"]
    }
  }

  private func expect(
    _ entry: TensorEntry, _ shape: [Int], _ model: OpenModel
  ) throws(Problem) {
    guard entry.shape == shape else { throw shapeProblem(entry, model, wanted: shape) }
  }

  private func shapeProblem(
    _ entry: TensorEntry, _ model: OpenModel, wanted: [Int]? = nil, packed: [Int]? = nil
  ) -> Problem {
    let wish =
      wanted.map { ", the configuration asks for \($0)" }
      ?? packed.map { " and, with its scales and zeros, it does not make up a matrix \($0)" } ?? ""
    return Problem(
      .malformed, "wrong_shape", place: "\(model.path): tensor \(entry.name)",
      reason: "its shape is \(entry.shape) of \(entry.type.name)\(wish)",
      remedy: "the configuration is of another model")
  }
}
