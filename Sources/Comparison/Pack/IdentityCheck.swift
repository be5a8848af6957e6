// The digests of a pack's models against each other: every model that is spoken of is named in
// models.json, and the digest that names a bundle is the root over its files. A recording in the
// place of the suspect is named by the digest of its file.

import Base
import Evidence
import Fingerprint

struct IdentityCheck {
  let documents: PackDocuments

  init(_ documents: PackDocuments) { self.documents = documents }

  /// A sentence on what was found. Throws what differs.
  func run() throws(Problem) -> String {
    let models = documents.models
    let listed = [models["suspect"] ?? .null] + Self.list(models, "references")
    let controls = Self.list(models, "controls")
    let identities = models["identities"]?.object ?? [:]
    for (bundle, identity) in identities {
      if identity["kind"]?.string == ComparedModel.recordingKind {
        guard identity["sha256"]?.string == bundle, identity["files"] == nil else {
          throw PackVerifier.differs("models.json: \(bundle) is not the digest of its recording")
        }
        continue
      }
      let digests = (identity["files"]?.array ?? []).compactMap {
        $0["sha256"]?.string.flatMap(Digest.init(tagged:))
      }
      guard identity["files_root"]?.string == bundle,
        digests.count == identity["files"]?.array?.count,
        IdentityRules.filesRoot(digests).tagged == bundle
      else { throw PackVerifier.differs("models.json: \(bundle) is not the root of its files") }
    }
    for model in listed + controls {
      guard let bundle = model["fingerprint"]?.string, let identity = identities[bundle] else {
        throw PackVerifier.differs("models.json: a model is listed without its digests")
      }
      guard identity["kind"] == model["kind"] else {
        throw PackVerifier.differs("models.json: \(bundle) is a recording here and none there")
      }
    }
    guard (listed.dropFirst() + controls).allSatisfy({ $0["kind"] == nil }) else {
      throw PackVerifier.differs("models.json: a recording stands among references or controls")
    }
    let spoken =
      [documents.verdict["suspect"] ?? .null]
      + documents.comparisons.map { $0["reference"] ?? .null }
    guard spoken.map(Self.named) == listed.map(Self.named) else {
      throw PackVerifier.differs("verdict.json and models.json name other models")
    }
    return "\(identities.count) models, each named by the digests of its files"
  }

  static func list(_ json: JSON, _ key: String) -> [JSON] { json[key]?.array ?? [] }

  private static func named(_ model: JSON) -> [JSON?] {
    [model["id"], model["fingerprint"], model["kind"]]
  }
}
