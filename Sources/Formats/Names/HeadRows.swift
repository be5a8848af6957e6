// The order of rows that llama.cpp's converters give to queries and keys, undone.
//
// `LlamaModel.permute` (`conversion/llama.py`) reshapes the rows of a head from [2, d/2] to
// [d/2, 2], so that neighbouring rows are rotated together: stored row 2j + s of a head is row
// s·d/2 + j of the original. Blocks of quantised types lie within a row, so whole rows move.

/// Rows of heads whose two halves are stored alternately.
public struct HeadRows: Hashable, Sendable {
  /// Rows of one head; even.
  public let perHead: Int

  /// Nil if the rows do not divide into heads of an even number of rows.
  public init?(rowCount: Int, headCount: Int) {
    guard rowCount >= 0, headCount > 0, rowCount % headCount == 0 else { return nil }
    self.init(perHead: rowCount / headCount)
  }

  /// Nil if the number is odd or negative.
  public init?(perHead: Int) {
    guard perHead >= 0, perHead % 2 == 0 else { return nil }
    self.perHead = perHead
  }

  /// The stored row that belongs at `row` of the original: h·d + s·d/2 + j comes from
  /// h·d + 2j + s.
  public func source(of row: Int) -> Int {
    guard perHead > 0 else { return row }
    let within = row % perHead
    let half = perHead / 2
    return row - within + 2 * (within % half) + within / half
  }
}
