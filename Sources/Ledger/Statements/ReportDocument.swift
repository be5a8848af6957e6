// A file that was made of a report or of a pack, and the digest by which a statement names it.
//
// Promises: the digest is that of the bytes. Does not: read or write anything.

import Base
import Crypto

/// A document that was made of a report.
public struct ReportDocument: Sendable {
  public let name: String
  public let bytes: [UInt8]
  public let digest: Digest

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    digest = SHA256.hash(bytes)
  }
}
