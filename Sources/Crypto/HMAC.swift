// HMAC with SHA-256 (RFC 2104, FIPS 198-1): a keyed digest, for webhooks.

import Base

/// Message authentication with a shared secret.
public enum HMAC {
  /// The 32-byte code of `message` under `key`, which may have any length.
  public static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    let short = key.count > SHA256.blockByteCount ? SHA256.hash(key).bytes : key
    let block = short + [UInt8](repeating: 0, count: SHA256.blockByteCount - short.count)
    let inner = SHA256.hash(block.map { $0 ^ 0x36 } + message).bytes
    return SHA256.hash(block.map { $0 ^ 0x5C } + inner).bytes
  }
}
