// Scored models on disk, so that a panel is scored once.
//
// One file for each model, probe set and arithmetic, named by a digest of all three. A file holds
// a canonical JSON head and the rows as little-endian floats, and ends with a SHA-256 of all that
// stands before: a file that does not match it is treated as absent and written anew.
//
//     "assay/outcomes/v1\n"  head length (8 bytes)  head  rows  SHA-256 (32 bytes)

import Base
import Crypto
import Evidence

/// A folder of scored models; without a folder nothing is kept.
struct OutcomeCache: Sendable {
  let folder: String?

  private static let magic = Array("assay/outcomes/v1\n".utf8)
  private static let fileBytesMax = 1 << 30

  /// The name under which a model's outcomes are kept. `arithmetic` names how it was computed.
  static func key(model: Digest, probes: Digest, arithmetic: String) -> Digest {
    SHA256.hash(
      Array("assay/outcomes/v1\n\(model.tagged)\n\(probes.tagged)\n\(arithmetic)\n".utf8))
  }

  /// What was kept under `key`, under the name `id`; nil if nothing whole is there.
  func load(_ key: Digest, id: String) -> ByteOutcomes? {
    guard let path = path(key),
      let bytes = try? FileSystem.read(path, limitBytes: Self.fileBytesMax)
    else { return nil }
    let magic = Self.magic.count
    guard bytes.count >= magic + 8 + Digest.byteCount, bytes.starts(with: Self.magic),
      SHA256.hash(Array(bytes.dropLast(Digest.byteCount))).bytes
        == Array(bytes.suffix(Digest.byteCount))
    else { return nil }
    let stated = bytes[magic..<magic + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let body = magic + 8
    guard let headCount = Int(exactly: stated), headCount <= bytes.count - body - Digest.byteCount,
      let head = OutcomeHead(parsing: Array(bytes[body..<body + headCount]))
    else { return nil }
    let rows = bytes[(body + headCount)..<(bytes.count - Digest.byteCount)]
    return Self.outcomes(head: head, rows: rows, id: id)
  }

  /// Whether something is kept under `key`, whole or not.
  func holds(_ key: Digest) -> Bool { path(key).map(FileSystem.exists) ?? false }

  /// Keeps outcomes. A full disk is no reason to lose an answer: the caller may go on without.
  func store(_ key: Digest, _ outcomes: ByteOutcomes) throws(Problem) {
    guard let folder, let path = path(key) else { return }
    try FileSystem.makeDirectories(folder, mode: 0o700)
    var bytes = Self.bytes(of: outcomes)
    bytes += SHA256.hash(bytes).bytes
    try DurableFile.replace(path, with: bytes, mode: 0o600)
  }

  /// What names the outcomes of a model: SHA-256 of the file without its digest at the end. The
  /// name of the model is not in it. A recording has no such file; which outcomes it reported is
  /// in the head of its bytes.
  static func digest(_ outcomes: ByteOutcomes) -> Digest { SHA256.hash(bytes(of: outcomes)) }

  private static func bytes(of outcomes: ByteOutcomes) -> [UInt8] {
    let head = OutcomeHead(outcomes).json.canonicalBytes
    var bytes = magic
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: head.count >> (56 - 8 * $0)) }
    bytes += head
    for value in outcomes.logProbabilities {
      let bits = value.bitPattern
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    }
    return bytes
  }

  private func path(_ key: Digest) -> String? {
    folder.map { FileSystem.join($0, key.hex + ".outcomes") }
  }

  private static func outcomes(
    head: OutcomeHead, rows: ArraySlice<UInt8>, id: String
  ) -> ByteOutcomes? {
    guard rows.count == 4 * head.positions.count * head.buckets.count else { return nil }
    var values: [Float] = []
    values.reserveCapacity(rows.count / 4)
    for start in stride(from: rows.startIndex, to: rows.endIndex, by: 4) {
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(rows[start + $1]) << (8 * UInt32($1)) }
      values.append(Float(bitPattern: bits))
    }
    return ByteOutcomes(
      id: id, tokenizer: head.tokenizer, buckets: head.buckets, positions: head.positions,
      logProbabilities: values, natsPerByte: head.natsPerByte)
  }
}
