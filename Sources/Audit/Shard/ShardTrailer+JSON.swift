// The last line of a part as JSON.

import Base
import Crypto

extension ShardTrailer {
  var json: JSON {
    var object = basis.json.object ?? [:]
    object["shard"] = JSON(shard.index)
    object["of"] = JSON(shard.count)
    object["items"] = JSON(itemCount)
    object["records"] = .string(records.tagged)
    object["models"] = .string(models.tagged)
    object["complete"] = true
    return .object(object)
  }

  /// Nil for any line that is no trailer.
  init?(line: [UInt8]) {
    guard let json = try? JSON.parse(line), json["complete"]?.bool == true,
      let index = json["shard"]?.int, let count = json["of"]?.int,
      let manifest = json["manifest"]?.string.flatMap(Digest.init(tagged:)),
      let records = json["records"]?.string.flatMap(Digest.init(tagged:)),
      let models = json["models"]?.string.flatMap(Digest.init(tagged:)),
      let policy = json["policy"]?.string.flatMap(Digest.init(tagged:)),
      let engine = json["engine_version"]?.string, let items = json["items"]?.int,
      let profile = json["profile"]
    else { return nil }
    let digest = profile.string.flatMap(Digest.init(tagged:))
    guard profile.isNull || digest != nil else { return nil }
    self.init(
      shard: Shard(index: index, count: count),
      basis: ShardBasis(manifest: manifest, policy: policy, profile: digest, engine: engine),
      itemCount: items, records: records, models: models)
  }
}
