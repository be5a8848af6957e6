// Blobs held against their names: a store that names files by their content says what the content
// must be, and a file that is something else was altered or has decayed.
//
// Promises: every file with a claim is held to it, those beside a bare model too; the digests of
// files that were hashed are not computed again.

import Base
import Crypto
import Formats

/// Compares what a store says of files with what they hold.
public struct BlobCheck {
  let place: ModelLocation
  let run: Run

  public init(place: ModelLocation, run: Run) {
    self.place = place
    self.run = run
  }

  /// The same for those files alone that are wanted.
  public func findings(
    where isWanted: (ModelFile) -> Bool
  ) throws(Problem) -> [Finding] {
    try findings(hashed: [], where: isWanted)
  }

  /// `blob_mismatch` for each file that is not what its blob's name, or its length in a manifest,
  /// says.
  func findings(
    hashed: [FileIdentity], where isWanted: (ModelFile) -> Bool = { _ in true }
  ) throws(Problem) -> [Finding] {
    let digests = Dictionary(
      hashed.map { (ByteName($0.path), $0) }, uniquingKeysWith: { first, _ in first })
    var findings: [Finding] = []
    for file in place.files + place.companions {
      guard let claim = file.claim, isWanted(file) else { continue }
      if let finding = try finding(file, claim, digests[ByteName(file.name)]) {
        findings.append(finding)
      }
    }
    return findings
  }

  private func finding(
    _ file: ModelFile, _ claim: BlobClaim, _ known: FileIdentity?
  ) throws(Problem) -> Finding? {
    let byteCount: Int
    let found: [UInt8]
    if let known, claim.kind == .sha256 {
      byteCount = known.byteCount
      found = known.digest.bytes
    } else {
      let mapped = try MappedFile(path: file.location)
      if let known { try mapped.check(is: known.stamp) }
      byteCount = mapped.byteCount
      found = try mapped.withBytes { (bytes) throws(Problem) in
        claim.kind == .sha256 ? try sha256(bytes) : try SHA1.gitBlob(bytes, run: run)
      }
      try mapped.checkUnchanged()
    }
    if let wanted = claim.byteCount, wanted != byteCount {
      return Self.mismatch(
        file.name, "the manifest says it has \(wanted) bytes, and it has \(byteCount)")
    }
    guard found != claim.digest else { return nil }
    return Self.mismatch(
      file.name, "its blob is called \(claim.hex), and its content gives \(Hex.encode(found))")
  }

  private static let pieceBytes = 16 << 20

  private func sha256(_ bytes: RawSpan) throws(Problem) -> [UInt8] {
    var hasher = SHA256()
    for start in stride(from: 0, to: bytes.byteCount, by: Self.pieceBytes) {
      try run.check()
      hasher.update(bytes.extracting(start..<min(bytes.byteCount, start + Self.pieceBytes)))
    }
    return hasher.digest().bytes
  }

  private static func mismatch(_ name: String, _ reason: String) -> Finding {
    Finding(
      id: "blob_mismatch", severity: .error,
      message: "The file is not what its store says: \(reason). It was altered or is damaged.",
      place: name)
  }
}
