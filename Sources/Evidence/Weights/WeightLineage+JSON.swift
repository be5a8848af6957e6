// The answer of the weight line as JSON.
//
//   {"verdict","relation":nearest|null,"relations":[…],"relation_details":[{"relation",…}],
//    "direction","p_value","log10_p_value","log10_e_value","exact","comparisons_adjusted_for",
//    "sentence","rungs":[…],"p_adjusted"?,"findings"?,"unread_parameters"?,"packing"?:[…],
//    "details"?:{"layer_map"?:[[suspect,reference]],"tensors_compared"?,
//                "tensors_without_partner"?,"names"?}}
//
// A statement of the ledger holds verdict, relation, direction, log10_p_value and exact of it, and
// is read by the same reader.

import Base

extension WeightLineage {
  private static let placedByContent =
    "placed by shape and content; the names are not known"

  public var json: JSON {
    var object: JSONObject = [
      "verdict": .string(verdict.rawValue),
      "relation": JSON(relations.first?.relation.rawValue),
      "relations": JSON(relations.map(\.relation.rawValue)),
      "relation_details": .array(relations.map(\.json)),
      "direction": .string(direction.rawValue),
      "p_value": p.map { JSON($0.value) } ?? .null,
      "log10_p_value": p.map { JSON($0.log10) } ?? .null,
      "log10_e_value": log10E.map { JSON($0) } ?? .null,
      "exact": .bool(p?.isExact ?? isCertificate),
      "comparisons_adjusted_for": JSON(comparisons),
      "sentence": .string(sentence),
      "rungs": .array(rungs.map(\.json)),
    ]
    if let p { object["p_adjusted"] = JSON(p.adjusted(for: comparisons).value) }
    if !findings.isEmpty { object["findings"] = .array(findings.map(\.json)) }
    if unreadParameters > 0 || !packing.isEmpty {
      object["unread_parameters"] = JSON(unreadParameters)
      object["packing"] = JSON(packing)
    }
    if line != nil || isPlacedByContent { object["details"] = .object(descriptions) }
    return .object(object)
  }

  private var descriptions: JSONObject {
    var object: JSONObject = line?.members ?? [:]
    if isPlacedByContent { object["names"] = .string(Self.placedByContent) }
    return object
  }

  /// What a statement of the ledger holds.
  public var summary: JSON {
    [
      "verdict": .string(verdict.rawValue), "relation": JSON(relations.first?.relation.rawValue),
      "direction": .string(direction.rawValue),
      "log10_p_value": p.map { JSON($0.log10) } ?? .null,
      "exact": .bool(p?.isExact ?? isCertificate),
    ]
  }

  public init(_ reader: AnswerReader) throws(Problem) {
    let details = try reader.object("details")
    let isExact = try reader.flag("exact") ?? false
    self.init(
      verdict: try reader.needed("verdict", reader.word("verdict", as: WeightVerdict.self)),
      sentence: try reader.text("sentence") ?? "",
      relations: try Self.relations(reader),
      direction: try reader.word("direction", as: LineageDirection.self) ?? .undetermined,
      p: try reader.number("log10_p_value").map { TailBound(log10: $0, isExact: isExact) },
      log10E: try reader.number("log10_e_value"),
      comparisons: try reader.whole("comparisons_adjusted_for") ?? 1,
      rungs: try reader.objects("rungs").map { item throws(Problem) in try Rung(item) },
      findings: try reader.values("findings", "a finding is wanted") { Finding(json: $0) })
    line = try details.flatMap { details throws(Problem) in try TensorLine(details) }
    isPlacedByContent = try details?.text("names") != nil
    unreadParameters = try reader.number("unread_parameters") ?? 0
    packing = try reader.texts("packing")
  }

  /// With their numbers, or of a statement the nearest one alone.
  private static func relations(_ reader: AnswerReader) throws(Problem) -> [RelationFinding] {
    let whole = try reader.objects("relation_details")
    guard whole.isEmpty else {
      return try whole.map { item throws(Problem) in try RelationFinding(item) }
    }
    return try reader.word("relation", as: WeightRelation.self).map { [RelationFinding($0)] } ?? []
  }
}

extension TensorLine {
  fileprivate var members: JSONObject {
    var object: JSONObject = [
      "layer_map": .array(layers.map { [JSON($0.suspect), JSON($0.reference)] }),
      "tensors_compared": JSON(comparedCount),
    ]
    if !unpaired.isEmpty { object["tensors_without_partner"] = JSON(unpaired) }
    return object
  }

  /// Nil if the members are not there.
  fileprivate init?(_ reader: AnswerReader) throws(Problem) {
    guard let count = try reader.whole("tensors_compared") else { return nil }
    self.init(
      layers: try reader.values("layer_map", "pairs of layers are wanted") { pair in
        guard pair.array?.count == 2, let suspect = pair[0]?.int, let reference = pair[1]?.int
        else { return nil }
        return LayerPair(suspect: suspect, reference: reference)
      },
      comparedCount: count, unpaired: try reader.texts("tensors_without_partner"))
  }
}

extension RelationFinding {
  var json: JSON {
    var object = merge?.members ?? details
    object["relation"] = .string(relation.rawValue)
    return .object(object)
  }

  init(_ reader: AnswerReader) throws(Problem) {
    let relation = try reader.needed(
      "relation", reader.word("relation", as: WeightRelation.self))
    if relation == .merged, let merge = try MergePart(reader) {
      self.init(merge: merge)
    } else {
      self.init(relation, reader.members(without: ["relation"]))
    }
  }
}
