// The identities of all tensors of a model, each made when it is asked for.
//
// A million tensors would otherwise hold every name, shape and digest twice: here the entries are
// those of the open model, and only the hashes are added.

import Base
import Formats

/// The tensors of a model, sorted by the bytes of their names.
public struct TensorIdentities: RandomAccessCollection, Equatable, Sendable {
  private let entries: [TensorEntry]
  private let files: [String]
  /// As many as there are entries.
  private let hashes: [TensorHashes?]

  static let none = TensorIdentities(entries: [], files: [], hashes: [])

  init(entries: [TensorEntry], files: [String], hashes: [TensorHashes?]) {
    precondition(hashes.count == entries.count, "each tensor was hashed")
    self.entries = entries
    self.files = files
    self.hashes = hashes
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }

  public subscript(index: Int) -> TensorIdentity {
    let entry = entries[index]
    guard let hashes = hashes[index] else {
      preconditionFailure("every job of the queue was done")
    }
    return TensorIdentity(entry, file: files[entry.file], hashes)
  }

  public static func == (a: TensorIdentities, b: TensorIdentities) -> Bool {
    a.elementsEqual(b)
  }
}

extension TensorIdentity {
  init(_ entry: TensorEntry, file: String, _ hashes: TensorHashes) {
    name = entry.name
    self.file = file
    type = entry.type
    shape = entry.shape
    byteCount = entry.byteCount
    contentRoot = hashes.contentRoot
    digest = hashes.digest
    valueForm = hashes.valueForm
    valueDigest = hashes.valueDigest
    canonicalForm = hashes.canonical
  }

  /// What it is called and worth in the library's form: several if that has a tensor for each
  /// expert, one that others have too if it is part of a larger tensor there, none if the form has
  /// no such tensor.
  public var canonical: [CanonicalTensor] {
    switch canonicalForm {
    case .none: []
    case .own:
      [CanonicalTensor(name: name, valueDigest: valueDigest, type: type, standing: .same)]
    case .unmapped:
      [
        CanonicalTensor(
          name: CanonicalTensor.unmappedName(name), valueDigest: valueDigest, type: type,
          standing: .unmapped)
      ]
    case .entries(let entries): entries
    }
  }
}
