// The instruction set of the arithmetic kernels. All give the same bits; they differ in speed.
//
// `ASSAY_SIMD=portable|avx2|avx512|neon` forces one. A name that is unknown, or an instruction set
// this machine lacks, is an error and never a silent fallback: the record names the kernel used.

import Base
import CKernels

/// The set of arithmetic kernels a score is computed with.
public struct Kernel: Hashable, Sendable {
  /// The number by which CKernels knows it.
  let isa: Int32
  /// `portable`, `avx2`, `avx512` or `neon`.
  public let name: String

  static let all: [Kernel] = [
    Kernel(isa: Int32(ck_portable.rawValue), name: "portable"),
    Kernel(isa: Int32(ck_avx2.rawValue), name: "avx2"),
    Kernel(isa: Int32(ck_avx512.rawValue), name: "avx512"),
    Kernel(isa: Int32(ck_neon.rawValue), name: "neon"),
  ]

  /// The sets this machine can run.
  public static let available = all.filter { ck_isa_available($0.isa) != 0 }

  /// The fastest set this machine can run.
  public static let best: Kernel = {
    let isa = ck_isa_best()
    return all.first { $0.isa == isa } ?? all[0]
  }()

  /// The set of this name. Throws a usage problem if there is none or the machine lacks it.
  public static func named(_ name: String) throws(Problem) -> Kernel {
    let names = available.map(\.name).joined(separator: ", ")
    guard let kernel = all.first(where: { ByteName($0.name) == ByteName(name) }) else {
      throw Problem(
        .usage, "unknown_kernel", reason: "ASSAY_SIMD=\(name): there is no such instruction set",
        remedy: "use one of \(names)")
    }
    guard ck_isa_available(kernel.isa) != 0 else {
      throw Problem(
        .usage, "missing_kernel", reason: "ASSAY_SIMD=\(name): this machine lacks it",
        remedy: "use one of \(names)")
    }
    return kernel
  }

  /// What `ASSAY_SIMD` names, or the fastest.
  public static func selected() throws(Problem) -> Kernel {
    guard let name = FileSystem.environment("ASSAY_SIMD") else { return best }
    return try named(name)
  }
}
