// The record of an output test as JSON, written and read. Reading is strict: every index, count
// and length is checked, because a pack comes from a stranger.
//
//   {"models":[{"id","tokenizer","nats_per_byte","training_text":[…],"relatives":[…]}],
//    "suspect":i,"references":[i],"panel":[i],"seed":n,"correlations":[[…]],"beta":x,
//    "plain":[{"js","kl","tv","top1"}],
//    "contrasts":[{"reference":[i],"rival":i,"members":[i],"positions":[n],"sums":[[…]]}],
//    "confirmations":[{"contrast":{…},"left_out":x,"left_out_most":x,"reason":"…"}],
//    "confirms_all":true}
//
// Indices count `models`. `positions[d]` is the number of positions of document d, `sums[m][d]` the
// sum of member m's local contrast over them. A number that is not finite is null. The last two
// keys, and `reason`, are left out where there is nothing to say.

import Base

extension PanelRecord {
  static let modelsMax = 4096
  static let documentsMax = 1 << 16
  static let positionsMax = 1 << 24

  public var json: JSON {
    var object: JSONObject = [
      "models": .array(models.map(\.json)), "suspect": JSON(suspect),
      "references": indices(references), "panel": indices(panel),
      "seed": .number(JSONNumber(seed)),
      "correlations": .array(correlations.map { .array($0.map { JSON($0) }) }),
      "beta": JSON(beta), "plain": .array(plain.map(\.json)),
      "contrasts": .array(contrasts.map(\.json)),
    ]
    if !confirmations.isEmpty {
      object["confirmations"] = .array(confirmations.map(\.recordJSON))
    }
    if confirmsAll { object["confirms_all"] = true }
    return .object(object)
  }

  /// Reads a record. Throws `malformed` with the place as a JSON pointer.
  public init(json: JSON) throws(Problem) {
    let models = try list(json, "/models", atMost: Self.modelsMax)
    guard !models.isEmpty else { throw malformed("/models", "there are no models") }
    let count = models.count
    var read: [Model] = []
    for (index, model) in models.enumerated() {
      read.append(try Model(json: model, at: "/models/\(index)", count: count))
    }
    guard let suspect = json["suspect"]?.int, read.indices.contains(suspect) else {
      throw malformed("/suspect", "an index of a model is wanted")
    }
    guard let seed = json["seed"]?.number?.uint64 else {
      throw malformed("/seed", "a whole number is wanted")
    }
    let references = try places(json, "/references", below: count)
    let panel = try places(json, "/panel", below: count)
    guard Set(references).count == references.count, Set(panel).count == panel.count else {
      throw malformed("/references", "a model stands twice among references or panel")
    }
    let correlations = try list(json, "/correlations", atMost: references.count)
    let plain = try list(json, "/plain", atMost: references.count)
    guard correlations.count == references.count, plain.count == references.count else {
      throw malformed("/correlations", "one row for each reference is wanted")
    }
    self.init(
      models: read, suspect: suspect, references: references, panel: panel, seed: seed,
      correlations: try correlations.enumerated().map { (index, row) throws(Problem) in
        try numbers(row, count: count, at: "/correlations/\(index)")
      },
      beta: json["beta"]?.double ?? .nan,
      plain: try plain.enumerated().map { (index, item) throws(Problem) in
        try PlainSimilarity(json: item, at: "/plain/\(index)")
      })
    let limit = references.count * 2
    for (index, item) in try list(json, "/contrasts", atMost: limit).enumerated() {
      contrasts.append(try LocalContrast(json: item, at: "/contrasts/\(index)", models: count))
    }
    confirmsAll = json["confirms_all"]?.bool ?? false
    guard json["confirmations"] != nil else { return }
    for (index, item) in try list(json, "/confirmations", atMost: limit).enumerated() {
      confirmations.append(
        try Confirmation(json: item, at: "/confirmations/\(index)", models: count))
    }
  }
}

extension PanelRecord.Model {
  var json: JSON {
    [
      "id": .string(id), "tokenizer": .string(tokenizer.tagged),
      "nats_per_byte": JSON(natsPerByte), "training_text": JSON(trainingText),
      "relatives": indices(relatives.sorted()),
    ]
  }

  init(json: JSON, at place: String, count: Int) throws(Problem) {
    guard let id = json["id"]?.string,
      let tokenizer = json["tokenizer"]?.string.flatMap(Digest.init(tagged:)),
      let tags = json["training_text"]?.array
    else { throw malformed(place, "id, tokenizer and training_text are wanted") }
    self.init(
      id: id, tokenizer: tokenizer, natsPerByte: json["nats_per_byte"]?.double ?? .nan,
      trainingText: tags.compactMap(\.string),
      relatives: Set(try places(json, "/relatives", below: count)))
  }
}

extension PlainSimilarity {
  fileprivate init(json: JSON, at place: String) throws(Problem) {
    func number(_ key: String) throws(Problem) -> Double {
      guard let value = json[key], value.isNull || value.double != nil else {
        throw malformed("\(place)/\(key)", "a number or null is wanted")
      }
      return value.double ?? .nan
    }
    self.init(
      jensenShannon: try number("js"), kullbackLeibler: try number("kl"),
      totalVariation: try number("tv"), topAgreement: try number("top1"))
  }
}

extension LocalContrast {
  var json: JSON {
    [
      "reference": indices(reference), "rival": JSON(rival), "members": indices(members),
      "positions": indices(counts),
      "sums": .array(sums.map { .array($0.map { JSON($0) }) }),
    ]
  }

  init(json: JSON, at place: String, models: Int) throws(Problem) {
    let reference = try places(json, "/reference", below: models)
    let members = try places(json, "/members", below: models)
    guard let rival = json["rival"]?.int, (0..<models).contains(rival), members.count >= 2,
      Set(members).count == members.count
    else { throw malformed(place, "a rival and at least two different members are wanted") }
    let counts = try list(json, "/positions", atMost: PanelRecord.documentsMax).compactMap(\.int)
    guard !counts.isEmpty, counts.count == json["positions"]?.array?.count,
      counts.allSatisfy({ (0...PanelRecord.positionsMax).contains($0) })
    else { throw malformed(place + "/positions", "numbers of positions are wanted") }
    let rows = try list(json, "/sums", atMost: members.count)
    guard rows.count == members.count else {
      throw malformed(place + "/sums", "one row for each member is wanted")
    }
    self.init(
      reference: reference, rival: rival, members: members,
      sums: try rows.enumerated().map { (index, row) throws(Problem) in
        try numbers(row, count: counts.count, at: "\(place)/sums/\(index)")
      }, counts: counts)
  }
}

extension Confirmation {
  var recordJSON: JSON {
    var object: JSONObject = [
      "contrast": contrast.json, "left_out": JSON(leftOut), "left_out_most": JSON(leftOutMost),
    ]
    if let reason { object["reason"] = .string(reason) }
    return .object(object)
  }

  init(json: JSON, at place: String, models: Int) throws(Problem) {
    self.init(
      contrast: try LocalContrast(
        json: json["contrast"] ?? .null, at: place + "/contrast", models: models),
      leftOut: json["left_out"]?.double ?? .nan, leftOutMost: json["left_out_most"]?.double ?? .nan,
      reason: json["reason"]?.string)
  }
}

// MARK: Parts

private func indices(_ values: [Int]) -> JSON { .array(values.map { JSON($0) }) }

/// `pointer` is a slash and the key.
private func list(_ json: JSON, _ pointer: String, atMost limit: Int) throws(Problem) -> [JSON] {
  guard let values = json[String(pointer.dropFirst())]?.array, values.count <= limit else {
    throw malformed(pointer, "a list of at most \(limit) is wanted")
  }
  return values
}

private func places(_ json: JSON, _ pointer: String, below count: Int) throws(Problem) -> [Int] {
  let values = try list(json, pointer, atMost: count)
  let read = values.compactMap(\.int)
  guard read.count == values.count, read.allSatisfy({ (0..<count).contains($0) }) else {
    throw malformed(pointer, "indices below \(count) are wanted")
  }
  return read
}

private func numbers(_ json: JSON, count: Int, at place: String) throws(Problem) -> [Double] {
  guard let values = json.array, values.count == count else {
    throw malformed(place, "\(count) numbers are wanted")
  }
  return values.map { $0.double ?? .nan }
}

private func malformed(_ place: String, _ reason: String) -> Problem {
  Problem(.malformed, "bad_record", place: place, reason: "record of an output test: \(reason)")
}
