// Public keys on disk: one PEM block "PUBLIC KEY" (RFC 7468, section 13) with a key on P-256, P-384
// or P-521.
//
// Promises: the one reader of such files, whoever names them; blocks of other kinds before it are
// passed over. An error names the file, the line of the block that stands there instead, and what
// to do about it.

import Base

extension KeyFile {
  /// Reads a public key from a file, a pipe, or standard input (`-`).
  public static func readPublic(_ path: String) throws(Problem) -> ECDSA.PublicKey {
    try publicKey(pem: try InputFile.read(path, limitBytes: byteCountMax), of: path)
  }

  /// The public key in what was read of the file `path`.
  public static func publicKey(
    pem: [UInt8], of path: String
  ) throws(Problem) -> ECDSA.PublicKey {
    if let key = ECDSA.PublicKey(pem: pem) { return key }
    let blocks = blocks(in: pem)
    guard let block = blocks.first(where: { $0.label == "PUBLIC KEY" }) ?? blocks.first else {
      throw Problem(
        .malformed, "bad_key", place: path, reason: "no public key in PEM was found",
        remedy: "give a file that begins with -----BEGIN PUBLIC KEY-----")
    }
    let file = path == "-" ? "FILE" : path
    let (reason, remedy) =
      switch block.label {
      case "PUBLIC KEY":
        (
          "the block is damaged, or its key is not on P-256, P-384 or P-521",
          "give the public key as it was written with the private one, keys/statement.pub.pem in "
            + "a state"
        )
      case "CERTIFICATE":
        (
          "this is a certificate, and a public key is wanted",
          "take the key out of it: openssl x509 -in \(file) -noout -pubkey"
        )
      case _ where block.label.hasSuffix("PRIVATE KEY"):
        (
          "this is a private key, and a public one is wanted",
          "write its public half: openssl pkey -in \(file) -pubout"
        )
      default:
        (
          "this is a block of another kind, and no public key in PEM was found",
          "give a file that begins with -----BEGIN PUBLIC KEY-----"
        )
      }
    throw Problem(
      .malformed, "bad_key", place: "\(path), line \(block.line)", reason: reason, remedy: remedy)
  }

  /// Where each PEM block begins, from line 1, and what it calls itself.
  private static func blocks(in pem: [UInt8]) -> [(line: Int, label: String)] {
    let lines = pem.split(separator: 0x0A, omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
      let text = String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
      guard text.hasPrefix("-----BEGIN "), text.hasSuffix("-----"), text.count > 16 else {
        return nil
      }
      return (index + 1, String(text.dropFirst(11).dropLast(5)))
    }
  }
}
