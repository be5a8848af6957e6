// The key file of a trial:
//
//   {"schema":"assay.trial-key/1","customers":[{"name":…,"secret_hex":…}],"salt_key_hex":…,
//    "sampler":{"model":…,"tokens":…,"temperature":…,"generator":…,"seed":…}|null}

import Base
import Evidence

extension TrialSampler {
  /// Without the seed.
  var publicJSON: JSON {
    [
      "model": .string(model.tagged), "tokens": JSON(tokenCount),
      "temperature": JSON(temperature), "generator": .string(Self.generator),
    ]
  }

  var json: JSON {
    var object = publicJSON.object ?? [:]
    object["seed"] = .number(JSONNumber(seed))
    return .object(object)
  }

  init?(_ json: JSON) {
    guard let model = json["model"]?.string.flatMap(Digest.init(tagged:)),
      let tokens = json["tokens"]?.int, let temperature = json["temperature"]?.double,
      case .number(let seed)? = json["seed"], let value = seed.uint64
    else { return nil }
    self.init(model: model, tokenCount: tokens, temperature: temperature, seed: value)
  }
}

extension TrialSecret {
  /// Reads a key file.
  init(file: String) throws(Problem) {
    let json = try TrialFiles.object(file)
    let listed = json["customers"]?.array ?? []
    let customers = listed.compactMap { item -> TrialCustomer? in
      guard let name = item["name"]?.string, TrialCustomer.isName(name),
        let secret = item["secret_hex"]?.string.flatMap({ Hex.decode($0) }),
        secret.count == TrialCommitment.secretByteCount
      else { return nil }
      return TrialCustomer(name: name, secret: secret)
    }
    let sampler = json["sampler"] ?? .null
    let known = TrialSampler(sampler)
    guard json["schema"]?.string == Self.schema, !listed.isEmpty,
      customers.count == listed.count, listed.count <= Self.customersMax,
      let saltKey = json["salt_key_hex"]?.string.flatMap({ Hex.decode($0) }),
      saltKey.count == TrialCommitment.secretByteCount, sampler.isNull || known != nil
    else { throw TrialFiles.bad(file, "this is not the key of a trial") }
    self.init(customers: customers, saltKey: saltKey, sampler: known)
  }

  var json: JSON {
    [
      "schema": .string(Self.schema),
      "customers": .array(
        customers.map {
          ["name": .string($0.name), "secret_hex": .string(Hex.encode($0.secret))]
        }),
      "salt_key_hex": .string(Hex.encode(saltKey)), "sampler": sampler?.json ?? .null,
    ]
  }
}
