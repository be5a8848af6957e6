import Base
import CKernels
import Foundation
import TestSupport
import Testing

/// The instruction sets this machine has, the portable one first.
let instructionSets: [Int32] = [ck_portable, ck_avx2, ck_avx512, ck_neon]
  .map { Int32($0.rawValue) }.filter { ck_isa_available($0) != 0 }

/// Lengths around the width of a vector and of a tile.
let lengths = [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 65, 100, 255, 576, 577]

/// Numbers of many magnitudes, so that the order of a sum shows in its bits.
func numbers(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
  var random = CounterRandom(seed: seed, stream: UInt64(count))
  return (0..<count).map { _ in
    let exponent = Float(random.below(8)) - 4
    return Float(random.uniform() * 2 - 1) * scale * Foundation.pow(2, exponent)
  }
}

/// Goal: every instruction set gives the bits of the definition.
/// Method: the portable code is the definition written out; the others are compared bit for bit at
/// lengths around every block size and at odd addresses.
@Suite("A dot product")
struct DotTests {
  @Test("is the sixteen lanes of its definition")
  func definition() {
    for count in lengths {
      let (a, b) = (numbers(count, seed: 1), numbers(count, seed: 2))
      var lanes = [Float](repeating: 0, count: 16)
      for i in 0..<(count + 15) / 16 * 16 {
        let (x, y) = i < count ? (a[i], b[i]) : (0, 0)
        lanes[i % 16] = x.addingProductLast(y, lanes[i % 16])
      }
      for width in [8, 4, 2, 1] {
        for j in 0..<width { lanes[j] += lanes[j + width] }
      }
      let value = ck_dot_f32(a, b, count, Int32(ck_portable.rawValue))
      #expect(value.bitPattern == lanes[0].bitPattern, "length \(count)")
    }
  }

  @Test("has the same bits on every instruction set", arguments: lengths)
  func sameBits(count: Int) {
    for offset in [0, 1, 3] {
      let (a, b) = (numbers(count + offset, seed: 3), numbers(count + offset, seed: 4))
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          let (left, right) = (a.baseAddress! + offset, b.baseAddress! + offset)
          let values = instructionSets.map { ck_dot_f32(left, right, count, $0).bitPattern }
          #expect(Set(values).count == 1, "offset \(offset): \(values)")
        }
      }
    }
  }

  @Test("is the same inside a product of matrices of any shape")
  func products() {
    for columns in [16, 64, 80, 208] {
      for (tokens, rows) in [(1, 1), (1, 5), (2, 4), (3, 3), (5, 9), (6, 4), (7, 8), (13, 11)] {
        let stride = columns + 16
        let x = numbers(tokens * stride, seed: 5)
        let w = numbers(rows * stride, seed: 6)
        for isa in instructionSets {
          var out = [Float](repeating: .nan, count: tokens * (rows + 3))
          ck_matmul_f32(x, stride, tokens, w, stride, rows, columns, &out, rows + 3, isa)
          for token in 0..<tokens {
            for row in 0..<rows {
              let wanted = ck_dot_f32(
                Array(x[token * stride..<token * stride + columns]),
                Array(w[row * stride..<row * stride + columns]), columns, isa)
              let got = out[token * (rows + 3) + row]
              #expect(got.bitPattern == wanted.bitPattern)
            }
            #expect(out[token * (rows + 3) + rows].isNaN, "nothing is written past a row")
          }
        }
      }
    }
  }

  @Test("of weights and values runs over the keys in order", arguments: [0, 1, 2, 17, 100])
  func weightedSum(count: Int) {
    for width in [16, 48, 64, 80, 128] {
      let (p, v) = (numbers(count, seed: 7), numbers(count * width, seed: 8))
      for isa in instructionSets {
        var out = [Float](repeating: .nan, count: width)
        ck_weighted_sum_f32(p, count, v, width, width, &out, isa)
        for d in 0..<width {
          var sum: Float = 0
          for j in 0..<count { sum = p[j].addingProductLast(v[j * width + d], sum) }
          #expect(out[d].bitPattern == sum.bitPattern)
        }
      }
    }
  }
}

extension Float {
  /// self * factor + sum, rounded once.
  fileprivate func addingProductLast(_ factor: Float, _ sum: Float) -> Float {
    sum.addingProduct(self, factor)
  }
}

/// Goal: dequantised weights are the format's values.
/// Method: blocks of every type with values from an independent implementation, all halves and all
/// bytes of FP8 against the standard library, random bytes on every instruction set.
@Suite("Dequantised weights")
struct DequantizationTests {
  static let types: [Int32] = [
    ck_f32, ck_f16, ck_bf16, ck_f64, ck_f8_e4m3, ck_f8_e5m2, ck_q4_0, ck_q4_1, ck_q5_0, ck_q5_1,
    ck_q8_0, ck_q2_k, ck_q3_k, ck_q4_k, ck_q5_k, ck_q6_k, ck_iq4_nl, ck_iq4_xs, ck_tq1_0,
    ck_tq2_0, ck_mxfp4,
  ].map { Int32(bitPattern: $0.rawValue) }

  @Test("equal the values of an independent implementation")
  func vectors() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/blocks.jsonl")
    let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 15)
    for line in lines {
      let vector = try JSON.parse(Array(line))
      let type = Int32(try #require(vector["type"]?.int))
      let bytes = try #require(vector["blocks"]?.string.flatMap(Hex.decode))
      let wanted = try #require(vector["values"]?.string.flatMap(Hex.decode))
      let blocks = bytes.count / ck_block_bytes(type)
      for isa in instructionSets {
        var values = [Float](repeating: .nan, count: blocks * ck_block_elements(type))
        ck_dequantize_f32(type, bytes, blocks, &values, isa)
        let got = values.withUnsafeBytes { Array($0) }
        #expect(got == wanted, "\(vector["name"]?.string ?? "") on \(isa)")
      }
    }
  }

  @Test("of halves are exact for every half")
  func halves() {
    let patterns = (0..<65536).map { UInt16($0) }
    for isa in instructionSets {
      var values = [Float](repeating: 0, count: patterns.count)
      patterns.withUnsafeBytes { bytes in
        ck_dequantize_f32(
          Int32(ck_f16.rawValue), bytes.bindMemory(to: UInt8.self).baseAddress, patterns.count,
          &values, isa)
      }
      for (pattern, value) in zip(patterns, values) {
        #expect(value.bitPattern == halfValue(pattern).bitPattern, "half \(pattern)")
      }
    }
  }

  @Test("of FP8 follow its definition for every byte")
  func bytes() {
    let codes = (0..<256).map { UInt8($0) }
    for (type, exponentBits, bias) in [(ck_f8_e4m3, 4, 7), (ck_f8_e5m2, 5, 15)] {
      var values = [Float](repeating: 0, count: 256)
      ck_dequantize_f32(Int32(type.rawValue), codes, 256, &values, instructionSets[0])
      for code in codes {
        let wanted = smallFloat(code, exponentBits: exponentBits, bias: bias)
        let got = values[Int(code)]
        #expect(got.isNaN && wanted.isNaN || got.bitPattern == wanted.bitPattern, "\(code)")
      }
    }
  }

  @Test("have the same bits on every instruction set", arguments: types)
  func sameBits(type: Int32) {
    var random = CounterRandom(seed: 9, stream: UInt64(type))
    let blocks = 37
    let bytes = (0..<blocks * ck_block_bytes(type)).map { _ in UInt8(random.below(256)) }
    let results = instructionSets.map { isa in
      var values = [Float](repeating: 0, count: blocks * ck_block_elements(type))
      ck_dequantize_f32(type, bytes, blocks, &values, isa)
      return values.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
    }
    #expect(Set(results).count == 1)
  }

  /// A half by the definition of IEEE 754; a NaN keeps its payload and becomes quiet.
  private func halfValue(_ pattern: UInt16) -> Float {
    let (exponent, fraction) = (Int(pattern >> 10 & 31), pattern & 0x3FF)
    let sign: Float = pattern >> 15 == 1 ? -1 : 1
    if exponent == 31 {
      guard fraction != 0 else { return sign * .infinity }
      let bits = UInt32(pattern & 0x8000) << 16 | 0x7FC0_0000 | UInt32(fraction) << 13
      return Float(bitPattern: bits)
    }
    if exponent == 0 { return sign * Float(fraction) * 0x1p-24 }
    return sign * (1 + Float(fraction) / 1024) * Foundation.pow(2, Float(exponent - 15))
  }

  private func smallFloat(_ code: UInt8, exponentBits: Int, bias: Int) -> Float {
    let fractionBits = 7 - exponentBits
    let exponent = Int(code >> UInt8(fractionBits)) & (1 << exponentBits - 1)
    let fraction = Int(code) & (1 << fractionBits - 1)
    let sign: Float = code >> 7 == 1 ? -1 : 1
    if exponentBits == 4, code & 0x7F == 0x7F { return .nan }
    if exponentBits == 5, exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    let share = Float(fraction) / Float(1 << fractionBits)
    let power = Foundation.pow(2, Float(max(exponent, 1) - bias))
    return sign * ((exponent == 0 ? 0 : 1) + share) * power
  }
}
