// The element types of tensors: those of safetensors and those of ggml, in one table.
//
// Sources: safetensors `Dtype` (0.8), ggml `ggml_type` and `GGML_QUANT_SIZES` of gguf 0.19.
// A type is a block of `blockElements` values in `blockBytes` bytes; plain types have blocks of
// one value, sub-byte types of safetensors blocks of the fewest values that fill whole bytes.
// Does not: say what a block's bits mean; Inference does, for the types it computes with.

import Base

/// How the values of a tensor are stored. A reference to what all tensors of the type share: a
/// model may have a million of them.
public struct ElementType: Hashable, Sendable, CustomStringConvertible {
  /// What the bits are.
  public enum Kind: Sendable { case float, integer, boolean, complex, quantized }

  /// The name that enters digests: safetensors' dtype or ggml's type name.
  public var name: String { form.name }
  public var kind: Kind { form.kind }
  /// Values in one block.
  public var blockElements: Int { form.blockElements }
  /// Bytes of one block.
  public var blockBytes: Int { form.blockBytes }
  /// The number in GGUF files; nil if GGUF has no such type.
  public var ggmlID: UInt32? { form.ggmlID }

  public var description: String { name }

  private let form: Form

  private final class Form: Sendable {
    let name: String
    let kind: Kind
    let blockElements: Int
    let blockBytes: Int
    let ggmlID: UInt32?

    init(_ name: String, _ kind: Kind, _ elements: Int, _ bytes: Int, _ ggmlID: UInt32?) {
      self.name = name
      self.kind = kind
      blockElements = elements
      blockBytes = bytes
      self.ggmlID = ggmlID
    }
  }

  public static func == (a: ElementType, b: ElementType) -> Bool {
    a.form === b.form || a.name == b.name
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The bytes of `count` values, or nil if they do not fill whole blocks or overflow.
  public func byteCount(elements count: Int) -> Int? {
    guard count >= 0, count % blockElements == 0 else { return nil }
    let (bytes, overflow) = (count / blockElements).multipliedReportingOverflow(by: blockBytes)
    return overflow ? nil : bytes
  }
}

extension ElementType {
  public static let f64 = ElementType("F64", .float, 1, 8, 28)
  public static let f32 = ElementType("F32", .float, 1, 4, 0)
  public static let f16 = ElementType("F16", .float, 1, 2, 1)
  public static let bf16 = ElementType("BF16", .float, 1, 2, 30)
  public static let f8E4M3 = ElementType("F8_E4M3", .float, 1, 1)
  public static let f8E5M2 = ElementType("F8_E5M2", .float, 1, 1)
  public static let f8E8M0 = ElementType("F8_E8M0", .float, 1, 1)
  public static let f8E4M3FNUZ = ElementType("F8_E4M3FNUZ", .float, 1, 1)
  public static let f8E5M2FNUZ = ElementType("F8_E5M2FNUZ", .float, 1, 1)
  public static let f6E2M3 = ElementType("F6_E2M3", .quantized, 4, 3)
  public static let f6E3M2 = ElementType("F6_E3M2", .quantized, 4, 3)
  public static let f4 = ElementType("F4", .quantized, 2, 1)
  /// Two FP4 numbers in a byte that counts as one element, as torch has them.
  public static let f4Pair = ElementType("F4_X2", .quantized, 1, 1)
  /// Whole numbers of four and two bits as ONNX packs them, the first in the lowest bits.
  public static let i4 = ElementType("I4", .quantized, 2, 1)
  public static let u4 = ElementType("U4", .quantized, 2, 1)
  public static let i2 = ElementType("I2", .quantized, 4, 1)
  public static let u2 = ElementType("U2", .quantized, 4, 1)
  public static let c64 = ElementType("C64", .complex, 1, 8)
  public static let c128 = ElementType("C128", .complex, 1, 16)
  public static let bool = ElementType("BOOL", .boolean, 1, 1)
  public static let u8 = ElementType("U8", .integer, 1, 1)
  public static let i8 = ElementType("I8", .integer, 1, 1, 24)
  public static let u16 = ElementType("U16", .integer, 1, 2)
  public static let i16 = ElementType("I16", .integer, 1, 2, 25)
  public static let u32 = ElementType("U32", .integer, 1, 4)
  public static let i32 = ElementType("I32", .integer, 1, 4, 26)
  public static let u64 = ElementType("U64", .integer, 1, 8)
  public static let i64 = ElementType("I64", .integer, 1, 8, 27)

  public static let q4_0 = ElementType("Q4_0", .quantized, 32, 18, 2)
  public static let q4_1 = ElementType("Q4_1", .quantized, 32, 20, 3)
  public static let q5_0 = ElementType("Q5_0", .quantized, 32, 22, 6)
  public static let q5_1 = ElementType("Q5_1", .quantized, 32, 24, 7)
  public static let q8_0 = ElementType("Q8_0", .quantized, 32, 34, 8)
  public static let q8_1 = ElementType("Q8_1", .quantized, 32, 36, 9)
  public static let q2_K = ElementType("Q2_K", .quantized, 256, 84, 10)
  public static let q3_K = ElementType("Q3_K", .quantized, 256, 110, 11)
  public static let q4_K = ElementType("Q4_K", .quantized, 256, 144, 12)
  public static let q5_K = ElementType("Q5_K", .quantized, 256, 176, 13)
  public static let q6_K = ElementType("Q6_K", .quantized, 256, 210, 14)
  public static let q8_K = ElementType("Q8_K", .quantized, 256, 292, 15)
  public static let iq2_XXS = ElementType("IQ2_XXS", .quantized, 256, 66, 16)
  public static let iq2_XS = ElementType("IQ2_XS", .quantized, 256, 74, 17)
  public static let iq3_XXS = ElementType("IQ3_XXS", .quantized, 256, 98, 18)
  public static let iq1_S = ElementType("IQ1_S", .quantized, 256, 50, 19)
  public static let iq4_NL = ElementType("IQ4_NL", .quantized, 32, 18, 20)
  public static let iq3_S = ElementType("IQ3_S", .quantized, 256, 110, 21)
  public static let iq2_S = ElementType("IQ2_S", .quantized, 256, 82, 22)
  public static let iq4_XS = ElementType("IQ4_XS", .quantized, 256, 136, 23)
  public static let iq1_M = ElementType("IQ1_M", .quantized, 256, 56, 29)
  public static let tq1_0 = ElementType("TQ1_0", .quantized, 256, 54, 34)
  public static let tq2_0 = ElementType("TQ2_0", .quantized, 256, 66, 35)
  public static let mxfp4 = ElementType("MXFP4", .quantized, 32, 17, 39)
  public static let nvfp4 = ElementType("NVFP4", .quantized, 64, 36, 40)
  public static let q1_0 = ElementType("Q1_0", .quantized, 128, 18, 41)

  /// Every type there is.
  public static let all: [ElementType] = safetensors + ggmlOnly + [c128, f4Pair, i4, u4, i2, u2]

  /// The dtypes a safetensors file may name.
  static let safetensors: [ElementType] = [
    bool, f4, f6E2M3, f6E3M2, u8, i8, f8E5M2, f8E4M3, f8E8M0, f8E4M3FNUZ, f8E5M2FNUZ, i16, u16,
    f16, bf16, i32, u32, f32, c64, f64, i64, u64,
  ]

  private static let ggmlOnly: [ElementType] = [
    q4_0, q4_1, q5_0, q5_1, q8_0, q8_1, q2_K, q3_K, q4_K, q5_K, q6_K, q8_K, iq2_XXS, iq2_XS,
    iq3_XXS, iq1_S, iq4_NL, iq3_S, iq2_S, iq4_XS, iq1_M, tq1_0, tq2_0, mxfp4, nvfp4, q1_0,
  ]

  /// The dtype of this name in a safetensors header (case matters), or nil.
  public static func safetensors(named name: ByteName) -> ElementType? { byName[name] }

  /// The type of this number in a GGUF file, or nil. Removed numbers (4, 5, 31 to 33, 36 to 38)
  /// are unknown.
  public static func ggml(id: UInt32) -> ElementType? { byID[id] }

  private static let byName = Dictionary(
    uniqueKeysWithValues: safetensors.map { (ByteName($0.name), $0) })
  private static let byID = Dictionary(
    uniqueKeysWithValues: (safetensors + ggmlOnly).compactMap { type in
      type.ggmlID.map { ($0, type) }
    })

  init(_ name: String, _ kind: Kind, _ elements: Int, _ bytes: Int, _ ggmlID: UInt32? = nil) {
    form = Form(name, kind, elements, bytes, ggmlID)
  }
}
