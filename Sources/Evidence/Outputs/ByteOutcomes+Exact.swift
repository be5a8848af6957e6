// Exact byte distributions as outcomes that can be contrasted.

import Base
import CKernels

extension ByteOutcomes {
  /// Below this a probability does not move a logarithm that has `BucketMap.floor` added.
  static let exactMin = 1e-9

  /// From the probabilities of outcomes at each position, given by code (`ByteBucket.code`).
  public init(
    id: String, tokenizer: Digest, natsPerByte: Double, positions: [OutcomePosition],
    exact: [[(code: Int32, probability: Double)]]
  ) {
    precondition(exact.count == positions.count, "a distribution for each position")
    let rows = exact.map { row in row.filter { $0.probability >= Self.exactMin } }
    let buckets = Set(rows.joined().map { ByteBucket(code: $0.code) }).sorted()
    let column = Dictionary(uniqueKeysWithValues: zip(buckets, buckets.indices))
    var values = [Float](
      repeating: Float(ck_log(BucketMap.floor)), count: rows.count * buckets.count)
    for (row, outcomes) in rows.enumerated() {
      for (code, probability) in outcomes {
        guard let place = column[ByteBucket(code: code)] else { continue }
        values[row * buckets.count + place] = Float(ck_log(probability + BucketMap.floor))
      }
    }
    self.init(
      id: id, tokenizer: tokenizer, buckets: buckets, positions: positions,
      logProbabilities: values, natsPerByte: natsPerByte)
  }
}
