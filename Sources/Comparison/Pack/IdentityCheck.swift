// The digests of a pack's models against each other: every model that is spoken of is named in
// models.json, and the digest that names a bundle is the root over its files. A recording in the
// place of the suspect is named by the digest of its file.

import Base
import Fingerprint

struct IdentityCheck {
  let documents: PackDocuments

  init(_ documents: PackDocuments) { self.documents = documents }

  /// A sentence on what was found. Throws what differs.
  func run() throws(Problem) -> String {
    let models = documents.models
    for (bundle, identity) in models.identities {
      switch identity {
      case .recording(let digest):
        guard digest == bundle else {
          throw PackVerifier.differs(
            "models.json: \(bundle.tagged) is not the digest of its recording")
        }
      case .model(let digests):
        guard digests.filesRoot == bundle,
          IdentityRules.filesRoot(digests.files.map(\.digest)) == bundle
        else {
          throw PackVerifier.differs("models.json: \(bundle.tagged) is not the root of its files")
        }
      }
    }
    for model in models.all {
      guard let identity = models.identities[model.fingerprint] else {
        throw PackVerifier.differs("models.json: a model is listed without its digests")
      }
      guard identity.isRecording == model.isRecording else {
        throw PackVerifier.differs(
          "models.json: \(model.fingerprint.tagged) is a recording here and none there")
      }
    }
    guard !(models.references + models.controls).contains(where: \.isRecording) else {
      throw PackVerifier.differs("models.json: a recording stands among references or controls")
    }
    let spoken = [documents.verdict.suspect] + documents.comparisons.map(\.reference)
    let listed = [models.suspect] + models.references
    guard spoken.count == listed.count, zip(spoken, listed).allSatisfy(Self.isSame) else {
      throw PackVerifier.differs("verdict.json and models.json name other models")
    }
    return "\(models.identities.count) models, each named by the digests of its files"
  }

  private static func isSame(_ a: ComparedModel, _ b: ComparedModel) -> Bool {
    ByteName(a.id) == ByteName(b.id) && a.fingerprint == b.fingerprint
      && a.isRecording == b.isRecording
  }
}

extension ModelManifest.Identity {
  fileprivate var isRecording: Bool {
    if case .recording = self { true } else { false }
  }
}
