// The last line of a part as JSON.

import Base
import Crypto

extension ShardTrailer {
  var json: JSON {
    [
      "shard": JSON(shard.index), "of": JSON(shard.count),
      "manifest": .string(basis.manifest.tagged), "items": JSON(itemCount),
      "records": .string(records.tagged), "engine_version": .string(basis.engine),
      "policy": .string(basis.policy.tagged), "complete": true,
    ]
  }

  /// Nil for any line that is no trailer.
  init?(line: [UInt8]) {
    guard let json = try? JSON.parse(line), json["complete"]?.bool == true,
      let index = json["shard"]?.int, let count = json["of"]?.int,
      let manifest = json["manifest"]?.string.flatMap(Digest.init(tagged:)),
      let records = json["records"]?.string.flatMap(Digest.init(tagged:)),
      let policy = json["policy"]?.string.flatMap(Digest.init(tagged:)),
      let engine = json["engine_version"]?.string, let items = json["items"]?.int
    else { return nil }
    self.init(
      shard: Shard(index: index, count: count),
      basis: ShardBasis(manifest: manifest, policy: policy, engine: engine), itemCount: items,
      records: records)
  }
}
