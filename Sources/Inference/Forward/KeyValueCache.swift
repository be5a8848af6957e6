// The keys and values of one sequence in one layer.
//
// Scoring goes layer by layer, so one cache for each sequence serves all layers in turn;
// generation keeps one for each layer.

/// Keys and values by head and position, each row padded for the kernels.
final class KeyValueCache: Sendable {
  let capacity: Int
  private let keys: Activations
  private let values: Activations

  init(_ attention: Attention, capacity: Int) {
    self.capacity = capacity
    keys = Activations(rows: attention.keyValueHeads * capacity, columns: attention.headSize)
    values = Activations(rows: attention.keyValueHeads * capacity, columns: attention.valueSize)
  }

  var keyStride: Int { keys.stride }
  var valueStride: Int { values.stride }

  func key(_ head: Int, _ position: Int) -> UnsafeMutablePointer<Float> {
    unsafe keys.row(head * capacity + position)
  }

  func value(_ head: Int, _ position: Int) -> UnsafeMutablePointer<Float> {
    unsafe values.row(head * capacity + position)
  }

  /// Takes over the first `count` positions of a cache of the same shape.
  func copy(_ count: Int, from other: KeyValueCache) {
    for head in 0..<keys.rows / max(1, capacity) {
      unsafe key(head, 0).update(from: other.key(head, 0), count: count * keyStride)
      unsafe value(head, 0).update(from: other.value(head, 0), count: count * valueStride)
    }
  }

  /// What two layers have in common that can use the same cache in turn.
  static func shape(_ attention: Attention) -> [Int] {
    [attention.keyValueHeads, attention.headSize, attention.valueSize]
  }

  /// Bytes that one position takes up.
  static func byteCount(_ attention: Attention) -> Int {
    attention.keyValueHeads
      * (Activations.byteCount(rows: 1, columns: attention.headSize)
        + Activations.byteCount(rows: 1, columns: attention.valueSize))
  }
}

/// A run of tokens of one sequence within a batch.
struct Segment: Sendable {
  /// The first row of the batch that belongs to it.
  let firstRow: Int
  let count: Int
  /// The position of its first token in the sequence.
  let start: Int
  /// The whole length that length-dependent rotations go by.
  let length: Int
}
