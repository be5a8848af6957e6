// Bearer tokens: who calls, and what they may do.
//
// A token is `assay_` and 32 random bytes in URL-safe base64. Only its SHA-256 is stored; a random
// secret of 256 bits needs no slow hash. A caller is looked up by the hash of what they sent and
// the stored hash is then compared in constant time, so neither step tells how near a guess was.
// Tokens may be added or revoked by another process while the daemon runs: what is known is
// trusted for a second, what is unknown is looked up at once.

import Base
import Crypto
import Ledger
import Store
import Synchronization

/// What a token may be used for.
public enum Scope: String, CaseIterable, Sendable {
  case read, check, admin, admission, metrics
}

/// The holder of a token.
struct Caller: Sendable {
  let number: Int
  let name: String
  let scopes: Set<Scope>

  func has(anyOf wanted: Set<Scope>) -> Bool { !scopes.isDisjoint(with: wanted) }
}

/// The tokens of a state.
public final class Tokens: Sendable {
  private let reader: StateReader
  private let known = Mutex<Known>(Known())

  private struct Known {
    var callers: [Digest: Caller] = [:]
    var validUntil = 0.0
  }

  private static let trustedSeconds = 1.0
  private static let knownMax = 1024

  init(reader: StateReader) {
    self.reader = reader
  }

  /// The caller a bearer token stands for; nil if there is none.
  func caller(bearer token: String) throws(Problem) -> Caller? {
    let hash = SHA256.hash(Array(token.utf8))
    let now = WallClock.monotonicSeconds()
    let cached = known.withLock { known -> Caller? in
      if now >= known.validUntil {
        known.callers = [:]
        known.validUntil = now + Self.trustedSeconds
      }
      return known.callers[hash]
    }
    if let cached { return cached }
    guard let caller = try lookUp(hash) else { return nil }
    known.withLock { known in
      if known.callers.count < Self.knownMax { known.callers[hash] = caller }
    }
    return caller
  }

  /// Forgets what is cached, so that a revocation holds at once.
  func reload() {
    known.withLock { $0 = Known() }
  }

  private func lookUp(_ hash: Digest) throws(Problem) -> Caller? {
    let found = try reader.readOne { (database) throws(Problem) in
      try database.first(
        "SELECT number, name, scopes, hash FROM tokens WHERE hash = ? AND revoked_at IS NULL",
        [.blob(hash.bytes)]
      ) { row in (row.int(0), row.text(1), row.text(2), row.blob(3)) }
    }
    guard let (number, name, scopes, stored) = found, Self.isEqual(stored, hash.bytes) else {
      return nil
    }
    let words = scopes.split(separator: ",").compactMap { Scope(rawValue: String($0)) }
    return Caller(number: number, name: name, scopes: Set(words))
  }

  private static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
  }
}

// MARK: Adding

extension Tokens {
  /// Makes a token and stores its hash; the token itself is returned this once.
  public static func add(
    name: String, scopes: [Scope], state: StateDirectory, clock: WallClock = .system
  ) throws(Problem) -> String {
    guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw Problem(
        .usage, "bad_name", place: "--name",
        reason: "a token's name is 1 to 64 visible ASCII characters")
    }
    let database = try state.openDatabase()
    try Schema.migrate(database)
    let token = "assay_" + urlSafe(SystemRandom.bytes(32))
    let words = Scope.allCases.filter(scopes.contains).map(\.rawValue).joined(separator: ",")
    try database.transaction { () throws(Problem) in
      try database.execute(
        "INSERT INTO tokens(name, hash, scopes, created_at) VALUES (?, ?, ?, ?)",
        [
          .text(name), .blob(SHA256.hash(Array(token.utf8)).bytes), .text(words),
          .text(clock.now().rfc3339),
        ])
    }
    return token
  }

  private static func urlSafe(_ bytes: [UInt8]) -> String {
    let text = Base64.encode(bytes).utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      case UInt8(ascii: "="): nil
      default: byte
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
