// Verifying a signed model: first the signature, then the statement, then the files.
//
// Promises: no file of the model is opened before the signature holds; "ok" means that every
// listed file has its digest and, unless the caller asked otherwise, that there is nothing else.
// What lies outside of every signature (root .git, ignored paths) is told as findings.

import Base
import Crypto
import Formats

/// What a model's signature is worth.
public struct BundleReport: Sendable {
  /// How a file fared.
  public enum Status: String, Sendable {
    case ok, changed, missing, unsigned
  }

  /// The digest that was signed; nil when the signature does not hold.
  public var root: Digest?
  /// Every listed file and every other one, in byte order of the paths.
  public var files: [(path: ByteName, status: Status)] = []
  /// What the signature does not cover.
  public var findings: [Finding] = []
  /// Why the model is not verified; nil when it is.
  public var problem: Problem?

  /// A report that holds nothing yet, or only why it never will.
  public init(problem: Problem? = nil) { self.problem = problem }

  /// Whether everything holds.
  public var isVerified: Bool { problem == nil }

  /// `ok root_digest files[{path, status}] findings[] error?`.
  public var json: JSON {
    var object: JSONObject = [
      "ok": .bool(isVerified),
      "files": .array(
        files.map { ["path": .string($0.path.text), "status": .string($0.status.rawValue)] }),
      "findings": .array(findings.map(\.json)),
    ]
    object["root_digest"] = root.map { .string($0.tagged) }
    object["error"] = problem?.json
    return .object(object)
  }
}

/// What makes a signer trusted.
public enum BundleTrust: Sendable {
  /// This key.
  case key(ECDSA.PublicKey)
  /// A certificate that leads to one of these roots, valid at the instant.
  case roots([Certificate], at: Instant)
}

extension Bundle {
  /// Verifies a model against this bundle. `signature` is the bundle's own path, which is left
  /// out of the model.
  public func verify(
    model path: String, signature: String, trust: BundleTrust, ignoresUnsigned: Bool = false,
    run: Run
  ) -> BundleReport {
    verify(
      ModelAddress(path: path), signature: signature, trust: trust,
      ignoresUnsigned: ignoresUnsigned, run: run)
  }

  /// The same for one of several models.
  public func verify(
    _ model: ModelAddress, signature: String, trust: BundleTrust, ignoresUnsigned: Bool = false,
    run: Run
  ) -> BundleReport {
    var report = BundleReport()
    do throws(Problem) {
      let key = try signerKey(trust)
      guard let payload = envelope.verified(by: [key]) else {
        throw Problem(
          .refused, "bad_signature", place: signature,
          reason: "the signature was not made by this key over this statement",
          remedy: "check that key, signature and model belong together")
      }
      let manifest = try BundleManifest(payload: payload.bytes)
      report.root = manifest.root
      try check(manifest, model, signature, ignoresUnsigned, run, &report)
    } catch {
      report.problem = error
    }
    return report
  }

  /// The key that must have signed.
  private func signerKey(_ trust: BundleTrust) throws(Problem) -> ECDSA.PublicKey {
    switch (trust, material) {
    case (.key(let key), .publicKey(let hint)):
      guard hint == key.identifier.hex else {
        throw Problem(
          .refused, "other_key", place: "/verificationMaterial/publicKey/hint",
          reason: "the signature names another key than the one given",
          remedy: "give the signer's public key")
      }
      return key
    case (.roots(let roots, let instant), .certificates(let chain)):
      return try Certificate.verify(chain: chain, roots: roots, at: instant)
    case (.key, .certificates):
      throw Problem(
        .refused, "other_method", place: "/verificationMaterial",
        reason: "the model was signed with a certificate, not with a bare key",
        remedy: "give the trusted roots with --trust")
    case (.roots, .publicKey):
      throw Problem(
        .refused, "other_method", place: "/verificationMaterial",
        reason: "the model was signed with a bare key, not with a certificate",
        remedy: "give the signer's public key with --key")
    }
  }

  private func check(
    _ manifest: BundleManifest, _ model: ModelAddress, _ signature: String, _ ignoresUnsigned: Bool,
    _ run: Run, _ report: inout BundleReport
  ) throws(Problem) {
    let files = try BundleFiles(model, ignored: manifest.ignored, signature: signature)
    var status: [ByteName: BundleReport.Status] = [:]
    let listed = Dictionary(grouping: manifest.resources, by: \.path)
    let present = listed.keys.filter(files.isFile).sorted()
    for path in listed.keys { status[path] = .missing }
    if manifest.shardByteCount == nil {
      for (path, digest) in zip(present, try files.digests(of: present, run: run)) {
        status[path] = listed[path]?.first?.digest == digest ? .ok : .changed
      }
    } else {
      for path in present {
        status[path] = try shardStatus(listed[path] ?? [], path, files, run)
      }
    }
    for path in files.files + files.others where status[path] == nil {
      // Shards say nothing about empty files, and an empty file holds nothing to sign.
      let isEmpty = FileSystem.stamp(of: files.location(of: path))?.sizeBytes == 0
      if manifest.shardByteCount != nil, isEmpty { continue }
      // Signed under its own name.
      if files.isOneFile, listed[ByteName(files.name)] != nil { continue }
      status[path] = .unsigned
    }
    report.files = status.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    report.findings = outside(manifest, files)
    let bad = report.files.filter { file in
      file.status != .ok && !(ignoresUnsigned && file.status == .unsigned)
    }
    guard let first = bad.first else { return }
    throw Problem(
      .refused, "model_\(first.status.rawValue)", place: first.path.text,
      reason: bad.count == 1
        ? "the file is \(first.status.rawValue)"
        : "\(bad.count) files are not as they were signed; the first is \(first.status.rawValue)",
      remedy: "get the model again from its signer")
  }

  private func shardStatus(
    _ resources: [BundleManifest.Resource], _ path: ByteName, _ files: BundleFiles, _ run: Run
  ) throws(Problem) -> BundleReport.Status {
    let shards = resources.compactMap(\.shard)
    let (digests, byteCount) = try files.digests(of: shards, in: path, run: run)
    let fits = zip(resources, digests).allSatisfy { $0.digest == $1 }
    return fits && shards.map(\.upperBound).max() == byteCount ? .ok : .changed
  }

  /// What is there and what no signature covers.
  private func outside(_ manifest: BundleManifest, _ files: BundleFiles) -> [Finding] {
    guard !files.isOneFile else { return [] }
    return Set(BundleManifest.alwaysIgnored + manifest.ignored).sorted()
      .filter { FileSystem.exists(files.location(of: $0)) }
      .map { path in
        Finding(
          id: "outside-signature", severity: .note,
          message: "\(path.text) is there and is not covered by the signature",
          place: path.text)
      }
  }
}
