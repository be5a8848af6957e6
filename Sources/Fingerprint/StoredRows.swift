// The order in which a converter stored the rows of one tensor.

import Formats

/// Where rows of the library's order lie in a stored tensor.
enum StoredRows: Equatable, Sendable {
  /// The two halves of each head alternate.
  case heads(HeadRows)
  /// All of q, all of k, all of v, where the library has them by groups of heads.
  case groups(GroupRows)

  /// The stored row that belongs at `row`.
  func source(of row: Int) -> Int {
    switch self {
    case .heads(let rows): rows.source(of: row)
    case .groups(let rows): rows.source(of: row)
    }
  }
}
