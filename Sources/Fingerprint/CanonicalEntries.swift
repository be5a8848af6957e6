// The entries of the canonical digest, by name.
//
// Where every tensor enters as itself, which is so in the library's own files, there is no list:
// the tensors are it.

import Base
import Formats

/// What the canonical digest is taken over: each name once, without an output head that only
/// repeats the embedding.
struct CanonicalEntries: Equatable, Sendable {
  private let tensors: TensorIdentities
  /// Nil if the tensors that enter do so as themselves.
  private let listed: [CanonicalTensor]?
  /// The head that is left out.
  private let repeatedHead: ByteName?
  let count: Int

  init(_ tensors: TensorIdentities, tied: CanonicalPlan.Tied) {
    self.tensors = tensors
    var entering = 0
    var areThemselves = true
    var digests: [ByteName: Digest] = [:]
    func note(_ name: ByteName, _ digest: Digest) {
      if name == tied.embedding || name == tied.head { digests[name] = digest }
    }
    for tensor in tensors {
      switch tensor.canonicalForm {
      case .none: continue
      case .own:
        entering += 1
        note(tensor.name, tensor.valueDigest)
      case .unmapped, .entries: areThemselves = false
      }
    }
    if areThemselves {
      listed = nil
    } else {
      var entries: [CanonicalTensor] = []
      // A tensor that is made of several stored ones is told of by each of them.
      for entry in tensors.flatMap(\.canonical).sorted(by: { $0.name < $1.name })
      where entries.last?.name != entry.name { entries.append(entry) }
      for entry in entries { note(entry.name, entry.valueDigest) }
      listed = entries
      entering = entries.count
    }
    let head = digests[tied.head]
    let isRepeated = head != nil && head == digests[tied.embedding]
    repeatedHead = isRepeated ? tied.head : nil
    count = entering - (isRepeated ? 1 : 0)
  }

  /// Whether the entries are the tensors, one by one.
  var areAllTensors: Bool { listed == nil && count == tensors.count }

  /// In order of the names.
  func forEach(_ body: (ByteName, Digest) -> Void) {
    if let listed {
      for entry in listed where entry.name != repeatedHead { body(entry.name, entry.valueDigest) }
    } else {
      for tensor in tensors where tensor.canonicalForm == .own && tensor.name != repeatedHead {
        body(tensor.name, tensor.valueDigest)
      }
    }
  }

  /// The entries one by one, made for the caller.
  var all: [CanonicalTensor] {
    (listed ?? tensors.flatMap(\.canonical)).filter { $0.name != repeatedHead }
  }

  static func == (a: CanonicalEntries, b: CanonicalEntries) -> Bool { a.all == b.all }
}
