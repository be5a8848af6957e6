// DSSE envelopes: a payload, its type, and signatures over both.
//
// Spec: https://github.com/secure-systems-lab/dsse 1.0.0 (protocol.md, envelope.md).
//
//     signed bytes = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body     LEN: decimal bytes
//
// Promises: signatures are checked over the decoded bytes, and the same bytes are handed out;
// nothing is ever serialised again. Both base64 alphabets are read, as the specification asks.
// A signature that fails is skipped; `threshold` different keys must have signed.
// Does not: use `keyid` for any decision.

import Base

/// A signed payload that nobody has checked yet.
public struct Envelope: Equatable, Sendable {
  /// One signature as it stands in an envelope.
  public struct Signature: Equatable, Sendable {
    /// A hint that decides nothing.
    public var keyID: String?
    /// DER.
    public var bytes: [UInt8]
  }

  /// What the payload is: a media type.
  public var payloadType: String
  /// The payload, decoded.
  public var payload: [UInt8]
  /// Signatures over type and payload together.
  public var signatures: [Signature]

  /// An envelope as somebody states it; nothing is checked.
  public init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
    self.payloadType = payloadType
    self.payload = payload
    self.signatures = signatures
  }

  /// Signs a payload.
  public init(
    signing payload: [UInt8], type payloadType: String, with key: ECDSA.PrivateKey
  ) throws(Problem) {
    let message = Self.preAuthenticationEncoding(type: payloadType, body: payload)
    self.init(
      payloadType: payloadType, payload: payload,
      signatures: [
        Signature(keyID: key.publicKey.identifier.hex, bytes: try key.sign(message))
      ])
  }

  /// The bytes that are signed.
  public static func preAuthenticationEncoding(type: String, body: [UInt8]) -> [UInt8] {
    let typeBytes = Array(type.utf8)
    return Array("DSSEv1 \(typeBytes.count) ".utf8) + typeBytes
      + Array(" \(body.count) ".utf8) + body
  }
}

// MARK: Checking

/// A payload whose signatures were checked.
public struct VerifiedPayload: Equatable, Sendable {
  /// The payload's media type, which was signed with it.
  public let type: String
  /// The bytes that were signed.
  public let bytes: [UInt8]
  /// The keys whose signature held, each once, in the order they were offered.
  public let signers: [ECDSA.PublicKey]
}

extension Envelope {
  /// The payload, if at least `threshold` of `keys` signed it; else nil.
  public func verified(
    by keys: [ECDSA.PublicKey], threshold: Int = 1
  ) -> VerifiedPayload? {
    precondition(threshold >= 1, "at least one signature must be asked for")
    let message = Self.preAuthenticationEncoding(type: payloadType, body: payload)
    var signers: [ECDSA.PublicKey] = []
    for key in keys where !signers.contains(key) {
      if signatures.contains(where: { key.verify($0.bytes, of: message) }) { signers.append(key) }
    }
    guard signers.count >= threshold else { return nil }
    return VerifiedPayload(type: payloadType, bytes: payload, signers: signers)
  }
}

// MARK: JSON

extension Envelope {
  /// More signatures than this are refused: each costs a verification.
  public static let signatureCountMax = 64

  /// Reads an envelope from JSON text.
  public init(parsing bytes: [UInt8]) throws(Problem) {
    let json: JSON
    do { json = try JSON.parse(bytes) } catch { throw Self.malformed("", "\(error.reason)") }
    try self.init(json: json)
  }

  /// Reads an envelope from a JSON value. Unknown members are ignored. The place of a problem
  /// is a JSON pointer.
  public init(json: JSON) throws(Problem) {
    guard let type = json["payloadType"]?.string else {
      throw Self.malformed("/payloadType", "a string is needed")
    }
    guard let payload = json["payload"]?.string.flatMap(Base64.decodeLenient) else {
      throw Self.malformed("/payload", "a base64 string is needed")
    }
    guard let list = json["signatures"]?.array, list.count <= Self.signatureCountMax else {
      throw Self.malformed("/signatures", "a list of at most \(Self.signatureCountMax) is needed")
    }
    var signatures: [Signature] = []
    for (index, item) in list.enumerated() {
      guard let bytes = item["sig"]?.string.flatMap(Base64.decodeLenient) else {
        throw Self.malformed("/signatures/\(index)/sig", "a base64 string is needed")
      }
      // Absent and null mean the same; anything but a string is of no use to a reader.
      let keyID = item["keyid"] ?? .null
      guard keyID.isNull || keyID.string != nil else {
        throw Self.malformed("/signatures/\(index)/keyid", "a string is needed")
      }
      signatures.append(Signature(keyID: keyID.string, bytes: bytes))
    }
    self.init(payloadType: type, payload: payload, signatures: signatures)
  }

  /// The envelope as JSON, base64 in the standard alphabet.
  public var json: JSON {
    [
      "payload": .string(Base64.encode(payload)),
      "payloadType": .string(payloadType),
      "signatures": .array(
        signatures.map { signature in
          var object: JSONObject = ["sig": .string(Base64.encode(signature.bytes))]
          if let keyID = signature.keyID { object["keyid"] = .string(keyID) }
          return .object(object)
        }),
    ]
  }

  /// Canonical JSON text: what an entry of the ledger holds.
  public var bytes: [UInt8] { json.canonicalBytes }

  private static func malformed(_ place: String, _ reason: String) -> Problem {
    Problem(.malformed, "bad_envelope", place: place, reason: "DSSE envelope: \(reason)")
  }
}
