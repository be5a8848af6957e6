// A tensor of one chunk at most, hashed at once: of these a model may have a million.

import Base
import Crypto
import Formats

/// A small tensor with its digests.
struct SmallTensor: Sendable {
  let task: Int
  let hashes: TensorHashes
  private let isEmpty: Bool

  /// Of the content.
  var leaves: [Digest] { isEmpty ? [] : [hashes.contentRoot] }

  init(task: Int, of plan: CanonicalPlan, in model: OpenModel) {
    let entry = plan.entry(of: task)
    precondition(
      entry.byteCount <= IdentityRules.chunkByteCount / 8,
      "values take at most eight times the bytes, and are one chunk too")
    let place = plan.place(of: task)
    self.task = task
    isEmpty = entry.byteCount == 0
    guard !isEmpty else {
      hashes = TensorHashes(
        entry, place, content: MerkleTree.emptyRoot,
        value: ValueBytes(of: entry, ValueScan(entry.type)), valueRoot: MerkleTree.emptyRoot,
        restoredRoot: MerkleTree.emptyRoot)
      return
    }
    hashes = model.withBytes(of: entry) { bytes in
      var scan = ValueScan(entry.type)
      if ValueScan.isNeeded(entry.type) { scan.look(at: bytes, entry.type) }
      let content = MerkleTree.leafHash(bytes)
      let value = ValueBytes(of: entry, scan)
      func root(_ value: ValueBytes) -> Digest {
        MerkleTree.leafHash(value.bytes(0..<value.byteCount, from: bytes))
      }
      return TensorHashes(
        entry, place, content: content, value: value,
        valueRoot: value.areStoredBytes ? content : root(value),
        restoredRoot: place.rows.map { root(ValueBytes(of: entry, scan, rows: $0)) })
    }
  }
}
