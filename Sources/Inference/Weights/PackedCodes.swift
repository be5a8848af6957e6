// Weights of four bits as safetensors checkpoints hold them: GPTQ, AWQ and MXFP4.
//
// GPTQ (AutoGPTQ "gptq" and "gptq_v2"): qweight i32 [in/8, out], nibble k of stored row r is input
//   8r+k; qzeros i32 [groups, out/8]; scales f16 [groups, out]; g_idx i32 [in] names the group of
//   an input. W[o][i] = scale[g][o] (q - z), z being the stored zero plus one in "gptq".
// AWQ ("gemm"): qweight i32 [in, out/8], qzeros i32 [groups, out/8]; nibble k of word w is output
//   8w + (0, 2, 4, 6, 1, 3, 5, 7)[k]. W[o][i] = scale[g][o] (q - z), g = i / group.
// MXFP4 (OCP microscaling): blocks u8 [.., out, in/32, 16], low nibble first; scales u8 (E8M0).
// Each value is one float32 product of an exact difference and the scale.

import Base
import Formats

/// The packed tensors of one GPTQ or AWQ layer.
struct PackedCodes: Sendable {
  enum Form: Equatable, Sendable {
    case gptq(zeroPlusOne: Bool)
    case awq
  }

  let form: Form
  let model: OpenModel
  let codes: TensorEntry
  let zeros: TensorEntry
  let scales: StoredTensor
  /// The group of each input.
  let groups: [Int32]
  let outputs: Int

  func advise(_ advice: PageAdvice) {
    for entry in [codes, zeros, scales.entry] { model.advise(advice, entry) }
  }

  func read(row: Int, into out: UnsafeMutablePointer<Float>) {
    let words = outputs / 8
    model.withBytes(of: codes) { codes in
      model.withBytes(of: zeros) { zeros in
        var scale: Float = 0
        var zero: Int32 = 0
        var current: Int32 = -1
        for (input, group) in groups.enumerated() {
          if group != current {
            current = group
            unsafe scales.decode(Int(group) * outputs + row, count: 1, into: &scale, .best)
            let stored = nibble(zeros, Int(group) * words + row / 8, lane(row))
            zero = form == .gptq(zeroPlusOne: true) ? stored + 1 : stored
          }
          let code =
            form == .awq
            ? nibble(codes, input * words + row / 8, lane(row))
            : nibble(codes, input / 8 * outputs + row, input % 8)
          unsafe out[input] = Float(code - zero) * scale
        }
      }
    }
  }

  /// Which nibble of its word an output is.
  private func lane(_ row: Int) -> Int {
    form == .awq ? [0, 4, 1, 5, 2, 6, 3, 7][row % 8] : row % 8
  }

  private func nibble(_ bytes: RawSpan, _ word: Int, _ index: Int) -> Int32 {
    let value = unsafe UInt32(
      littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
    return Int32(value >> (4 * UInt32(index)) & 15)
  }
}

/// One matrix of MXFP4 codes, perhaps one expert of many.
struct MicroscaledCodes: Sendable {
  let model: OpenModel
  let blocks: TensorEntry
  let scales: TensorEntry
  /// Rows of the tensor before this matrix.
  let firstRow: Int

  private static let values: [Float] = [
    0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6,
  ]

  func advise(_ advice: PageAdvice) {
    model.advise(advice, blocks)
    model.advise(advice, scales)
  }

  func read(row: Int, columns: Int, into out: UnsafeMutablePointer<Float>) {
    let first = (firstRow + row) * (columns / 32)
    model.withBytes(of: scales) { scales in
      model.withBytes(of: blocks) { blocks in
        for block in 0..<columns / 32 {
          let exponent = unsafe scales.unsafeLoad(fromByteOffset: first + block, as: UInt8.self)
          let scale = Float(bitPattern: exponent == 0 ? 0x40_0000 : UInt32(exponent) << 23)
          for index in 0..<16 {
            let byte = unsafe blocks.unsafeLoad(
              fromByteOffset: 16 * (first + block) + index, as: UInt8.self)
            unsafe out[32 * block + 2 * index] = Self.values[Int(byte & 15)] * scale
            unsafe out[32 * block + 2 * index + 1] = Self.values[Int(byte >> 4)] * scale
          }
        }
      }
    }
  }
}
