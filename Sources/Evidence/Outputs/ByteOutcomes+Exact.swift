// Exact byte distributions as outcomes that can be contrasted.

import Base
import CKernels

extension ByteOutcomes {
  /// Below this a probability does not move a logarithm that has `BucketMap.floor` added.
  static let exactMin = BucketMap.floor / 10

  /// From the probabilities of outcomes at each position, given by code (`ByteBucket.code`), which
  /// is below `ByteBucket.codeCount`.
  public init(
    id: String, tokenizer: Digest, natsPerByte: Double, positions: [OutcomePosition],
    exact: [[(code: Int32, probability: Double)]]
  ) {
    precondition(exact.count == positions.count, "a distribution for each position")
    let rows = exact.map { row in row.filter { $0.probability >= Self.exactMin } }
    var column = [Int](repeating: -1, count: ByteBucket.codeCount)
    for (code, _) in rows.joined() { column[Int(code)] = 0 }
    let codes = column.indices.filter { column[$0] == 0 }
    for (place, code) in codes.enumerated() { column[code] = place }
    let buckets = codes.map { ByteBucket(code: Int32($0)) }
    var values = [Float](
      repeating: Float(ck_log(BucketMap.floor)), count: rows.count * buckets.count)
    for (row, outcomes) in rows.enumerated() {
      for (code, probability) in outcomes {
        values[row * buckets.count + column[Int(code)]] = Float(
          ck_log(probability + BucketMap.floor))
      }
    }
    self.init(
      id: id, tokenizer: tokenizer, buckets: buckets, positions: positions,
      logProbabilities: values, natsPerByte: natsPerByte)
  }
}
