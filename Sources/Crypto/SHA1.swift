// SHA-1, for one thing only: the name that Git gives a file. It protects nothing here; a cache of
// the Hub names its small files by it, and a file is held to its name.

import Base
import COpenSSL

/// Git's names of files.
public enum SHA1 {
  private static let pieceBytes = 1 << 24

  /// SHA-1 of `blob LENGTH`, a zero byte and the bytes, which is what `git hash-object` prints.
  /// Stops when the run is no longer wanted.
  public static func gitBlob(_ bytes: RawSpan, run: Run = Run()) throws(Problem) -> [UInt8] {
    guard let context = unsafe EVP_MD_CTX_new() else { throw openSSLProblem("cannot allocate") }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestInit_ex(context, EVP_sha1(), nil) == 1 else {
      throw openSSLProblem("this OpenSSL has no SHA-1")
    }
    let head = Array("blob \(bytes.byteCount)\u{0}".utf8)
    guard unsafe EVP_DigestUpdate(context, head, head.count) == 1 else {
      throw openSSLProblem("SHA-1 failed")
    }
    var offset = 0
    while offset < bytes.byteCount {
      try run.check()
      let end = offset + min(pieceBytes, bytes.byteCount - offset)
      let isDone = unsafe bytes.extracting(offset..<end).withUnsafeBytes { piece in
        unsafe EVP_DigestUpdate(context, piece.baseAddress, piece.count) == 1
      }
      guard isDone else { throw openSSLProblem("SHA-1 failed") }
      offset = end
    }
    var digest = [UInt8](repeating: 0, count: 20)
    guard unsafe EVP_DigestFinal_ex(context, &digest, nil) == 1 else {
      throw openSSLProblem("SHA-1 failed")
    }
    return digest
  }
}
