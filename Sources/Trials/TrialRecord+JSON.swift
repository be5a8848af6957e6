// The record of a trial, schema assay.trial/1, and the statements about it that follow.
//
//   {"schema","time","pairs":n,"equal_pairs":k,"pairs_root","leaf","salt","coin",
//    "customers":[{"name","commitment"}],"beacon":{…}|null,"sampler":{…}|null,
//    "references":[{"name","model"}],"plan":{…}}
//
// Each later statement names the record by "record":digest.

import Base
import Crypto
import Evidence
import Ledger

extension TrialRecord {
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
    sampledModel = json["sampler"]?["model"]?.string.flatMap(Digest.init(tagged:))
    isOurPlan = json["plan"]?.canonicalBytes == TrialPlan.json.canonicalBytes
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

  /// The statement that follows when the beacon's value is known.
  func beaconStatement(_ beacon: TrialBeacon) -> Statement {
    later(["schema": .string(Self.beaconSchema), "beacon": beacon.json])
  }

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
