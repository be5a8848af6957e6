// Models whose matrices are packed as tools pack them, made from the models of the tests.

import Base
import Foundation
import TestSupport

@testable import Comparison

/// How the matrices of layers are packed.
enum TestPacking: String, CaseIterable, Sendable {
  case nf4, int8, words, fp8, unknown

  /// What stands in config.json.
  var declaration: JSON {
    switch self {
    case .nf4: ["quant_method": "bitsandbytes", "load_in_4bit": true]
    case .int8: ["quant_method": "bitsandbytes", "load_in_8bit": true]
    case .words: ["quant_method": "compressed-tensors", "format": "pack-quantized"]
    case .fp8: ["quant_method": "fp8"]
    case .unknown: ["quant_method": "frob", "bits": 4]
    }
  }
}

extension MovedModel {
  /// Levels as irregular as those of nf4.
  static let levels: [Float] = [
    -1, -0.7, -0.53, -0.39, -0.28, -0.18, -0.09, 0, 0.08, 0.16, 0.25, 0.34, 0.44, 0.56, 0.72, 1,
  ]

  private static func nearest(_ value: Float) -> Int {
    levels.indices.min { abs(levels[$0] - value) < abs(levels[$1] - value) } ?? 0
  }

  /// The tensors of one packed matrix.
  private static func packed(
    _ name: String, _ shape: [Int], _ values: [Float], _ packing: TestPacking
  ) -> [TinyTensor] {
    let base = String(name.dropLast(".weight".count))
    let (rows, columns) = (shape[0], shape[1])
    let sizes = (0..<rows).map { row in
      values[row * columns..<(row + 1) * columns].reduce(Float(0)) { max($0, abs($1)) }
    }
    switch packing {
    case .nf4:
      let runs = (values.count + 15) / 16
      let maxima = (0..<runs).map { run in
        values[16 * run..<min(16 * run + 16, values.count)].reduce(Float(0)) { max($0, abs($1)) }
      }
      let codes = values.enumerated().map { nearest($1 / max(maxima[$0 / 16], 1e-30)) }
      let bytes = stride(from: 0, to: codes.count, by: 2).map {
        UInt8(codes[$0] << 4 | codes[$0 + 1])
      }
      let state: JSON = ["blocksize": 16, "shape": .array(shape.map { JSON($0) })]
      return [
        TinyTensor(name, "U8", [bytes.count, 1], bytes),
        TinyTensor(name + ".absmax", [runs], f32: maxima),
        TinyTensor(name + ".quant_map", [16], f32: levels),
        TinyTensor(
          name + ".quant_state.bitsandbytes__nf4", "U8", [state.canonicalBytes.count],
          state.canonicalBytes),
      ]
    case .int8:
      let bytes = values.enumerated().map {
        UInt8(bitPattern: Int8(($1 / max(sizes[$0 / columns], 1e-30) * 127).rounded()))
      }
      return [
        TinyTensor(name, "I8", shape, bytes), TinyTensor(base + ".SCB", [rows], f32: sizes),
      ]
    case .words:
      let scales = sizes.map { max($0, 1e-30) / 7 }
      let perRow = (columns + 7) / 8
      var words = [UInt32](repeating: 0, count: rows * perRow)
      for (index, value) in values.enumerated() {
        let (row, column) = (index / columns, index % columns)
        let code = UInt32(max(-8, min(7, (value / scales[row]).rounded())) + 8)
        words[row * perRow + column / 8] |= code << UInt32(4 * (column % 8))
      }
      return [
        TinyTensor(
          base + ".weight_packed", "I32", [rows, perRow], words.flatMap { littleEndian($0) }),
        TinyTensor(base + ".weight_scale", [rows, 1], f32: scales),
        TinyTensor(
          base + ".weight_shape", "I64", [2], shape.flatMap { littleEndian(Int64($0)) }),
      ]
    case .fp8:
      let scale = max(sizes.max() ?? 0, 1e-30) / 448
      return [
        TinyTensor(name, "F8_E4M3", shape, values.map { eightBits($0 / scale) }),
        TinyTensor(base + ".weight_scale_inv", [1, 1], f32: [scale]),
      ]
    case .unknown:
      var random = CounterRandom(seed: UInt64(values.count), stream: 80)
      return [
        TinyTensor(
          base + ".frob", "U8", [values.count / 2, 1],
          (0..<values.count / 2).map { _ in UInt8(random.below(256)) }),
        TinyTensor(base + ".frobscale", [rows], f32: sizes),
      ]
    }
  }

  /// The nearest of the 253 finite numbers.
  private static func eightBits(_ value: Float) -> UInt8 {
    let size = abs(value)
    var best: (byte: UInt8, distance: Float) = (0, size)
    for byte in UInt8(0)..<0x7F {
      let exponent = Int(byte >> 3)
      let fraction = Float(byte & 7) / 8
      let level = exponent == 0 ? fraction / 64 : (1 + fraction) * exp2(Float(exponent - 7))
      if abs(level - size) < best.distance { best = (byte, abs(level - size)) }
    }
    return value < 0 ? best.byte | 0x80 : best.byte
  }

  /// Writes the model with the matrices of its layers packed.
  /// - Parameter share: packs this share of the matrices, in the order of their names.
  func write(to folder: String, packing: TestPacking, share: Double = 1) throws {
    try write(to: folder)
    var config = config
    config["quantization_config"] = packing.declaration
    try DurableFile.replace("\(folder)/config.json", with: JSON.object(config).canonicalBytes)
    let matrices = tensors.keys.filter { $0.hasSuffix("_proj.weight") }.sorted()
    let chosen = Set(matrices.prefix(Int((share * Double(matrices.count)).rounded())))
    let written = tensors.keys.sorted().flatMap { name -> [TinyTensor] in
      guard let tensor = tensors[name] else { return [] }
      return chosen.contains(name)
        ? Self.packed(name, tensor.shape, tensor.values, packing)
        : [TinyTensor(name, tensor.shape, f32: tensor.values)]
    }
    try DurableFile.replace(
      "\(folder)/model.safetensors", with: TinyModels.safetensors(written))
  }
}
