// What is published of a trial before anything is served: the body of a signed ledger entry.
//
// It fixes the texts (Merkle root over salted leaves), the coins (SHA-256 of each customer's
// secret, and the round of a beacon), and the plan: statistic, clipping, rule of the control
// variates, scoring, level. Nothing in it tells a coin or a text.

import Base
import Crypto
import Evidence
import Ledger

/// The public side of a trial.
public struct TrialRecord: Sendable {
  static let schema = "assay.trial/1"
  static let beaconSchema = "assay.trial-beacon/1"
  static let deliveredSchema = "assay.trial-delivered/1"
  static let testSchema = "assay.trial-test/1"
  static let revealedSchema = "assay.trial-revealed/1"

  /// As it was published: later statements name the digest of this form.
  public let json: JSON
  public let pairCount: Int
  public let root: Digest
  /// Commitment to the secret, by customer.
  let customers: [(name: String, commitment: Digest)]
  public let beacon: TrialBeacon?
  /// The bundles of the models that are to be control variates; empty: left open.
  public let references: [Digest]
  /// The bundle of the model that the twins were drawn from; nil for twins that were given.
  let sampledModel: Digest?
  /// Whether this program tests as the plan says.
  let isOurPlan: Bool

  /// A model that is named as a control variate.
  public struct Reference: Sendable {
    public let name: String
    public let digest: Digest

    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// In what a test with these references is not the one that was planned; nil if it is.
  /// - Parameter models: the bundle that each file of reference scores names, if it does.
  public func departure(references models: [Digest?]) -> String? {
    if !isOurPlan { return "this program follows another one" }
    func names(_ models: [Digest?]) -> [String] { models.map { $0?.hex ?? "" }.sorted() }
    guard !references.isEmpty, names(models) != names(references) else { return nil }
    return "the scores of the references are not those of the models that it names"
  }

  /// The statement of the ledger: about the texts, and the model they were drawn from.
  var statement: Statement {
    var subjects = [Statement.Subject(name: "pairs", sha256: root)]
    if let sampledModel { subjects.append(.init(name: "model", sha256: sampledModel)) }
    return Statement(
      subjects: subjects, predicateType: StatementType.trial.uri, predicate: json)
  }

  /// SHA-256 of the record in canonical JSON: what later statements about the trial name.
  var digest: Digest { SHA256.hash(json.canonicalBytes) }
}
