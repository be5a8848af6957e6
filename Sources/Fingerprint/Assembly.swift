// A tensor of the library's files that a converter wrote turned, taken apart or changed.
//
// Says for each row of the original where its values lie in the stored tensors. Sources:
// `conversion/gpt2.py` (transposed), `deepseek.py` (keys transposed head by head, values apart),
// `gpt_oss.py` (experts transposed, gate and up apart, MXFP4 repacked), `granite.py` (gate and up
// apart), `baichuan.py`, `internlm.py` (q, k, v apart), `gemma.py`, `nemotron.py` (one added).
// Every order is a bijection of stored values: no two originals become one.

import Base
import Formats

/// One tensor of the library's files and what it is made of.
struct Assembly: Sendable {
  /// In which order its values are taken.
  enum Order: Equatable, Sendable {
    /// As they lie, each less a number.
    case less(Float)
    /// Matrices [rows, columns] turned to [columns, rows].
    case transposed(rows: Int, columns: Int)
    /// For each head the rows of the first part, stored [columns, keys], then those of the
    /// second, stored [values, columns].
    case latent(keys: Int, values: Int, columns: Int)
    /// Matrices [rows, columns] of two parts turned to one [columns, 2 · rows], whose values are
    /// of the two parts in turn.
    case alternating(rows: Int, columns: Int)
    /// For each expert the rows of the first part, then those of the second.
    case stacked(rows: Int, columns: Int)
    /// The rows of all parts, whose own rows may be moved, as one; then in the order of groups.
    case joined(Joined)
    /// The codes of MXFP4 blocks as the library packs them: neighbours in one byte. With two
    /// parts their rows alternate.
    case microscaledCodes(rowBlocks: Int)
    /// The scales of those.
    case microscaledScales(rowBlocks: Int)
  }

  /// Rows of q, k and v put together.
  struct Joined: Equatable, Sendable {
    let columns: Int
    /// Rows of each part.
    let counts: [Int]
    /// How rows of each part are stored.
    let rows: [StoredRows?]
    let groups: GroupRows?
  }

  let name: ByteName
  let shape: [Int]
  /// Indices of the stored tensors.
  let parts: [Int]
  let order: Order

  /// Where the values of one row lie: in the parts from `part` on, in turn; from value `start`,
  /// then every `stride` values.
  struct Source: Equatable {
    var part = 0
    var start: Int
    var stride = 1
  }

  /// Values, or for codes bytes, in one row of the original as it is taken.
  var rowLength: Int {
    switch order {
    case .less: shape.reduce(1, *)
    case .transposed(let rows, _): rows
    case .latent(_, _, let columns), .stacked(_, let columns): columns
    case .alternating(let rows, _): 2 * rows
    case .joined(let joined): joined.columns
    case .microscaledCodes(let blocks): 16 * blocks
    case .microscaledScales(let blocks): blocks
    }
  }

  /// How many parts give the values of one row in turn.
  var partsInTurn: Int { if case .alternating = order { 2 } else { 1 } }

  /// Whether bytes are taken, not numbers.
  var isOfCodes: Bool {
    switch order {
    case .microscaledCodes, .microscaledScales: true
    default: false
    }
  }

  /// Where a row lies; for codes, in blocks.
  func source(of row: Int) -> Source {
    switch order {
    case .less: return Source(start: 0)
    case .transposed(let rows, let columns):
      return Source(start: row / columns * rows * columns + row % columns, stride: columns)
    case .alternating(let rows, let columns):
      return Source(start: row / columns * rows * columns + row % columns, stride: columns)
    case .latent(let keys, let values, let columns):
      let (head, within) = (row / (keys + values), row % (keys + values))
      return within < keys
        ? Source(start: head * columns * keys + within, stride: keys)
        : Source(part: 1, start: (head * values + within - keys) * columns)
    case .stacked(let rows, let columns):
      let (expert, within) = (row / (2 * rows), row % (2 * rows))
      return Source(part: within / rows, start: (expert * rows + within % rows) * columns)
    case .joined(let joined):
      var stored = joined.groups?.source(of: row) ?? row
      var part = 0
      while part + 1 < joined.counts.count, stored >= joined.counts[part] {
        stored -= joined.counts[part]
        part += 1
      }
      return Source(
        part: part, start: (joined.rows[part]?.source(of: stored) ?? stored) * joined.columns)
    case .microscaledCodes(let blocks), .microscaledScales(let blocks):
      return Source(part: row % parts.count, start: row / parts.count * blocks)
    }
  }
}
