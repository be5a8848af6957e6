// How many heads queries and keys have, as the metadata of a GGUF file says: one number, or one
// for each layer (Deci, OpenELM, hybrids with layers that do not attend).
//
// A count that is missing, not positive, or not there for the layer is nil: rows are then left
// as they lie, never divided by a guess.

import Base

/// Numbers of heads by layer.
public struct HeadCounts: Sendable {
  private enum Count {
    case same(Int)
    case byLayer([Int])

    init?(_ value: GGUFValue?) {
      if let list = value?.array?.integers {
        self = .byLayer(list)
      } else if let number = value?.int {
        self = .same(number)
      } else {
        return nil
      }
    }

    /// The one number of all layers.
    var uniform: Int? {
      switch self {
      case .same(let count): count > 0 ? count : nil
      case .byLayer(let list):
        list.first.flatMap { first in
          first > 0 && list.allSatisfy { $0 == first } ? first : nil
        }
      }
    }

    subscript(layer: Int) -> Int? {
      switch self {
      case .same(let count): count > 0 ? count : nil
      case .byLayer(let list):
        list.indices.contains(layer) && list[layer] > 0 ? list[layer] : nil
      }
    }
  }

  private let queryCount: Count?
  private let keyCount: Count?

  /// Of the architecture that the metadata name.
  public init(metadata: [ByteName: GGUFValue], architecture: String) {
    let queries = metadata[ByteName("\(architecture).attention.head_count")]
    queryCount = Count(queries)
    keyCount = Count(metadata[ByteName("\(architecture).attention.head_count_kv")] ?? queries)
  }

  /// The heads of q and of k, if every layer has the same number.
  public var uniform: (queries: Int?, keys: Int?) { (queryCount?.uniform, keyCount?.uniform) }

  /// The heads of q in a layer.
  public func queries(layer: Int) -> Int? { queryCount?[layer] }

  /// The heads of k and v in a layer; those of q if the file does not tell.
  public func keys(layer: Int) -> Int? { keyCount?[layer] }
}
