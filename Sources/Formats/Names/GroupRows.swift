// The order of rows where query, key and value are one tensor, undone.
//
// llama.cpp's converters (`conversion/gpt_neox.py`, `bloom.py`, `falcon.py`) regroup what the
// library keeps group by group (the heads of q that share a head of k and v, then k, then v) to all
// of q, all of k, all of v. Whole rows move, a bias with them.

/// Rows of a fused tensor, stored part by part, in the order of its groups.
public struct GroupRows: Hashable, Sendable {
  /// Heads of k and v.
  public let groups: Int
  /// Heads of q in each.
  public let headsPerGroup: Int
  /// Rows of one head.
  public let perHead: Int

  /// Nil if the rows do not divide into such heads.
  public init?(rowCount: Int, headCount: Int, groupCount: Int) {
    guard rowCount > 0, groupCount > 0, headCount > 0, headCount % groupCount == 0,
      headCount <= rowCount, groupCount <= rowCount
    else { return nil }
    let heads = headCount + 2 * groupCount
    guard rowCount % heads == 0 else { return nil }
    groups = groupCount
    headsPerGroup = headCount / groupCount
    perHead = rowCount / heads
  }

  /// The stored row that belongs at `row` of the library's order.
  public func source(of row: Int) -> Int {
    let queries = headsPerGroup * perHead
    let size = queries + 2 * perHead
    let (group, within) = (row / size, row % size)
    if within < queries { return group * queries + within }
    let isValue = within >= queries + perHead
    let start = groups * (queries + (isValue ? perHead : 0))
    return start + group * perHead + (within - queries) % perHead
  }
}
