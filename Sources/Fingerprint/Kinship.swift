// Are two models the same thing? Rungs 1 and 2 of the ladder, decided from digests alone.
//
// "Same bytes" and "same tensors" are certificates: anybody with both models computes the same
// digests. Casts without loss, other names, other containers and GGUF's names and row order are
// told as such. Everything weaker (scaled, permuted, fine-tuned, quantised) is not seen here:
// `.none` means that the digests show nothing, never that the models are unrelated.

import Base

/// What the digests of two models say about each other.
public struct Kinship: Equatable, Sendable {
  /// The strongest claim that holds.
  public enum Verdict: Equatable, Sendable {
    /// Every file is equal, or every file that holds tensors.
    case sameBytes(wholeBundle: Bool)
    /// The same tensors hold the same values; how the containers differ.
    case sameTensors(Set<Difference>)
    /// The digests show no identity. Not a statement about kinship.
    case none
  }

  /// What differs between two models with the same tensors.
  public enum Difference: String, Sendable, Hashable, Comparable, CaseIterable {
    /// Other files, headers or sharding; names, types and values are equal.
    case container
    /// Another type that holds the same values.
    case cast
    /// Names and row order of GGUF against those of Hugging Face.
    case gguf
    /// The output head is stored in one and left to the embedding in the other.
    case tiedHead = "tied_head"
    /// Other names for the same set of tensors.
    case renamed

    public static func < (a: Difference, b: Difference) -> Bool { a.rawValue < b.rawValue }
  }

  /// Tensors of one model whose values also occur in the other, whatever their names.
  public struct Overlap: Equatable, Sendable {
    public let tensorCount: Int
    public let sharedTensorCount: Int
    /// Stored bytes of all tensors and of the shared ones. Small and constant tensors (norms of
    /// ones, biases of zeros) are shared by unrelated models: weigh by bytes, and carefully.
    public let byteCount: Int
    public let sharedByteCount: Int
  }

  public let verdict: Verdict
  public let suspect: Overlap
  public let reference: Overlap
}

extension Kinship {
  /// Compares two fingerprints. A model whose tensors were not read is compared by files alone.
  public init(suspect: Fingerprint, reference: Fingerprint) {
    self.suspect = Overlap(of: suspect, in: reference)
    self.reference = Overlap(of: reference, in: suspect)
    verdict =
      Self.sameBytes(suspect, reference) ?? Self.sameTensors(suspect, reference) ?? .none
  }

  private static func sameBytes(_ a: Fingerprint, _ b: Fingerprint) -> Verdict? {
    if a.filesRoot == b.filesRoot { return .sameBytes(wholeBundle: true) }
    let (weightsA, weightsB) = (weightFiles(of: a), weightFiles(of: b))
    return !weightsA.isEmpty && weightsA == weightsB ? .sameBytes(wholeBundle: false) : nil
  }

  /// Digests of the files that hold tensors, sorted.
  private static func weightFiles(of model: Fingerprint) -> [Digest] {
    let names = Set(model.tensors.map { ByteName($0.file) })
    return model.files.filter { names.contains(ByteName($0.path)) }.map(\.digest).sorted()
  }

  private static func sameTensors(_ a: Fingerprint, _ b: Fingerprint) -> Verdict? {
    guard let one = a.weights, let two = b.weights, one.tensorCount > 0, two.tensorCount > 0 else {
      return nil
    }
    if one.weightsDigest == two.weightsDigest { return .sameTensors([.container]) }
    if one.valuesDigest == two.valuesDigest { return .sameTensors([.cast]) }
    if one.canonicalCount > 0, one.canonicalValuesDigest == two.canonicalValuesDigest {
      return .sameTensors(canonicalDifferences(a, b))
    }
    // Each tensor counts as often as it occurs: a model with doubled layers has the same *set*.
    if a.tensors.map(\.digest).sorted() == b.tensors.map(\.digest).sorted() {
      return .sameTensors([.renamed])
    }
    if a.tensors.map(\.valueDigest).sorted() == b.tensors.map(\.valueDigest).sorted() {
      return .sameTensors([.renamed, .cast])
    }
    let (valuesA, valuesB) = (canonicalValues(of: a), canonicalValues(of: b))
    return !valuesA.isEmpty && valuesA == valuesB ? .sameTensors([.renamed, .gguf]) : nil
  }

  /// The canonical forms agree: says in which ways the stored forms do not.
  private static func canonicalDifferences(_ a: Fingerprint, _ b: Fingerprint) -> Set<Difference> {
    var differences: Set<Difference> = []
    if (a.format == .gguf) != (b.format == .gguf) { differences.insert(.gguf) }
    let (typesA, typesB) = (canonicalTypes(of: a), canonicalTypes(of: b))
    if typesA.contains(where: { name, type in typesB[name].map { $0 != type } ?? false }) {
      differences.insert(.cast)
    }
    let head = CanonicalPlan.Tied().head
    let hasHeadA = typesA[head] != nil
    if hasHeadA != (typesB[head] != nil) { differences.insert(.tiedHead) }
    return differences.isEmpty ? [.container] : differences
  }

  private static func canonicalTypes(of model: Fingerprint) -> [ByteName: String] {
    Dictionary(
      model.tensors.flatMap(\.canonical).map { ($0.name, $0.type.name) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func canonicalValues(of model: Fingerprint) -> [Digest] {
    (model.weights?.canonical ?? []).map(\.valueDigest).sorted()
  }
}

extension Kinship.Overlap {
  init(of model: Fingerprint, in other: Fingerprint) {
    let known = Set(other.tensors.flatMap(Self.values))
    let shared = model.tensors.filter { Self.values(of: $0).allSatisfy(known.contains) }
    tensorCount = model.tensors.count
    sharedTensorCount = shared.count
    byteCount = model.tensors.reduce(0) { $0 + $1.byteCount }
    sharedByteCount = shared.reduce(0) { $0 + $1.byteCount }
  }

  /// The canonical values of a tensor, or its own if the canonical form leaves it out.
  private static func values(of tensor: TensorIdentity) -> [Digest] {
    tensor.canonical.isEmpty ? [tensor.valueDigest] : tensor.canonical.map(\.valueDigest)
  }
}
