// What is published of a trial before anything is served: the body of a signed ledger entry.
//
// It fixes the texts (Merkle root over salted leaves), the coins (SHA-256 of each customer's
// secret, and the round of a beacon), and the plan: statistic, clipping, rule of the control
// variates, scoring, level. Nothing in it tells a coin or a text.

import Base
import Crypto
import Evidence
import Ledger

/// A public random value that is mixed into every coin.
public struct TrialBeacon: Equatable, Sendable {
  /// Which value of which beacon: named before it is known.
  public let round: String
  /// Nil until it is known.
  public let value: [UInt8]?

  /// `ROUND` or `ROUND:VALUE`, the value in hex.
  public init(_ text: String) throws(Problem) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let value = parts.count == 2 ? Hex.decode(parts[1]) : nil
    guard (1...2).contains(parts.count), Self.isRound(parts[0]),
      parts.count == 1 || (value.map { (1...Self.valueBytesMax).contains($0.count) } ?? false)
    else {
      throw Problem(
        .usage, "bad_value", reason: "--beacon \(text): ROUND or ROUND:VALUE is wanted",
        remedy: "ROUND is 1 to 128 letters, digits, \"-\", \".\", \"/\"; VALUE is lower-case hex")
    }
    round = parts[0]
    self.value = value
  }

  init(round: String, value: [UInt8]?) {
    self.round = round
    self.value = value
  }

  static let valueBytesMax = 1024

  private static func isRound(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || "-./".utf8.contains(byte)
      }
  }

  init?(_ json: JSON) {
    guard let round = json["round"]?.string, Self.isRound(round) else { return nil }
    let text = json["value_hex"] ?? .null
    let value = text.string.flatMap { Hex.decode($0) }
    guard text.isNull || value != nil else { return nil }
    self.init(round: round, value: value)
  }

  var json: JSON {
    ["round": .string(round), "value_hex": value.map { .string(Hex.encode($0)) } ?? .null]
  }
}

/// The public side of a trial.
public struct TrialRecord: Sendable {
  static let schema = "assay.trial/1"
  static let beaconSchema = "assay.trial-beacon/1"
  static let deliveredSchema = "assay.trial-delivered/1"
  static let testSchema = "assay.trial-test/1"
  static let revealedSchema = "assay.trial-revealed/1"

  public let json: JSON
  public let pairCount: Int
  public let root: Digest
  /// Commitment to the secret, by customer.
  let customers: [(name: String, commitment: Digest)]
  public let beacon: TrialBeacon?
  /// The bundles of the models that are to be control variates; empty: left open.
  public let references: [Digest]

  /// A model that is named as a control variate.
  public struct Reference: Sendable {
    public let name: String
    public let digest: Digest

    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  init(
    pairs: [TrialFiles.Pair], secret: TrialSecret, beacon: TrialBeacon?,
    references: [Reference], time: Instant
  ) throws(Problem) {
    let root = PairLeaves.root(pairs.lazy.map(\.content), saltKey: secret.saltKey)
    try self.init(json: [
      "schema": .string(Self.schema), "time": .string(time.rfc3339),
      "pairs": JSON(pairs.count), "equal_pairs": JSON(pairs.count(where: \.isEqual)),
      "pairs_root": .string(root.tagged),
      "leaf": "RFC 9162 leaf of be64(index) || salt || SHA-256 of prompt, a, b [and token ids]",
      "salt": "SHA-256(salt key || be64(index))",
      "coin": "b is served if bit 0 of SHA-256(secret || beacon || be64(index))[0] is 1, else a",
      "customers": .array(
        secret.customers.map {
          [
            "name": .string($0.name),
            "commitment": .string(SHA256.hash($0.secret).tagged),
          ]
        }),
      "beacon": beacon?.json ?? .null, "sampler": secret.sampler?.publicJSON ?? .null,
      "references": .array(
        references.map { ["name": .string($0.name), "model": .string($0.digest.tagged)] }),
      "plan": TrialPlan.json,
    ])
  }

  /// Reads a record.
  init(json: JSON) throws(Problem) {
    let listed = json["customers"]?.array ?? []
    let customers = listed.compactMap { item -> (name: String, commitment: Digest)? in
      guard let name = item["name"]?.string, TrialCustomer.isName(name),
        let commitment = item["commitment"]?.string.flatMap(Digest.init(tagged:))
      else { return nil }
      return (name, commitment)
    }
    let beacon = json["beacon"] ?? .null
    let known = TrialBeacon(beacon)
    let named = json["references"]?.array ?? []
    let references = named.compactMap { $0["model"]?.string.flatMap(Digest.init(tagged:)) }
    guard references.count == named.count, json["schema"]?.string == Self.schema,
      let count = json["pairs"]?.int,
      (1...TrialFiles.pairsMax).contains(count),
      let root = json["pairs_root"]?.string.flatMap(Digest.init(tagged:)), !listed.isEmpty,
      customers.count == listed.count, beacon.isNull || known != nil
    else {
      throw Problem(
        .malformed, "bad_trial_file", reason: "this is not the record of a trial",
        remedy: "a record is made by `assay trial commit`")
    }
    self.json = json
    self.pairCount = count
    self.root = root
    self.customers = customers
    self.beacon = known
    self.references = references
  }

  /// Whether this program tests as the plan says.
  var isOurPlan: Bool { json["plan"]?.canonicalBytes == TrialPlan.json.canonicalBytes }

  /// In what a test with these references is not the one that was planned; nil if it is.
  /// - Parameter models: the bundle that each file of reference scores names, if it does.
  public func departure(references models: [Digest?]) -> String? {
    if !isOurPlan { return "this program follows another one" }
    func names(_ models: [Digest?]) -> [String] { models.map { $0?.hex ?? "" }.sorted() }
    guard !references.isEmpty, names(models) != names(references) else { return nil }
    return "the scores of the references are not those of the models that it names"
  }

  /// The same but for the moment it was made.
  func isSame(as other: TrialRecord) -> Bool {
    func timeless(_ json: JSON) -> [UInt8] {
      var object = json.object ?? [:]
      object["time"] = nil
      return JSON.object(object).canonicalBytes
    }
    return timeless(json) == timeless(other.json)
  }

  /// The statement of the ledger: about the texts, and the model they were drawn from.
  var statement: Statement {
    var subjects = [Statement.Subject(name: "pairs", sha256: root)]
    if let model = json["sampler"]?["model"]?.string.flatMap(Digest.init(tagged:)) {
      subjects.append(.init(name: "model", sha256: model))
    }
    return Statement(
      subjects: subjects, predicateType: StatementType.trial.uri, predicate: json)
  }

  /// The statement that follows when the beacon's value is known.
  func beaconStatement(_ beacon: TrialBeacon) -> Statement {
    later(["schema": .string(Self.beaconSchema), "beacon": beacon.json])
  }

  /// SHA-256 of the record in canonical JSON: what later statements about the trial name.
  var digest: Digest { SHA256.hash(json.canonicalBytes) }

  /// The statement of what was handed to a customer so far: a root over salted lines.
  func deliveredStatement(
    customer: String, lineCount: Int, root: Digest, time: Instant
  ) -> Statement {
    later([
      "schema": .string(Self.deliveredSchema), "time": .string(time.rfc3339),
      "customer": .string(customer), "lines": JSON(lineCount), "lines_root": .string(root.tagged),
    ])
  }

  /// The statement of what was made public, and for whom.
  func revealedStatement(customers: [String], time: Instant) -> Statement {
    later([
      "schema": .string(Self.revealedSchema), "time": .string(time.rfc3339),
      "customers": JSON(customers),
    ])
  }

  /// A statement that follows the commitment: about the pairs, and about `others`.
  func later(
    _ predicate: JSONObject, about others: [Statement.Subject] = []
  ) -> Statement {
    var predicate = predicate
    predicate["record"] = .string(digest.tagged)
    return Statement(
      subjects: [.init(name: "pairs", sha256: root)] + others,
      predicateType: StatementType.trial.uri, predicate: .object(predicate))
  }
}
