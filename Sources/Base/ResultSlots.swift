// Results of a parallel loop, each in the place of its index.

import Synchronization

/// Filled from several threads, read when all are done.
public final class ResultSlots<Value: Sendable>: Sendable {
  private let slots: Mutex<[Value?]>

  public init(count: Int) {
    slots = Mutex([Value?](repeating: nil, count: count))
  }

  public func set(_ index: Int, _ value: Value) {
    slots.withLock { $0[index] = value }
  }

  /// The values that were set, in order of their indices.
  public var values: [Value] { slots.withLock { $0.compactMap { $0 } } }
}
