// A line of the record of deliveries:
//
//   {"customer":…,"index":i,"line_sha256":"sha256:…","number":n,"salt_hex":…,"time":…}
//   {"number":n,"salt_hex":…,"time":…,"torn_bytes":k,"torn_sha256":"sha256:…"}

import Base

extension TrialDelivery {
  /// Reads a line without its end; nil if it is none, or not in the form that is written.
  init?(line: some Sequence<UInt8>) {
    let bytes = Array(line)
    guard let json = try? JSON.parse(bytes), let number = json["number"]?.int, number >= 0,
      let time = json["time"]?.string.flatMap(Instant.init(rfc3339:)),
      let salt = json["salt_hex"]?.string.flatMap({ Hex.decode($0) }),
      salt.count == Self.saltByteCount
    else { return nil }
    if let index = json["index"]?.int, let customer = json["customer"]?.string, index >= 0,
      let digest = json["line_sha256"]?.string.flatMap(Digest.init(tagged:))
    {
      content = .line(index: index, customer: customer, digest: digest)
    } else if let count = json["torn_bytes"]?.int, count > 0,
      let digest = json["torn_sha256"]?.string.flatMap(Digest.init(tagged:))
    {
      content = .torn(byteCount: count, digest: digest)
    } else {
      return nil
    }
    self.number = number
    self.time = time
    self.salt = salt
    guard self.bytes == bytes else { return nil }
  }

  /// The line, without its end.
  var bytes: [UInt8] {
    var object: JSONObject = [
      "number": JSON(number), "time": .string(time.rfc3339),
      "salt_hex": .string(Hex.encode(salt)),
    ]
    switch content {
    case .line(let index, let customer, let digest):
      object["index"] = JSON(index)
      object["customer"] = .string(customer)
      object["line_sha256"] = .string(digest.tagged)
    case .torn(let byteCount, let digest):
      object["torn_bytes"] = JSON(byteCount)
      object["torn_sha256"] = .string(digest.tagged)
    }
    return JSON.object(object).canonicalBytes
  }
}
