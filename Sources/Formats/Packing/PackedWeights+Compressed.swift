// Weights packed by compressed-tensors, and scaled ones of its kin.
//
// pack-quantized: `<layer>.weight_packed` i32 [out, in · bits / 32], codes along the row, low bits
//   first, each plus 2^(bits − 1); `.weight_scale` [out, groups]; `.weight_shape` [out, in]; if
//   asymmetric `.weight_zero_point` in words down the outputs; `.weight_g_idx` the group of each
//   input, if they were reordered.
// nvfp4: `.weight_packed` u8 [out, in / 2]; `.weight_scale` FP8 [out, in / 16]; divided by
//   `.weight_global_scale`. ModelOpt calls the codes `.weight` and multiplies by `.weight_scale_2`.
// mxfp4: `.weight_packed` u8 [out, in / 2]; `.weight_scale` u8 [out, in / 32], powers of two.
// int-, float- and naive-quantized: `.weight` of eight bits; `.weight_scale` for the tensor, a row,
//   groups of a row or blocks; perhaps `.weight_zero_point`.

import Base

extension PackedWeights {
  func compressed(_ base: ByteName, codes: TensorEntry) -> Found {
    guard codes.shape.count == 2, let scales = part(base, ".weight_scale") else {
      return .misfit(codes.name)
    }
    return codes.type == .i32
      ? packedWords(base, codes, scales)
      : fourBitFloats(base, codes, scales, global: part(base, ".weight_global_scale"))
  }

  // MARK: Whole numbers in words

  private func packedWords(
    _ base: ByteName, _ codes: TensorEntry, _ scales: TensorEntry
  ) -> Found {
    guard let shapes = part(base, ".weight_shape"),
      let shape = integers(shapes, countMax: 2), shape.count == 2, shape.allSatisfy({ $0 > 0 }),
      codes.shape[0] == shape[0], let bits = Self.bits(words: codes.shape[1], columns: shape[1]),
      scales.shape.count == 2, scales.shape[0] == shape[0] || scales.shape[0] == 1,
      StoredNumber.reads(scales.type)
    else { return .misfit(codes.name) }
    var parts = [codes, scales, shapes].map(\.name)
    let groups = scales.shape[1]
    let rowStride = scales.shape[0] == 1 ? 0 : groups
    var factors = PackedFactors(
      entry: scales,
      place: .blocks(
        rows: 1, columns: max(1, (shape[1] + groups - 1) / max(1, groups)), rowStride: rowStride,
        columnStride: 1),
      columns: shape[1])
    if let list = part(base, ".weight_g_idx") {
      guard let order = groupList(list, columns: shape[1], groups: groups) else {
        return .misfit(codes.name)
      }
      parts.append(list.name)
      if let order {
        factors = PackedFactors(
          entry: scales, place: .listed(order, rowStride: rowStride, columnStride: 1),
          columns: shape[1])
      }
    }
    var zeros = PackedZeros.constant(Float(1 << (bits - 1)))
    if let points = part(base, ".weight_zero_point") {
      parts.append(points.name)
      let perWord = 32 / bits
      if points.type == .i32, points.shape == [(shape[0] + perWord - 1) / perWord, groups] {
        zeros = .downOutputs(points, bits: bits, groups: groups)
      } else if points.shape == scales.shape, StoredNumber.reads(points.type) {
        zeros = .numbers(points, offset: Float(1 << (bits - 1)))
      } else {
        return .misfit(codes.name)
      }
    }
    return .matrix(
      PackedMatrix(
        Self.weight(base), shape: shape, form: "pack-quantized int\(bits)", parts: parts,
        model: model,
        codes: PackedCodes(
          entry: codes, order: .alongRows(bits: bits), rows: shape[0], columns: shape[1]),
        levels: .whole(bits: bits), scales: factors, zeros: zeros))
  }

  /// The bits of a code, of the sizes that fill words: the one that needs just these words.
  private static func bits(words: Int, columns: Int) -> Int? {
    [8, 4, 2].first { (columns - 1) / (32 / $0) + 1 == words }
  }

  /// The group of each input; `.some(nil)` where the list is the order itself (or is not set, as
  /// tools leave it with −1), nil where it does not fit.
  private func groupList(_ entry: TensorEntry, columns: Int, groups: Int) -> [Int32]?? {
    guard entry.shape == [columns], let list = integers(entry, countMax: columns) else {
      return nil
    }
    if list.allSatisfy({ $0 == -1 }) { return .some(nil) }
    guard list.allSatisfy({ (0..<groups).contains($0) }) else { return nil }
    return list.map { Int32(truncatingIfNeeded: $0) }
  }

  // MARK: Floats of four bits

  private func fourBitFloats(
    _ base: ByteName, _ codes: TensorEntry, _ scales: TensorEntry, global: TensorEntry?
  ) -> Found {
    guard codes.type == .u8, codes.shape.count == 2, scales.shape.count == 2,
      scales.shape[0] == codes.shape[0], scales.shape[1] > 0,
      codes.shape[1] * 2 % scales.shape[1] == 0
    else { return .misfit(codes.name) }
    let shape = [codes.shape[0], codes.shape[1] * 2]
    var factors = PackedFactors(
      entry: scales,
      place: .blocks(
        rows: 1, columns: shape[1] / scales.shape[1], rowStride: scales.shape[1], columnStride: 1),
      columns: shape[1])
    var parts = [codes.name, scales.name]
    let form: String
    if let global {
      guard let number = single(global), number != 0, scales.type == .f8E4M3 else {
        return .misfit(codes.name)
      }
      parts.append(global.name)
      if global.name.hasSuffix("_2") {
        factors.multiplier = number
      } else {
        factors.divisor = number
      }
      form = "nvfp4"
    } else {
      guard scales.type == .u8 || scales.type == .f8E8M0 else { return .misfit(codes.name) }
      factors.form = .exponent
      form = "mxfp4"
    }
    return .matrix(
      PackedMatrix(
        Self.weight(base), shape: shape, form: form, parts: parts, model: model,
        codes: PackedCodes(
          entry: codes, order: .lowHalfFirst, rows: shape[0], columns: shape[1]),
        levels: .e2m1, scales: factors))
  }

  // MARK: Eight bits with scales

  func scaled(_ base: ByteName, scales: TensorEntry) -> Found {
    guard let codes = part(base, ".weight") else { return .nothing }
    if codes.type == .u8, let second = part(base, ".weight_scale_2") {
      return fourBitFloats(base, codes, scales, global: second)
    }
    guard let levels = Self.levels(codes.type) else {
      // Codes of other types under a scale are packed in a way that is not known here.
      return codes.type.kind == .integer ? .misfit(codes.name) : .nothing
    }
    guard codes.shape.count == 2, StoredNumber.reads(scales.type),
      let place = place(scales.shape, of: codes.shape)
    else { return .misfit(codes.name) }
    var zeros = PackedZeros.none
    var parts = [codes.name, scales.name]
    if let points = part(base, ".weight_zero_point") {
      guard points.shape == scales.shape, StoredNumber.reads(points.type) else {
        return .misfit(codes.name)
      }
      parts.append(points.name)
      zeros = .numbers(points, offset: 0)
    }
    return .matrix(
      PackedMatrix(
        codes.name, shape: codes.shape, form: codes.type == .i8 ? "int8" : "fp8", parts: parts,
        model: model,
        codes: PackedCodes(
          entry: codes, order: .bytes, rows: codes.shape[0], columns: codes.shape[1]),
        levels: levels,
        scales: PackedFactors(entry: scales, place: place, columns: codes.shape[1]),
        zeros: zeros))
  }

  /// Where the scales of a shape stand: one for all, for rows, for groups of a row, for blocks.
  func place(_ scales: [Int], of shape: [Int]) -> PackedFactors.Place? {
    if scales.reduce(1, *) == 1 {
      return .blocks(rows: shape[0], columns: shape[1], rowStride: 0, columnStride: 0)
    }
    if scales == [shape[0]] || scales == [shape[0], 1] {
      return .blocks(rows: 1, columns: shape[1], rowStride: 1, columnStride: 0)
    }
    guard scales.count == 2, scales.allSatisfy({ $0 > 0 }) else { return nil }
    if let block = declaration.block, zip(shape, block).map({ ($0 - 1) / $1 + 1 }) == scales {
      return .blocks(rows: block[0], columns: block[1], rowStride: scales[1], columnStride: 1)
    }
    guard let height = Self.side(shape[0], blocks: scales[0]),
      let width = Self.side(shape[1], blocks: scales[1])
    else { return nil }
    return .blocks(rows: height, columns: width, rowStride: scales[1], columnStride: 1)
  }

  /// The side of blocks of which `blocks` cover `length`: one for each where there are as many,
  /// the usual power of two that does, else an exact part.
  private static func side(_ length: Int, blocks: Int) -> Int? {
    if length == blocks { return 1 }
    if let usual = [128, 64, 32, 16, 256].first(where: { (length + $0 - 1) / $0 == blocks }) {
      return usual
    }
    return length % blocks == 0 ? length / blocks : nil
  }

  static func levels(_ type: ElementType) -> CodeLevels? {
    switch type {
    case .i8: .signedBytes
    case .f8E4M3: .e4m3
    case .f8E5M2: .e5m2
    default: nil
    }
  }
}
