// GPTQ, AWQ, FP8 with scales of blocks, MXFP4 in blocks.
//
// GPTQ (AutoGPTQ "gptq", "gptq_v2"): qweight i32 [in · bits / 32, out], a word holds neighbouring
//   inputs; qzeros i32 [groups, out · bits / 32]; scales [groups, out]; g_idx i32 [in] names the
//   group of an input. value = scale (code − zero), zero being the stored one plus one in "gptq".
// AWQ ("gemm"): qweight i32 [in, out / 8], qzeros i32 [groups, out / 8], half bytes interleaved.
// FP8: `<layer>.weight` and `.weight_scale_inv` [out / block, in / block], also of MXFP8 and others
//   that call a scale so.
// MXFP4 (OCP microscaling): `<name>_blocks` u8 [.., out, in / 32, 16], `<name>_scales` u8.

import Base

extension PackedWeights {
  func words(_ base: ByteName, codes: TensorEntry) -> Found {
    guard codes.type == .i32, codes.shape.count == 2, let zeros = part(base, ".qzeros"),
      let scales = part(base, ".scales"), zeros.type == .i32, scales.shape.count == 2,
      zeros.shape.count == 2, scales.shape[0] > 0, zeros.shape[0] == scales.shape[0],
      StoredNumber.reads(scales.type)
    else { return .misfit(codes.name) }
    let outputs = scales.shape[1]
    // AWQ words hold eight outputs, GPTQ words inputs: the shapes say which.
    let isAWQ = codes.shape[1] * 8 == outputs && outputs > 0
    guard isAWQ ? declaration.method != "gptq" : codes.shape[1] == outputs else {
      return .misfit(codes.name)
    }
    return isAWQ
      ? wordsAcross(base, codes, zeros, scales, outputs: outputs)
      : wordsDown(base, codes, zeros, scales, outputs: outputs)
  }

  private func wordsAcross(
    _ base: ByteName, _ codes: TensorEntry, _ zeros: TensorEntry, _ scales: TensorEntry,
    outputs: Int
  ) -> Found {
    let inputs = codes.shape[0]
    let version = declaration.text("version")?.lowercased() ?? "gemm"
    guard version == "gemm", zeros.shape[1] * 8 == outputs, inputs > 0,
      let size = groupSize(inputs, groups: scales.shape[0])
    else { return .misfit(codes.name) }
    return .matrix(
      PackedMatrix(
        Self.weight(base), shape: [outputs, inputs], form: "awq",
        parts: [codes, zeros, scales].map(\.name), model: model,
        codes: PackedCodes(
          entry: codes, order: .acrossOutputs, rows: outputs, columns: inputs),
        levels: .whole(bits: 4),
        scales: PackedFactors(
          entry: scales,
          place: .blocks(rows: 1, columns: size, rowStride: 1, columnStride: outputs),
          columns: inputs),
        zeros: .acrossOutputs(zeros, bits: 4, isInterleaved: true, plus: 0, rows: outputs)))
  }

  private func wordsDown(
    _ base: ByteName, _ codes: TensorEntry, _ zeros: TensorEntry, _ scales: TensorEntry,
    outputs: Int
  ) -> Found {
    // Three bits run over the ends of words and are not read.
    guard let bits = declaration.integer("bits") ?? usualBits(zeros, outputs: outputs),
      [2, 4, 8].contains(bits), outputs % (32 / bits) == 0,
      zeros.shape[1] == outputs / (32 / bits)
    else { return .misfit(codes.name) }
    let inputs = codes.shape[0] * (32 / bits)
    let form = declaration.text("checkpoint_format") ?? "gptq"
    guard ["gptq", "gptq_v2"].contains(form), inputs > 0 else { return .misfit(codes.name) }
    let groups = scales.shape[0]
    var parts = [codes, zeros, scales].map(\.name)
    var factors: PackedFactors
    if let list = part(base, ".g_idx") {
      guard list.shape == [inputs], let order = integers(list, countMax: inputs),
        order.allSatisfy({ (0..<groups).contains($0) })
      else { return .misfit(codes.name) }
      parts.append(list.name)
      factors = PackedFactors(
        entry: scales,
        place: .listed(
          order.map { Int32(truncatingIfNeeded: $0) }, rowStride: 1, columnStride: outputs),
        columns: inputs)
    } else {
      guard let size = groupSize(inputs, groups: groups) else { return .misfit(codes.name) }
      factors = PackedFactors(
        entry: scales, place: .blocks(rows: 1, columns: size, rowStride: 1, columnStride: outputs),
        columns: inputs)
    }
    return .matrix(
      PackedMatrix(
        Self.weight(base), shape: [outputs, inputs], form: "gptq int\(bits)", parts: parts,
        model: model,
        codes: PackedCodes(
          entry: codes, order: .downInputs(bits: bits), rows: outputs, columns: inputs),
        levels: .whole(bits: bits), scales: factors,
        zeros: .acrossOutputs(
          zeros, bits: bits, isInterleaved: false, plus: form == "gptq" ? 1 : 0, rows: outputs)))
  }

  private func usualBits(_ zeros: TensorEntry, outputs: Int) -> Int? {
    [4, 8, 2].first { zeros.shape[1] * (32 / $0) == outputs }
  }

  /// The declared size of a group, if the groups then cover the inputs.
  private func groupSize(_ inputs: Int, groups: Int) -> Int? {
    var size = declaration.integer("group_size") ?? declaration.integer("q_group_size") ?? 128
    if size <= 0 { size = inputs }
    if (inputs - 1) / size + 1 == groups { return size }
    return inputs % groups == 0 ? inputs / groups : nil
  }

  // MARK: Scales of blocks

  func scaledByBlocks(_ base: ByteName, scales: TensorEntry) -> Found {
    guard let codes = part(base, ".weight") else { return .nothing }
    guard let levels = Self.levels(codes.type) else {
      return codes.type.kind == .float ? .nothing : .misfit(codes.name)
    }
    guard codes.shape.count == 2, scales.type == .f32 || scales.type == .bf16,
      let place = place(scales.shape, of: codes.shape)
    else { return .misfit(codes.name) }
    return .matrix(
      PackedMatrix(
        codes.name, shape: codes.shape, form: codes.type == .i8 ? "int8" : "fp8",
        parts: [codes.name, scales.name], model: model,
        codes: PackedCodes(
          entry: codes, order: .bytes, rows: codes.shape[0], columns: codes.shape[1]),
        levels: levels,
        scales: PackedFactors(entry: scales, place: place, columns: codes.shape[1])))
  }

  func microscaledBlocks(_ base: ByteName, blocks: TensorEntry) -> Found {
    guard let scales = part(base, "_scales"), blocks.type == .u8, blocks.shape.count >= 3 else {
      return .nothing
    }
    guard blocks.shape.last == 16, scales.type == .u8,
      scales.shape == Array(blocks.shape.dropLast()), let groups = scales.shape.last,
      groups.multipliedReportingOverflow(by: 32).overflow == false
    else { return .misfit(blocks.name) }
    let columns = groups * 32
    let shape = Array(scales.shape.dropLast()) + [columns]
    return .matrix(
      PackedMatrix(
        base, shape: shape, form: "mxfp4", parts: [blocks.name, scales.name], model: model,
        codes: PackedCodes(
          entry: blocks, order: .lowHalfFirst, rows: shape.dropLast().reduce(1, *),
          columns: columns),
        levels: .e2m1,
        scales: PackedFactors(
          entry: scales,
          place: .blocks(rows: 1, columns: 32, rowStride: groups, columnStride: 1),
          form: .exponent, columns: columns)))
  }
}
