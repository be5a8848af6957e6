// Signatures of models: OpenSSF Model Signing bundles, read and written.
//
// Spec: OMS 1.0, https://github.com/ossf/model-signing-spec, inside a Sigstore bundle v0.3.
//
//     mediaType              application/vnd.dev.sigstore.bundle.v0.3+json
//     verificationMaterial   publicKey {hint} | x509CertificateChain {certificates [{rawBytes}]}
//     dsseEnvelope           payload: an in-toto statement, see BundleManifest
//
// `hint` is the hex SHA-256 of the signer's public key as PEM text.
//
// Promises: strict JSON (a key that stands twice is malformed); exactly one signature and one kind
// of material. A `Bundle` that was read is unverified; `Bundle.verify` makes something of it.
// Does not: Sigstore's keyless material (`certificate` with transparency log entries).

import Base
import Crypto

/// A signature of a model, as it lies in a file. Unverified.
public struct Bundle: Sendable {
  /// How the signer is to be known.
  public enum Material: Sendable {
    /// By a key; `hint` is the hex SHA-256 of its PEM text.
    case publicKey(hint: String)
    /// By a certificate, leaf first.
    case certificates([Certificate])
  }

  /// Who claims to have signed.
  public let material: Material
  /// What was signed, and the signature.
  public let envelope: Envelope

  static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
  /// A bundle of a model with a hundred thousand files is about 20 MB.
  public static let byteCountMax = 256 << 20

  init(material: Material, envelope: Envelope) {
    self.material = material
    self.envelope = envelope
  }
}

extension Bundle {
  /// Reads a bundle from a file.
  public init(path: String) throws(Problem) {
    let bytes = try FileSystem.read(path, limitBytes: Self.byteCountMax)
    do throws(Problem) {
      try self.init(parsing: bytes)
    } catch {
      throw error.at(path)
    }
  }

  /// Reads a bundle. The place of a problem is a JSON pointer.
  public init(parsing bytes: [UInt8]) throws(Problem) {
    let json: JSON
    do { json = try JSON.parse(bytes) } catch {
      throw malformedBundle("byte \(error.offset)", error.reason)
    }
    guard json["mediaType"]?.string == Self.mediaType else {
      throw malformedBundle("/mediaType", "\"\(Self.mediaType)\" is needed")
    }
    guard let material = json["verificationMaterial"]?.object else {
      throw malformedBundle("/verificationMaterial", "an object is needed")
    }
    self.material = try Self.material(material)
    guard let envelope = json["dsseEnvelope"] else {
      throw malformedBundle("/dsseEnvelope", "an envelope is needed")
    }
    do throws(Problem) {
      self.envelope = try Envelope(json: envelope)
    } catch {
      throw error.at("/dsseEnvelope")
    }
    guard self.envelope.payloadType == Statement.payloadType else {
      throw malformedBundle("/dsseEnvelope/payloadType", "\"\(Statement.payloadType)\" is needed")
    }
    guard self.envelope.signatures.count == 1 else {
      throw malformedBundle("/dsseEnvelope/signatures", "exactly one signature is needed")
    }
  }

  private static func material(_ object: JSONObject) throws(Problem) -> Material {
    let place = "/verificationMaterial"
    let kinds = ["publicKey", "x509CertificateChain", "certificate"].filter { object[$0] != nil }
    guard kinds.count == 1 else {
      throw malformedBundle(place, "exactly one kind of material is needed")
    }
    switch kinds[0] {
    case "publicKey":
      guard let hint = object["publicKey"]?["hint"]?.string, Digest(hex: hint) != nil else {
        throw malformedBundle("\(place)/publicKey/hint", "the hex SHA-256 of a key is needed")
      }
      return .publicKey(hint: hint)
    case "x509CertificateChain":
      let list = object["x509CertificateChain"]?["certificates"]?.array ?? []
      guard (1...Certificate.chainCountMax).contains(list.count) else {
        throw malformedBundle("\(place)/x509CertificateChain/certificates", "a chain is needed")
      }
      let certificates = list.compactMap { item in
        item["rawBytes"]?.string.flatMap { Base64.decode($0) }.flatMap { Certificate(der: $0) }
      }
      guard certificates.count == list.count else {
        throw malformedBundle("\(place)/x509CertificateChain", "a certificate cannot be read")
      }
      return .certificates(certificates)
    default:
      throw Problem(
        .malformed, "unsupported_bundle", place: place,
        reason: "keyless Sigstore signatures are not supported; a key or a chain is needed",
        remedy: "verify it with the model_signing tool, or ask for a signature by key")
    }
  }

  /// The bundle as a file.
  public var bytes: [UInt8] {
    let material: JSON
    switch self.material {
    case .publicKey(let hint):
      material = ["publicKey": ["hint": .string(hint)], "tlogEntries": []]
    case .certificates(let chain):
      let list = chain.map { JSON.object(["rawBytes": .string(Base64.encode($0.der))]) }
      material = ["x509CertificateChain": ["certificates": .array(list)], "tlogEntries": []]
    }
    let json: JSON = [
      "mediaType": .string(Self.mediaType), "verificationMaterial": material,
      "dsseEnvelope": envelope.json,
    ]
    return json.canonicalBytes + [UInt8(ascii: "\n")]
  }
}

func malformedBundle(_ place: String, _ reason: String) -> Problem {
  Problem(
    .malformed, "bad_bundle", place: place, reason: reason,
    remedy: "the signature file is damaged or not an OMS 1.0 bundle; get it again")
}
