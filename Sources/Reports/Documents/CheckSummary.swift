// What bills of materials say of a check, read once from its answer: CycloneDX and SPDX are made of
// this and look nothing up. What the answer does not hold is left out, not filled in.

import Base

/// A checked model, as a bill of materials names it.
public struct CheckSummary: Sendable {
  struct File: Sendable {
    let path: String
    let digest: Digest
  }

  let name: String
  /// `allow`, `deny` or `review`.
  let verdict: String
  let model: Digest
  let policy: Digest?
  let policyName: String
  let files: [File]
  /// The declared licence as an SPDX expression.
  let declaredLicence: String?
  /// Whether licence texts were read and no finding disputes the declaration.
  let licenceIsConfirmed: Bool
  let edges: [JSON]
  /// RFC 3339, when the check ended.
  let decidedAt: String
  private let identity: [UInt8]

  /// - Parameters:
  ///   - result: what `check --json` printed, or a job's result.
  ///   - identity: at least 16 bytes of a digest over the answer; serial numbers come from it.
  /// Nil if it is not the answer of a check.
  public init?(result: JSON, path: String, decidedAt: String, identity: [UInt8]) {
    guard let verdict = result["verdict"]?.string, identity.count >= 16,
      let model = result["model"]?.string.flatMap(Digest.init(tagged:))
    else { return nil }
    self.verdict = verdict
    self.model = model
    self.decidedAt = decidedAt
    self.identity = Array(identity.prefix(16))
    name = result["name"]?.string ?? FileSystem.lastComponent(path)
    policy = result["policy_digest"]?.string.flatMap(Digest.init(tagged:))
    policyName = result["policy"]?.string ?? "none"
    let listed = result["identity"]?["files"] ?? result["fingerprint"]?["files"]
    files = (listed?.array ?? []).compactMap { file in
      guard let path = file["path"]?.string,
        let digest = file["sha256"]?.string.flatMap(Digest.init(tagged:))
      else { return nil }
      return File(path: path, digest: digest)
    }
    declaredLicence = result["licence"]?["declared"]?["expression"]?.string
    let isDisputed = (result["findings"]?.array ?? []).contains { finding in
      finding["id"]?.string?.hasPrefix("licence") == true && finding["severity"] != "note"
    }
    let detected = result["licence"]?["detected"]?.array ?? []
    licenceIsConfirmed = declaredLicence != nil && !detected.isEmpty && !isDisputed
    edges = result["lineage"]?.array ?? []
  }

  /// The identity as a UUID of version 8 (RFC 9562), in lower case.
  var uuid: String {
    var bytes = identity
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = Array(Hex.encode(bytes))
    let parts = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]]
    return parts.map { String($0) }.joined(separator: "-")
  }
}
