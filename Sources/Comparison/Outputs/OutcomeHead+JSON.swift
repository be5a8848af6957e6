// What stands before the rows of a model's outcomes:
//
//   {"buckets":[code],"nats_per_byte":x,"positions":[[document,byte]],"tokenizer":digest,
//    "reported"?:[[column]]}
//
// A recording has no file, only the digest of one: what it reported is written and never read.

import Base
import Evidence

/// Everything of a model's outcomes but the rows.
struct OutcomeHead: Equatable, Sendable {
  let tokenizer: Digest
  let buckets: [ByteBucket]
  let positions: [OutcomePosition]
  let natsPerByte: Double
  /// Of a recording: the columns that it reported, by position.
  let reported: [[Int]]?

  init(_ outcomes: ByteOutcomes) {
    tokenizer = outcomes.tokenizer
    buckets = outcomes.buckets
    positions = outcomes.positions
    natsPerByte = outcomes.natsPerByte
    reported = outcomes.reported
  }
}

extension OutcomeHead {
  var json: JSON {
    var object: JSONObject = [
      "buckets": .array(buckets.map { JSON(Int($0.code)) }),
      "nats_per_byte": JSON(natsPerByte),
      "positions": .array(positions.map { [JSON($0.document), JSON($0.byte)] }),
      "tokenizer": .string(tokenizer.tagged),
    ]
    if let reported {
      object["reported"] = .array(reported.map { .array($0.map { JSON($0) }) })
    }
    return .object(object)
  }

  /// Nil if it is no head: the file then counts as absent.
  init?(parsing bytes: [UInt8]) {
    guard let json = try? JSON.parse(bytes),
      let tokenizer = json["tokenizer"]?.string.flatMap(Digest.init(tagged:)),
      let codes = json["buckets"]?.array, let pairs = json["positions"]?.array,
      let nats = json["nats_per_byte"]?.double
    else { return nil }
    let positions = pairs.compactMap { pair -> OutcomePosition? in
      guard let document = pair[0]?.int, let byte = pair[1]?.int else { return nil }
      return OutcomePosition(document: document, byte: byte)
    }
    let buckets = codes.compactMap { code in
      code.int.flatMap { Int32(exactly: $0) }.map(ByteBucket.init(code:))
    }
    guard positions.count == pairs.count, buckets.count == codes.count else { return nil }
    self.tokenizer = tokenizer
    self.buckets = buckets
    self.positions = positions
    natsPerByte = nats
    reported = nil
  }
}
