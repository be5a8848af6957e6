// The models of a pack: who is spoken of, in which role, and the digests that name each. A
// recording in the place of the suspect is named by the digest of its file.

import Base

/// Who a pack is about (models.json).
struct ModelManifest: Equatable, Sendable {
  /// The digests of a model, as far as the checks of a pack ask for them.
  struct Digests: Equatable, Sendable {
    struct File: Equatable, Sendable {
      let path: String
      let digest: Digest
    }

    let filesRoot: Digest
    let files: [File]
    /// Nil where they were not computed.
    let weights: Digest?
    let values: Digest?
    /// Paths of the files that hold tensors.
    let tensorFiles: Set<ByteName>

    /// Digests of the files that hold tensors, sorted.
    var weightFiles: [Digest] {
      files.filter { tensorFiles.contains(ByteName($0.path)) }.map(\.digest).sorted()
    }
  }

  enum Identity: Equatable, Sendable {
    case model(Digests)
    /// The file of recorded outputs.
    case recording(Digest)
  }

  let suspect: ComparedModel
  let references: [ComparedModel]
  let controls: [ComparedModel]
  /// By the digest that names a model.
  let identities: [Digest: Identity]
  /// The digest of each scored model's outcomes.
  let outcomes: [Digest: Digest]

  /// All that are listed, the suspect first.
  var all: [ComparedModel] { [suspect] + references + controls }

  /// The digests of a model; nil of a recording, and of what is not listed.
  func digests(_ bundle: Digest) -> Digests? {
    if case .model(let digests)? = identities[bundle] { digests } else { nil }
  }
}
