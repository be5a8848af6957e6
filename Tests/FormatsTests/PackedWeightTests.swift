import Base
import TestSupport
import Testing

@testable import Formats

/// Goal: packed weights become the numbers that their tools would compute, for every known form;
/// what does not fit its form is not unpacked and is told.
/// Method: random codes, scales and zeros, packed here by the formulas of the formats and unpacked
/// by the code under test; each expected value is written out from its code.
@Suite("Packed weights")
struct PackedWeightTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A matrix of codes with random numbers of the usual size.
  struct Draw {
    let rows: Int
    let columns: Int
    let codes: [[Int]]
    var random: CounterRandom

    init(rows: Int, columns: Int, codes count: Int, seed: UInt64) {
      var random = CounterRandom(seed: seed, stream: 70)
      self.rows = rows
      self.columns = columns
      codes = (0..<rows).map { _ in (0..<columns).map { _ in random.below(count) } }
      self.random = random
    }

    mutating func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(1 + random.below(1000)) / 1024 }
    }
  }

  func open(_ tensors: [TinyTensor], _ quantization: JSON? = nil) throws -> PackedWeights {
    var config: JSONObject = ["model_type": "llama"]
    if let quantization { config["quantization_config"] = quantization }
    _ = try folder.write("config.json", JSON.object(config).canonicalBytes)
    let path = try folder.write("model.safetensors", TinyModels.safetensors(tensors))
    return PackedWeights(try OpenModel.open(FileSystem.directoryName(path)))
  }

  /// The one matrix of a model, whole.
  func values(
    _ tensors: [TinyTensor], _ quantization: JSON? = nil, form: String
  ) throws -> [Float] {
    let weights = try open(tensors, quantization)
    let matrix = try #require(weights.matrices.first)
    #expect(weights.matrices.count == 1)
    #expect(matrix.form == form)
    #expect(matrix.name == "l.weight")
    #expect(weights.misfits.isEmpty)
    #expect(weights.parts == Set(tensors.map { ByteName($0.name) }))
    return matrix.read(0..<matrix.rows)
  }

  /// Words of 32 bits, the first code in the lowest bits.
  static func words(_ codes: [Int], bits: Int) -> [UInt8] {
    stride(from: 0, to: codes.count, by: 32 / bits).flatMap { start -> [UInt8] in
      var word: UInt32 = 0
      for (lane, code) in codes[start..<min(start + 32 / bits, codes.count)].enumerated() {
        word |= UInt32(code) << UInt32(lane * bits)
      }
      return littleEndian(word)
    }
  }

  /// A number for each place, row-major.
  static func grid(_ rows: Int, _ columns: Int, _ body: (Int, Int) -> Float) -> [Float] {
    var out: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns { out.append(body(row, column)) }
    }
    return out
  }

  // MARK: bitsandbytes

  static let levels = (0..<16).map { Float($0 * $0) / 225 - 0.5 }

  @Test("of four bits take the level of the code times the size of its run", arguments: [16, 64])
  func halfBytes(run: Int) throws {
    var draw = Draw(rows: 6, columns: 32, codes: 16, seed: UInt64(run))
    let flat = draw.codes.flatMap { $0 }
    let sizes = draw.numbers(flat.count / run)
    let bytes = stride(from: 0, to: flat.count, by: 2).map { UInt8(flat[$0] << 4 | flat[$0 + 1]) }
    let state: JSON = ["quant_type": "nf4", "blocksize": JSON(run), "shape": [6, 32]]
    let found = try values(
      [
        TinyTensor("l.weight", "U8", [bytes.count, 1], bytes),
        TinyTensor("l.weight.absmax", [sizes.count], f32: sizes),
        TinyTensor("l.weight.quant_map", [16], f32: Self.levels),
        TinyTensor(
          "l.weight.quant_state.bitsandbytes__nf4", "U8", [state.canonicalBytes.count],
          state.canonicalBytes),
      ], form: "bitsandbytes nf4")
    #expect(found == flat.enumerated().map { Self.levels[$1] * sizes[$0 / run] })
  }

  @Test("whose sizes are quantised too add the offset to the level of the size")
  func nested() throws {
    var draw = Draw(rows: 4, columns: 32, codes: 16, seed: 3)
    let flat = draw.codes.flatMap { $0 }
    let bytes = stride(from: 0, to: flat.count, by: 2).map { UInt8(flat[$0] << 4 | flat[$0 + 1]) }
    let sizes = (0..<8).map { UInt8($0 * 31) }
    let table = (0..<256).map { Float($0) / 255 }
    let outer = draw.numbers(2)
    let state: JSON = [
      "quant_type": "fp4", "blocksize": 16, "shape": [4, 32], "nested_blocksize": 4,
      "nested_offset": 0.25,
    ]
    let found = try values(
      [
        TinyTensor("l.weight", "U8", [bytes.count, 1], bytes),
        TinyTensor("l.weight.absmax", "U8", [8], sizes),
        TinyTensor("l.weight.quant_map", [16], f32: Self.levels),
        TinyTensor("l.weight.nested_quant_map", [256], f32: table),
        TinyTensor("l.weight.nested_absmax", [2], f32: outer),
        TinyTensor(
          "l.weight.quant_state.bitsandbytes__fp4", "U8", [state.canonicalBytes.count],
          state.canonicalBytes),
      ], form: "bitsandbytes fp4")
    let expected = flat.enumerated().map { index, code in
      let run = index / 16
      return Self.levels[code] * (table[Int(sizes[run])] * outer[run / 4] + 0.25)
    }
    #expect(found == expected)
  }

  @Test("of eight bits take the row's size over 127")
  func eightBits() throws {
    var draw = Draw(rows: 5, columns: 7, codes: 256, seed: 4)
    let sizes = draw.numbers(5)
    let bytes = draw.codes.flatMap { $0.map { UInt8($0) } }
    let tensors = [
      TinyTensor("l.weight", "I8", [5, 7], bytes), TinyTensor("l.SCB", [5], f32: sizes),
      TinyTensor("l.weight_format", "U8", [], [0]),
    ]
    let found = try values(tensors, form: "bitsandbytes int8")
    let expected = bytes.enumerated().map {
      Float(Int8(bitPattern: $1)) * (sizes[$0 / 7] / 127)
    }
    #expect(found == expected)
    // Codes in a tiled order are not read as if they were in rows.
    var tiled = tensors
    tiled[2].bytes = [1]
    let weights = try open(tiled)
    #expect(weights.matrices.isEmpty && weights.misfits == ["l.weight"])
  }

  // MARK: compressed-tensors

  @Test("in words along the row subtract the zero of the outputs' words", arguments: [4, 8])
  func alongRows(bits: Int) throws {
    let perWord = 32 / bits
    var draw = Draw(rows: 2 * perWord, columns: 64, codes: 1 << bits, seed: UInt64(bits))
    let scales = draw.numbers(draw.rows * 2)
    let zeros = (0..<draw.rows).map { _ in (0..<2).map { _ in draw.random.below(1 << bits) } }
    var packedZeros: [UInt8] = []
    for block in 0..<2 {
      for group in 0..<2 {
        let codes: [Int] = (0..<perWord).map { zeros[block * perWord + $0][group] }
        packedZeros += Self.words(codes, bits: bits)
      }
    }
    let tensors = [
      TinyTensor(
        "l.weight_packed", "I32", [draw.rows, 64 / perWord],
        draw.codes.flatMap { Self.words($0, bits: bits) }),
      TinyTensor("l.weight_scale", [draw.rows, 2], f32: scales),
      TinyTensor(
        "l.weight_shape", "I64", [2], littleEndian(Int64(draw.rows)) + littleEndian(Int64(64))),
      TinyTensor("l.weight_zero_point", "I32", [2, 2], packedZeros),
    ]
    let half = 1 << (bits - 1)
    let (rows, codes) = (draw.rows, draw.codes)
    let whole = Self.grid(rows, 64) { row, column in
      Float(codes[row][column] - zeros[row][column / 32]) * scales[row * 2 + column / 32]
    }
    #expect(try values(tensors, form: "pack-quantized int\(bits)") == whole)
    // Without zeros the codes are signed numbers plus half of their range.
    let signed = Self.grid(rows, 64) { row, column in
      Float(codes[row][column] - half) * scales[row * 2 + column / 32]
    }
    let symmetric = Array(tensors.dropLast())
    #expect(try values(symmetric, form: "pack-quantized int\(bits)") == signed)
    // With the inputs reordered every input names its group.
    let order: [Int] = (0..<64).map { $0 * 7 % 2 }
    let list = TinyTensor("l.weight_g_idx", "I32", [64], order.flatMap { littleEndian(Int32($0)) })
    let listed = Self.grid(rows, 64) { row, column in
      Float(codes[row][column] - half) * scales[row * 2 + order[column]]
    }
    #expect(try values(symmetric + [list], form: "pack-quantized int\(bits)") == listed)
  }

  static let fp4: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]

  /// Two codes a byte, the first in the low half.
  static func lowHalfFirst(_ codes: [Int]) -> [UInt8] {
    stride(from: 0, to: codes.count, by: 2).map { UInt8(codes[$0] | codes[$0 + 1] << 4) }
  }

  @Test("of FP4 divide by the whole tensor's scale, or take powers of two")
  func fourBitFloats() throws {
    let draw = Draw(rows: 3, columns: 64, codes: 16, seed: 6)
    let bytes = draw.codes.flatMap(Self.lowHalfFirst)
    let scales = (0..<12).map { UInt8(0x30 + $0) }
    let nvfp4 = try values(
      [
        TinyTensor("l.weight_packed", "U8", [3, 32], bytes),
        TinyTensor("l.weight_scale", "F8_E4M3", [3, 4], scales),
        TinyTensor("l.weight_global_scale", [1], f32: [896]),
      ], form: "nvfp4")
    let flat = draw.codes.flatMap { $0 }
    #expect(
      nvfp4
        == flat.enumerated().map { Self.fp4[$1] * (EightBitFloat.e4m3(scales[$0 / 16]) / 896) })
    let exponents = (0..<6).map { UInt8(120 + $0) }
    let mxfp4 = try values(
      [
        TinyTensor("l.weight_packed", "U8", [3, 32], bytes),
        TinyTensor("l.weight_scale", "U8", [3, 2], exponents),
      ], form: "mxfp4")
    let powers = exponents.map { Float(sign: .plus, exponent: Int($0) - 127, significand: 1) }
    #expect(mxfp4 == flat.enumerated().map { Self.fp4[$1] * powers[$0 / 32] })
  }

  @Test(
    "of eight bits scale the tensor, rows, groups of a row or blocks",
    arguments: [[1], [6, 1], [6, 4], [2, 2]])
  func eightBitScales(shape: [Int]) throws {
    var draw = Draw(rows: 6, columns: 64, codes: 120, seed: UInt64(shape.reduce(7, +)))
    let scales = draw.numbers(shape.reduce(1, *))
    let flat = draw.codes.flatMap { $0.map { UInt8($0) } }
    let block: JSON = ["quant_method": "compressed-tensors", "block_structure": [3, 32]]
    for (type, form) in [("F8_E4M3", "fp8"), ("I8", "int8")] {
      let found = try values(
        [
          TinyTensor("l.weight", type, [6, 64], flat),
          TinyTensor("l.weight_scale", shape, f32: scales),
        ], shape == [2, 2] ? block : nil, form: form)
      let across = shape.count > 1 ? shape[1] : 1
      let expected = Self.grid(6, 64) { row, column in
        let scale = scales[row * shape[0] / 6 * across + column * across / 64]
        let byte = flat[row * 64 + column]
        return (type == "I8" ? Float(Int8(bitPattern: byte)) : EightBitFloat.e4m3(byte)) * scale
      }
      #expect(found == expected, "\(type)")
    }
  }

  // MARK: GPTQ, AWQ

  @Test(
    "of GPTQ hold neighbouring inputs in a word and add one to the zero", arguments: [true, false])
  func gptq(isOld: Bool) throws {
    var draw = Draw(rows: 16, columns: 32, codes: 16, seed: isOld ? 8 : 9)
    let scales = draw.numbers(2 * 16)
    let zeros = (0..<2).map { _ in (0..<16).map { _ in draw.random.below(15) } }
    let order = (0..<32).map { $0 * 5 % 2 }
    let codes = draw.codes
    var words: [UInt8] = []
    for block in 0..<4 {
      for output in 0..<16 {
        words += Self.words(Array(codes[output][8 * block..<8 * block + 8]), bits: 4)
      }
    }
    let found = try values(
      [
        TinyTensor("l.qweight", "I32", [4, 16], words),
        TinyTensor("l.qzeros", "I32", [2, 2], zeros.flatMap { Self.words($0, bits: 4) }),
        TinyTensor("l.scales", [2, 16], f32: scales),
        TinyTensor("l.g_idx", "I32", [32], order.flatMap { littleEndian(Int32($0)) }),
      ],
      [
        "quant_method": "gptq", "bits": 4, "group_size": 16,
        "checkpoint_format": isOld ? "gptq" : "gptq_v2",
      ], form: "gptq int4")
    let expected = Self.grid(16, 32) { row, column in
      let group = order[column]
      let zero = zeros[group][row] + (isOld ? 1 : 0)
      return Float(codes[row][column] - zero) * scales[group * 16 + row]
    }
    #expect(found == expected)
  }

  @Test("of AWQ hold eight outputs in a word, interleaved")
  func awq() throws {
    var draw = Draw(rows: 16, columns: 32, codes: 16, seed: 10)
    let scales = draw.numbers(2 * 16)
    let zeros = (0..<2).map { _ in (0..<16).map { _ in draw.random.below(16) } }
    let places = [0, 2, 4, 6, 1, 3, 5, 7]
    let codes = draw.codes
    let across: ([Int]) -> [UInt8] = { line in
      Self.words(places.map { line[$0] }, bits: 4)
        + Self.words(places.map { line[8 + $0] }, bits: 4)
    }
    var words: [UInt8] = []
    for input in 0..<32 { words += across(codes.map { $0[input] }) }
    let found = try values(
      [
        TinyTensor("l.qweight", "I32", [32, 2], words),
        TinyTensor("l.qzeros", "I32", [2, 2], zeros.flatMap(across)),
        TinyTensor("l.scales", [2, 16], f32: scales),
      ], ["quant_method": "awq", "bits": 4, "group_size": 16, "version": "gemm"], form: "awq")
    let expected = Self.grid(16, 32) { row, column in
      let group = column / 16
      return Float(codes[row][column] - zeros[group][row]) * scales[group * 16 + row]
    }
    #expect(found == expected)
  }

  // MARK: Cells

  @Test("have cells that hold every number which is rounded to the code, and no others")
  func cells() throws {
    let draw = Draw(rows: 4, columns: 32, codes: 255, seed: 11)
    let weights = try open([
      TinyTensor("l.weight", "I8", [4, 32], draw.codes.flatMap { $0.map { UInt8($0 + 1) } }),
      TinyTensor("l.SCB", [4], f32: [127, 127, 127, 127]),
    ])
    let matrix = try #require(weights.matrices.first)
    let values = matrix.read(1..<3)
    let lower = matrix.read(1..<3, .lowerEdges)
    let upper = matrix.read(1..<3, .upperEdges)
    for (index, value) in values.enumerated() where abs(value) < 127 {
      let room = abs(value) * matrix.slack
      #expect(lower[index] == value - 0.5 - room)
      #expect(upper[index] == value + 0.5 + room)
    }
    #expect(zip(values, upper).allSatisfy { $0 != 127 || $1 == .infinity })
  }

  // MARK: What does not fit

  @Test("that do not fit their form are not unpacked", arguments: 0..<5)
  func misfits(index: Int) throws {
    let codes = TinyTensor("l.weight_packed", "I32", [4, 8], [UInt8](repeating: 1, count: 128))
    let scales = TinyTensor("l.weight_scale", [4, 2], f32: [1, 1, 1, 1, 1, 1, 1, 1])
    let shape: (Int64, Int64) -> TinyTensor = { rows, columns in
      TinyTensor("l.weight_shape", "I64", [2], littleEndian(rows) + littleEndian(columns))
    }
    let list: (Int32) -> TinyTensor = { group in
      let groups: [Int32] = (0..<64).map { $0 == 9 ? group : 0 }
      return TinyTensor("l.weight_g_idx", "I32", [64], groups.flatMap { littleEndian($0) })
    }
    let cases: [[TinyTensor]] = [
      [codes, scales],
      [codes, scales, shape(5, 64)],
      [codes, scales, shape(4, Int64.max)],
      [codes, scales, shape(4, 64), list(2)],
      [codes, scales, shape(4, 64), list(-2)],
    ]
    let weights = try open(cases[index])
    #expect(weights.matrices.isEmpty)
    #expect(weights.misfits == ["l.weight_packed"])
    #expect(weights.parts.isEmpty)
  }

  @Test("of an unknown method are counted by its bits, masks and counters are not")
  func unread() throws {
    let codes = TinyTensor("l.trellis", "I32", [4, 6], [UInt8](repeating: 0, count: 96))
    let weights = try open(
      [codes, TinyTensor("l.mask", "BOOL", [4, 4], [UInt8](repeating: 0, count: 16))],
      ["quant_method": "exl3", "bits": 3.0])
    let model = weights.model
    let entry = try #require(model.tensor("l.trellis"))
    #expect(
      weights.unread(entry)
        == UnreadParameters(tensor: "l.trellis", count: 256, packing: "exl3"))
    #expect(weights.unread(try #require(model.tensor("l.mask"))) == nil)
    let plain = try open([
      TinyTensor("h.0.attn.bias", "U8", [1, 1, 4, 4], [UInt8](repeating: 1, count: 16)),
      TinyTensor("position_ids", "I64", [1, 2], [UInt8](repeating: 0, count: 16)),
      TinyTensor("l.codes", "U8", [4, 4], [UInt8](repeating: 1, count: 16)),
    ])
    let counted = plain.model.tensors.compactMap { plain.unread($0) }
    #expect(counted.map(\.tensor) == ["l.codes"])
    #expect(counted.map(\.count) == [32])
  }
}
