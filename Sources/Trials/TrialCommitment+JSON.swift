// The commitment of a customer, once it is revealed:
//
//   {"commitment":"sha256:…","secret_hex":…,"prompts":n,"pairs_sha256"?:"sha256:…","beacon_hex"?:…}

import Base
import Evidence

extension TrialCommitment {
  var json: JSON {
    var object: JSONObject = [
      "commitment": .string(commitment.tagged), "secret_hex": .string(Hex.encode(secret)),
      "prompts": JSON(pairCount),
    ]
    object["pairs_sha256"] = pairsDigest.map { .string($0.tagged) }
    if !beacon.isEmpty { object["beacon_hex"] = .string(Hex.encode(beacon)) }
    return .object(object)
  }
}

extension TrialFiles {
  /// Reads the commitment of a customer.
  public static func commitment(_ file: String) throws(Problem) -> TrialCommitment {
    let json = try object(file)
    guard let commitment = json["commitment"]?.string.flatMap(Digest.init(tagged:)),
      let secret = json["secret_hex"]?.string.flatMap({ Hex.decode($0) }),
      let count = json["prompts"]?.int, (1...pairsMax).contains(count)
    else { throw bad(file, "\"commitment\", \"secret_hex\" and \"prompts\" are needed") }
    guard let beacon = Hex.decode(json["beacon_hex"]?.string ?? "") else {
      throw bad(file, "\"beacon_hex\" is not lower-case hex")
    }
    return TrialCommitment(
      commitment: commitment, secret: secret, pairCount: count,
      pairsDigest: json["pairs_sha256"]?.string.flatMap(Digest.init(tagged:)), beacon: beacon)
  }
}
