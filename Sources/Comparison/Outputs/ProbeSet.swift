// The texts on which distributions are compared, and the places in them.
//
// A probe set is a file of JSON lines {"text":…[,"id":…,"domain":…]}, one document each; the
// document is the block of every resampling. It is named by a digest over its texts and is fixed
// before a suspect is seen. Each document is cut to its first 240 bytes; of all byte offsets a
// keyed sample of about 4,096 is eligible, the same for every model, and a model is looked at
// where one of its tokens ends on an eligible offset.

import Base
import CEmbedded
import Crypto

/// Documents and eligible offsets.
public struct ProbeSet: Sendable {
  /// Identity: SHA-256 over the texts as they are used.
  public let digest: Digest
  /// UTF-8, at most `documentBytes` each.
  public let documents: [[UInt8]]
  /// Eligible offsets of each document, ascending.
  public let offsets: [[Int]]

  /// Bytes of a document that are used.
  static let documentBytes = 240
  /// Offsets that are eligible over all documents, about.
  static let eligibleOffsets = 4096
  /// Documents below this cannot be split into halves that say anything.
  static let documentsMin = 8
  static let documentsMax = 4096
  static let fileBytesMax = 64 << 20

  init(documents: [[UInt8]]) {
    var hasher = SHA256()
    hasher.update(Array("assay/probes/v1\n\(documents.count)\n".utf8))
    for document in documents { hasher.update(Array("\(document.count)\n".utf8) + document) }
    let digest = hasher.digest()
    let seed = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let total = documents.reduce(0) { $0 + $1.count }
    let rate = min(1, Double(Self.eligibleOffsets) / Double(max(1, total)))
    self.digest = digest
    self.documents = documents
    offsets = documents.enumerated().map { index, document in
      var random = CounterRandom(seed: seed, stream: UInt64(index))
      return document.indices.filter { _ in random.uniform() < rate }
    }
  }

  /// Reads a file of JSON lines.
  public static func load(_ file: String) throws(Problem) -> ProbeSet {
    try ProbeSet(
      jsonLines: try InputFile.read(file, limitBytes: fileBytesMax), file: file)
  }

  /// The texts that the program carries: parts of novels and plays in the public domain.
  public static func bundled() throws(Problem) -> ProbeSet {
    let data = unsafe ce_probes()
    return try unsafe ProbeSet(
      jsonLines: Array(UnsafeBufferPointer(start: data.bytes, count: data.count)),
      file: "the bundled probes")
  }

  /// The first bytes of a text, cut where a character ends.
  static func cut(_ text: [UInt8]) -> [UInt8] {
    guard text.count > documentBytes else { return text }
    var end = documentBytes
    while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }

  /// A number drawn from the identity, for resampling.
  var seed: UInt64 { digest.bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
}
