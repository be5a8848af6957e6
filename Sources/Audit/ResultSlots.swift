// Results of a parallel loop, each in the place of its index.

import Synchronization

/// Filled from several threads, read when all are done.
final class ResultSlots<Value: Sendable>: Sendable {
  private let slots: Mutex<[Value?]>

  init(count: Int) {
    slots = Mutex([Value?](repeating: nil, count: count))
  }

  func set(_ index: Int, _ value: Value) {
    slots.withLock { $0[index] = value }
  }

  /// The values that were set, in order of their indices.
  var values: [Value] { slots.withLock { $0.compactMap { $0 } } }
}
