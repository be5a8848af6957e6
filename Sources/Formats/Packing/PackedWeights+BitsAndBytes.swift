// Weights packed by bitsandbytes.
//
// Four bits: `<layer>.weight` holds two codes a byte, the first in the high half, whatever its type
// says; `.weight.absmax` the largest size of each run of `blocksize` elements; `.weight.quant_map`
// the sixteen levels; `.weight.quant_state.bitsandbytes__nf4` (or fp4) JSON with shape, block size
// and, for double quantisation, the offset of the scales. These are then bytes that index
// `.weight.nested_quant_map`, times `.weight.nested_absmax` of their own run.
// Eight bits (LLM.int8): `<layer>.weight` signed bytes, `.SCB` the largest size of each row; the
// value is code · SCB / 127.

import Base

extension PackedWeights {
  private static let stateBytesMax = 1 << 16
  /// Runs of double quantisation are few; this many are half a terabyte of weights.
  private static let nestedMax = 1 << 24

  /// What the state beside four-bit codes says.
  private struct State {
    let shape: [Int]
    let run: Int
    let nestedRun: Int?
    let offset: Float

    init?(_ json: JSON) {
      guard let shape = json["shape"]?.array?.compactMap(\.int), shape.count == 2,
        shape.allSatisfy({ $0 > 0 }), let run = json["blocksize"]?.int, run > 0
      else { return nil }
      self.shape = shape
      self.run = run
      nestedRun = json["nested_blocksize"]?.int
      offset = Float(json["nested_offset"]?.double ?? 0)
    }
  }

  func fourBits(_ base: ByteName, state entry: TensorEntry) -> Found {
    guard let codes = part(base, ".weight") else { return .nothing }
    guard let maxima = part(base, ".weight.absmax"), let map = part(base, ".weight.quant_map"),
      let state = state(entry), let count = Self.product(state.shape),
      codes.byteCount == (count + 1) / 2, map.elementCount == 16, map.type == .f32,
      maxima.elementCount == (count + state.run - 1) / state.run
    else { return .misfit(codes.name) }
    var parts = [codes, maxima, map, entry].map(\.name)
    var scales = PackedFactors(entry: maxima, place: .runs(state.run), columns: state.shape[1])
    let isNested = maxima.type == .u8
    if isNested {
      guard let run = state.nestedRun, run > 0, let table = part(base, ".weight.nested_quant_map"),
        let sizes = part(base, ".weight.nested_absmax"), table.elementCount == 256,
        table.type == .f32, sizes.type == .f32, sizes.elementCount <= Self.nestedMax,
        sizes.elementCount == (maxima.elementCount + run - 1) / run
      else { return .misfit(codes.name) }
      parts += [table.name, sizes.name]
      scales.form = .tabled(
        StoredNumber.all(table, model), scales: StoredNumber.all(sizes, model), run: run,
        offset: state.offset)
    } else {
      guard maxima.type == .f32 else { return .misfit(codes.name) }
    }
    return .matrix(
      PackedMatrix(
        Self.weight(base), shape: state.shape,
        form: entry.name.hasSuffix("nf4") ? "bitsandbytes nf4" : "bitsandbytes fp4", parts: parts,
        model: model,
        codes: PackedCodes(
          entry: codes, order: .highHalfFirst, rows: state.shape[0], columns: state.shape[1]),
        levels: CodeLevels(StoredNumber.all(map, model)), scales: scales,
        // The codes were made with scales that double quantisation then rounded.
        slack: isNested ? 1 / 12 : 1 / 128))
  }

  func eightBits(_ base: ByteName, maxima: TensorEntry) -> Found {
    guard let codes = part(base, ".weight"), codes.type == .i8 else { return .nothing }
    let format = part(base, ".weight_format")
    guard codes.shape.count == 2, maxima.type == .f32, maxima.elementCount == codes.shape[0],
      format.map({ single($0) == 0 }) ?? true
    else { return .misfit(codes.name) }
    return .matrix(
      PackedMatrix(
        codes.name, shape: codes.shape, form: "bitsandbytes int8",
        parts: [codes.name, maxima.name] + [format?.name].compactMap { $0 }, model: model,
        codes: PackedCodes(
          entry: codes, order: .bytes, rows: codes.shape[0], columns: codes.shape[1]),
        levels: .signedBytes,
        scales: PackedFactors(
          entry: maxima,
          place: .blocks(rows: 1, columns: codes.shape[1], rowStride: 1, columnStride: 0),
          divisor: 127, columns: codes.shape[1])))
  }

  private func state(_ entry: TensorEntry) -> State? {
    guard entry.type == .u8, entry.byteCount <= Self.stateBytesMax else { return nil }
    let bytes = model.withBytes(of: entry) { bytes in
      (0..<bytes.byteCount).map { PackedCodes.byte(bytes, $0) }
    }
    return (try? JSON.parse(bytes)).flatMap(State.init)
  }

  /// The number of elements; nil if it overflows.
  static func product(_ shape: [Int]) -> Int? {
    shape.reduce(1) { (product: Int?, side) in
      product.flatMap { $0.multipliedReportingOverflow(by: side).overflow ? nil : $0 * side }
    }
  }
}
