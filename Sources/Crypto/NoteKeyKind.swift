// Keys of signed notes: the text forms of verifier and signer keys, and what each kind signs.
//
// Spec: https://c2sp.org/signed-note ("Verifier keys") and https://c2sp.org/tlog-cosignature;
// signer keys as golang.org/x/mod/sumdb/note writes them.
//
//     verifier  <name>+<id, 8 hex>+<base64(type || 32-byte public key)>
//     signer    PRIVATE+KEY+<name>+<id, 8 hex>+<base64(type || 32-byte seed)>
//     id        first four bytes of SHA-256(<name> \n type || public key)
//
// Promises: one key has one text; an id that does not fit its key is refused. The base64 may
// hold '+', so only the first ones part the fields.
// Does not: ML-DSA-44 (type 06), ECDSA (02) or RFC 6962 (05) keys. OpenSSL 3.0 lacks the first.

import Base

/// What a key signs, as its type byte says.
public enum NoteKeyKind: UInt8, Sendable {
  /// The text of the note itself: a log's own signature.
  case ed25519 = 0x01
  /// Time and text of a checkpoint: a witness's cosignature.
  case cosignature = 0x04
}

/// A key that verifies signatures of notes.
public struct NoteVerifier: Equatable, Sendable {
  /// The name of whoever holds the key.
  public let name: ByteName
  /// Four bytes that tell keys of one name apart. Not secure by itself.
  public let id: UInt32
  /// What the key signs.
  public let kind: NoteKeyKind
  /// The key itself.
  public let key: Ed25519.PublicKey

  /// A verifier from its parts; nil when the name cannot stand in a note.
  public init?(name: ByteName, kind: NoteKeyKind, key: Ed25519.PublicKey) {
    guard isNoteKeyName(name.bytes) else { return nil }
    self.name = name
    self.kind = kind
    self.key = key
    let input = name.bytes + [0x0A, kind.rawValue] + key.bytes
    id = SHA256.hash(input).bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads a verifier key. Nil for anything else, an unknown type included.
  public init?(vkey: String) {
    guard let parts = NoteKeyText(vkey[...]), let key = Ed25519.PublicKey(bytes: parts.body),
      let verifier = NoteVerifier(name: parts.name, kind: parts.kind, key: key),
      verifier.id == parts.id
    else { return nil }
    self = verifier
  }

  /// The key as text.
  public var vkey: String {
    noteKeyText(name: name, id: id, kind: kind, body: key.bytes)
  }

  /// Whether `signature` (the bytes after the key id) is this key's over the text of a note.
  public func verify(_ signature: [UInt8], of text: [UInt8]) -> Bool {
    switch kind {
    case .ed25519:
      return key.verify(signature, of: text)
    case .cosignature:
      guard signature.count == 8 + Ed25519.signatureByteCount else { return false }
      let time = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard time <= UInt64(Int64.max) else { return false }
      return key.verify(Array(signature.dropFirst(8)), of: cosigned(text, time: time))
    }
  }
}

/// A key that signs notes.
public struct NoteSigner: Sendable {
  /// The key that verifies what this one signs.
  public let verifier: NoteVerifier
  /// The key itself.
  public let key: Ed25519.PrivateKey

  /// A signer from its parts; nil when the name cannot stand in a note.
  public init?(name: ByteName, kind: NoteKeyKind, key: Ed25519.PrivateKey) {
    guard let verifier = NoteVerifier(name: name, kind: kind, key: key.publicKey) else {
      return nil
    }
    self.verifier = verifier
    self.key = key
  }

  /// Reads a signer key; nil for anything else.
  public init?(skey: String) {
    let prefix = "PRIVATE+KEY+"
    guard skey.hasPrefix(prefix), let parts = NoteKeyText(skey.dropFirst(prefix.count)),
      let key = Ed25519.PrivateKey(seed: parts.body),
      let signer = NoteSigner(name: parts.name, kind: parts.kind, key: key),
      signer.verifier.id == parts.id
    else { return nil }
    self = signer
  }

  /// The bytes that follow the key id in a signature line. `time` is in Unix seconds and is
  /// used, and needed, by cosignatures alone.
  public func sign(_ text: [UInt8], time: UInt64 = 0) throws(Problem) -> [UInt8] {
    switch verifier.kind {
    case .ed25519:
      return try key.sign(text)
    case .cosignature:
      precondition(time > 0 && time <= UInt64(Int64.max), "a cosignature carries a real time")
      let stamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64($0))) }
      return stamp + (try key.sign(cosigned(text, time: time)))
    }
  }
}

// MARK: Text forms

/// The parts of `<name>+<id>+<base64>`.
private struct NoteKeyText {
  var name: ByteName
  var id: UInt32
  var kind: NoteKeyKind
  var body: [UInt8]

  init?(_ text: Substring) {
    let fields = text.utf8.split(
      separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3, let idBytes = Hex.decode(String(decoding: fields[1], as: UTF8.self)),
      idBytes.count == 4,
      let blob = Base64.decode(String(decoding: fields[2], as: UTF8.self)), let type = blob.first,
      let kind = NoteKeyKind(rawValue: type)
    else { return nil }
    name = ByteName(bytes: Array(fields[0]))
    id = idBytes.reduce(0) { $0 << 8 | UInt32($1) }
    self.kind = kind
    body = Array(blob.dropFirst())
  }
}

private func noteKeyText(name: ByteName, id: UInt32, kind: NoteKeyKind, body: [UInt8]) -> String {
  let idBytes = (0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * UInt32($0))) }
  return "\(name.text)+\(Hex.encode(idBytes))+\(Base64.encode([kind.rawValue] + body))"
}

/// A name is UTF-8, not empty, without any Unicode space and without '+'.
public func isNoteKeyName(_ bytes: [UInt8]) -> Bool {
  guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else { return false }
  return text.unicodeScalars.allSatisfy { scalar in
    scalar != "+" && scalar.value >= 0x20 && !scalar.properties.isWhitespace
  }
}

/// What a cosignature signs: its time, then the checkpoint without signatures.
private func cosigned(_ text: [UInt8], time: UInt64) -> [UInt8] {
  Array("cosignature/v1\ntime \(time)\n".utf8) + text
}
