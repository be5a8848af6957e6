// The part of a model in a merge as JSON, among the members of its relation.
//
//   {"method":"linear"|"slerp","kind":the same,"share","spread","residual","tensors"}
//   {"method":"task-arithmetic","coefficients":[a,b],"spread","residual","explained","tensors"}
//   {"method":"ties"|"dare","coefficients":[…],"explained","entries","shares":[…]}
//
// and with each {"rivals_tried":[{"explanation","residual"}],"base"?:id}, then for a parent
// {"with":id|[id],"share_of_this_reference":x}, for a base {"with":[id],"role":"base"}.

import Base

extension MergePart {
  var members: JSONObject {
    var object = fit.members
    object["rivals_tried"] = .array(
      alternatives.map {
        ["explanation": .string($0.explanation), "residual": JSON($0.residual)]
      })
    if let base { object["base"] = .string(base) }
    switch role {
    case .parent(let share):
      object["with"] = others.count == 1 ? .string(others[0]) : JSON(others)
      object["share_of_this_reference"] = JSON(share)
    case .base:
      object["with"] = JSON(others)
      object["role"] = "base"
    }
    return object
  }

  /// Nil if the relation says nothing of a part.
  init?(_ reader: AnswerReader) throws(Problem) {
    guard let with = reader.member("with") else { return nil }
    let role: Role
    if let share = try reader.number("share_of_this_reference") {
      role = .parent(share: share)
    } else if try reader.text("role") == "base" {
      role = .base
    } else {
      throw reader.malformed("role", "a share, or the role of a base, is wanted")
    }
    let others: [String]
    if let other = with.string { others = [other] } else { others = try reader.texts("with") }
    self.init(
      role: role, others: others,
      base: try reader.text("base"), fit: try MergeFit(reader),
      alternatives: try reader.objects("rivals_tried").map { item throws(Problem) in
        MergeAlternative(
          try item.needed("explanation", item.text("explanation")),
          residual: try item.number("residual") ?? .nan)
      })
  }
}

extension MergeFit {
  private static let taskArithmetic = "task-arithmetic"

  fileprivate var members: JSONObject {
    switch self {
    case .mixture(let kind, let share, let spread, let residual, let tensors):
      [
        "kind": .string(kind.rawValue), "method": .string(kind.rawValue), "share": JSON(share),
        "spread": JSON(spread), "residual": JSON(residual), "tensors": JSON(tensors),
      ]
    case .arithmetic(let coefficients, let spread, let residual, let explained, let tensors):
      [
        "method": .string(Self.taskArithmetic),
        "coefficients": .array(coefficients.map { JSON($0) }), "spread": JSON(spread),
        "residual": JSON(residual), "explained": JSON(explained), "tensors": JSON(tensors),
      ]
    case .sparse(let method, let coefficients, let explained, let entries, let shares):
      [
        "method": .string(method.rawValue),
        "coefficients": .array(coefficients.map { JSON($0) }), "explained": JSON(explained),
        "entries": JSON(entries), "shares": .array(shares.map { JSON($0) }),
      ]
    }
  }

  fileprivate init(_ reader: AnswerReader) throws(Problem) {
    func number(_ key: String) throws(Problem) -> Double { try reader.number(key) ?? .nan }
    let method = try reader.needed("method", reader.text("method"))
    if let kind = MixtureFit.Kind(rawValue: method) {
      self = .mixture(
        kind: kind, share: try number("share"), spread: try number("spread"),
        residual: try number("residual"), tensors: try reader.whole("tensors") ?? 0)
    } else if let method = SparseMergeFit.Method(rawValue: method) {
      self = .sparse(
        method: method, coefficients: try reader.numbers("coefficients"),
        explained: try number("explained"), entries: try reader.whole("entries") ?? 0,
        shares: try reader.numbers("shares"))
    } else if ByteName(method) == ByteName(Self.taskArithmetic) {
      self = .arithmetic(
        coefficients: try reader.numbers("coefficients"), spread: try number("spread"),
        residual: try number("residual"), explained: try number("explained"),
        tensors: try reader.whole("tensors") ?? 0)
    } else {
      throw reader.malformed("method", "a method of merging is wanted")
    }
  }
}
