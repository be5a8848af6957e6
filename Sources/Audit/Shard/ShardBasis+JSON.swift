// What a part rests on, and a line of a journal, as JSON.

import Base

extension ShardJournal.Entry {
  var line: [UInt8] {
    JSON.object(["record": record.json, "stamp": .string(stamp.tagged)]).canonicalBytes
  }

  /// Nil for a line that was cut, or that is none.
  init?(line: [UInt8]) {
    guard let json = try? JSON.parse(line), let record = json["record"].flatMap(ShardRecord.init),
      let stamp = json["stamp"]?.string.flatMap(Digest.init(tagged:))
    else { return nil }
    self.init(record: record, stamp: stamp)
  }
}

extension ShardBasis {
  var json: JSON {
    [
      "manifest": .string(manifest.tagged), "policy": .string(policy.tagged),
      "profile": JSON(profile?.tagged), "engine_version": .string(engine),
    ]
  }
}
