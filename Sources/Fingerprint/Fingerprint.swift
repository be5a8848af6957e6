// Names a model by what it is: its files, its tensors, its values.
//
// Three claims, from strong to weak: the *bundle* (`filesRoot`: these very files), the *weights*
// (names, types and values of all tensors, whatever the container), the *tensor set* (values
// alone). Digests of values survive lossless casts, and the canonical one also the names
// and orders of GGUF. The rules are in IdentityRules.swift.
//
// Promises: equal bytes give equal digests, at any thread count; a file that changes while it is
// read is an error. Does not: judge; comparing two of these is in Kinship.swift.

import Base
import Formats

/// The identity of one model.
public struct Fingerprint: Sendable {
  /// The path as it was given. It enters no digest.
  public let path: String
  public let format: ModelFormat?
  /// Every file, sorted by the bytes of its path.
  public let files: [FileIdentity]
  /// The digest that names the bundle.
  public let filesRoot: Digest
  /// Nil if only files were hashed, or if there are no tensors that may be read.
  public let weights: WeightsIdentity?
  /// Sorted by the bytes of their names.
  public let tensors: TensorIdentities
  /// Weights beside the ones the tensors were taken from.
  public let otherWeights: [String]
  public let adapter: Adapter?
  /// What could run code on whoever loads the model (`FileSafety`), sorted by place.
  public let findings: [Finding]

  /// Whether something found forbids to load the model (exit 1).
  public var isUnsafe: Bool { findings.contains { $0.severity == .error } }
}

/// One file of a model.
public struct FileIdentity: Equatable, Sendable {
  /// Relative to the model's directory, or the file's own name.
  public let path: String
  public let byteCount: Int
  /// Plain SHA-256, as `sha256sum` gives it.
  public let digest: Digest
  /// What the file was when it was read; a cache may compare it.
  public let stamp: FileStamp
  /// Where it lay.
  public let location: String
}

/// One tensor of a model.
public struct TensorIdentity: Equatable, Sendable {
  public let name: ByteName
  /// The file it lies in.
  public let file: String
  public let type: ElementType
  /// Outermost dimension first.
  public let shape: [Int]
  public let byteCount: Int
  public let contentRoot: Digest
  /// Type, shape and bytes.
  public let digest: Digest
  /// The smallest of BF16, F16, F32, F64 that holds every value; else the tensor's own type.
  public let valueForm: ElementType
  /// Shape and values, whatever the type that held them.
  public let valueDigest: Digest
  let canonicalForm: CanonicalForm
}

/// What the tensors are together.
public struct WeightsIdentity: Equatable, Sendable {
  public let tensorCount: Int
  /// Number of different tensor digests.
  public let distinctTensors: Int
  public let weightsDigest: Digest
  public let valuesDigest: Digest
  public let tensorSetDigest: Digest
  public let valueSetDigest: Digest
  public let canonicalValuesDigest: Digest
  /// Number of tensors in the canonical digest.
  public let canonicalCount: Int
  let entries: CanonicalEntries
  /// GGUF tensors without a known name in Hugging Face form.
  public let unmapped: [ByteName]
  /// GGUF tensors whose name is known there, but whose values are not brought back to that form.
  public let unrestored: [UnrestoredTensor]

  /// The tensors in the canonical digest, by name.
  public var canonical: [CanonicalTensor] { entries.all }
}

// MARK: Computing

extension Fingerprint {
  /// Reads the model once and computes everything.
  ///
  /// Throws `Problem`: malformed or unreadable (exit 4), changed while it was read (exit 4),
  /// stopped on request (exit 130). Unsafe content is not an error; see `findings`.
  /// - Parameter filesOnly: hash files and look into none.
  public static func compute(
    model path: String, filesOnly: Bool = false, run: Run
  ) throws(Problem) -> Fingerprint {
    try compute(ModelAddress(path: path), filesOnly: filesOnly, run: run)
  }

  /// The same for one of several models.
  public static func compute(
    _ address: ModelAddress, filesOnly: Bool = false, run: Run
  ) throws(Problem) -> Fingerprint {
    let place = try ModelLocation(address)
    guard filesOnly else {
      return try compute(contents: try ModelContents.read(place, run: run), run: run)
    }
    let pass = HashPass(
      files: place.files.map { ($0.name, $0.location) }, model: nil, run: run)
    let outcome = try pass.outcome()
    return Fingerprint(
      path: place.path, contents: nil, outcome: outcome, weights: nil,
      findings: try BlobCheck(place: place, run: run).findings(hashed: outcome.files))
  }

  /// The same for a model that is open already.
  public static func compute(
    contents: ModelContents, run: Run
  ) throws(Problem) -> Fingerprint {
    try contents.model?.checkArchives(run: run)
    let pass = HashPass(
      files: contents.files.map { ($0, contents.location(of: $0)) }, model: contents.model,
      run: run)
    let outcome = try pass.outcome()
    // What was looked into before must be what was hashed.
    for file in outcome.files where contents.stamps[file.path] != file.stamp {
      throw MappedFile.changed(contents.location(of: file.path))
    }
    var weights: WeightsIdentity?
    if contents.model != nil {
      weights = try WeightsIdentity(outcome.tensors, tied: outcome.tied, run: run)
    }
    return Fingerprint(
      path: contents.path, contents: contents, outcome: outcome, weights: weights,
      findings: Self.named(try FileSafety.findings(of: contents, run: run), outcome.files)
        + (try BlobCheck(place: contents.place, run: run).findings(hashed: outcome.files)))
  }

  /// Findings about one file, with the digest of the file: by it somebody may accept them.
  private static func named(_ findings: [Finding], _ files: [FileIdentity]) -> [Finding] {
    let digests = Dictionary(
      files.map { (ByteName($0.path), $0.digest) }, uniquingKeysWith: { first, _ in first })
    return findings.map { finding in
      guard let file = finding.details["file"]?.string, let digest = digests[ByteName(file)] else {
        return finding
      }
      var named = finding
      named.details["sha256"] = .string(digest.tagged)
      return named
    }
  }

  private init(
    path: String, contents: ModelContents?, outcome: HashOutcome, weights: WeightsIdentity?,
    findings: [Finding]
  ) {
    self.path = path
    format = contents?.format
    files = outcome.files
    filesRoot = IdentityRules.filesRoot(outcome.files.map(\.digest))
    tensors = outcome.tensors
    self.weights = weights
    otherWeights = contents?.otherWeights ?? []
    adapter = contents?.adapter
    self.findings = findings.sorted {
      (ByteName($0.place ?? ""), ByteName($0.id)) < (ByteName($1.place ?? ""), ByteName($1.id))
    }
  }
}
