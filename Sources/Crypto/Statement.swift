// in-toto statements: something said about subjects that are named by their digests.
//
// Spec: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
//
// Promises: reading ignores unknown members, as the specification demands, and needs at least
// one subject with at least one digest. Writing is canonical JSON, so equal statements have
// equal bytes.
// Does not: know any predicate. Names of subjects are for people; only digests match.

import Base

/// A claim about subjects. Its truth and its author are another matter: see `Envelope`.
public struct Statement: Equatable, Sendable {
  /// The value of `_type`.
  public static let type = "https://in-toto.io/Statement/v1"
  /// The payload type of its envelope.
  public static let payloadType = "application/vnd.in-toto+json"
  /// More subjects than this are refused.
  public static let subjectCountMax = 10_000

  /// What a statement is about.
  public struct Subject: Equatable, Sendable {
    /// For people; never compared.
    public var name: String?
    /// Algorithm to lower-case hex.
    public var digests: JSONObject

    /// A subject named by its SHA-256.
    public init(name: String?, sha256: Digest) {
      self.name = name
      digests = ["sha256": .string(sha256.hex)]
    }

    /// The SHA-256 among its digests, if there is a well-formed one.
    public var sha256: Digest? { digests["sha256"]?.string.flatMap { Digest(hex: $0) } }

    init(name: String?, digests: JSONObject) {
      self.name = name
      self.digests = digests
    }
  }

  /// What it is about; at least one.
  public var subjects: [Subject]
  /// A URI that says what `predicate` means.
  public var predicateType: String
  /// What it says; null when there is nothing to add.
  public var predicate: JSON

  /// A statement from its parts.
  public init(subjects: [Subject], predicateType: String, predicate: JSON) {
    self.subjects = subjects
    self.predicateType = predicateType
    self.predicate = predicate
  }
}

extension Statement {
  /// Reads a statement from the payload of an envelope. The place of a problem is a JSON pointer.
  public init(parsing payload: [UInt8]) throws(Problem) {
    let json: JSON
    do { json = try JSON.parse(payload) } catch { throw Self.malformed("", "\(error.reason)") }
    try self.init(json: json)
  }

  /// Reads a statement from JSON.
  public init(json: JSON) throws(Problem) {
    guard json["_type"]?.string == Self.type else {
      throw Self.malformed("/_type", "\"\(Self.type)\" is needed")
    }
    guard let predicateType = json["predicateType"]?.string, !predicateType.isEmpty else {
      throw Self.malformed("/predicateType", "a URI is needed")
    }
    guard let list = json["subject"]?.array, !list.isEmpty, list.count <= Self.subjectCountMax
    else {
      throw Self.malformed("/subject", "1 to \(Self.subjectCountMax) subjects are needed")
    }
    var subjects: [Subject] = []
    for (index, item) in list.enumerated() {
      subjects.append(try Self.subject(item, at: "/subject/\(index)"))
    }
    self.init(
      subjects: subjects, predicateType: predicateType, predicate: json["predicate"] ?? .null)
  }

  private static func subject(_ item: JSON, at place: String) throws(Problem) -> Subject {
    guard let digests = item["digest"]?.object, digests.count > 0 else {
      throw malformed("\(place)/digest", "at least one digest is needed")
    }
    for (algorithm, value) in digests.members {
      guard let text = value.string, Hex.decode(text) != nil, !text.isEmpty else {
        throw malformed("\(place)/digest/\(algorithm)", "lower-case hex is needed")
      }
    }
    let name = item["name"] ?? .null
    guard name.isNull || name.string != nil else {
      throw malformed("\(place)/name", "a string is needed")
    }
    return Subject(name: name.string, digests: digests)
  }

  /// The statement as JSON.
  public var json: JSON {
    [
      "_type": .string(Self.type),
      "subject": .array(
        subjects.map { subject in
          var object: JSONObject = ["digest": .object(subject.digests)]
          if let name = subject.name { object["name"] = .string(name) }
          return .object(object)
        }),
      "predicateType": .string(predicateType),
      "predicate": predicate,
    ]
  }

  /// Canonical JSON text, the payload that is signed.
  public var bytes: [UInt8] { json.canonicalBytes }

  /// The statement in an envelope signed by `key`.
  public func signed(by key: ECDSA.PrivateKey) throws(Problem) -> Envelope {
    try Envelope(signing: bytes, type: Self.payloadType, with: key)
  }

  private static func malformed(_ place: String, _ reason: String) -> Problem {
    Problem(.malformed, "bad_statement", place: place, reason: "in-toto statement: \(reason)")
  }
}
