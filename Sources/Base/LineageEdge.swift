// The words of lineage that several modules speak (facts/policy/facts.json, "lineage").

/// What was done to the ancestor to get the child.
public enum Relation: String, Hashable, Sendable, CaseIterable {
  case copy, converted, quantized, pruned, finetuned, continued, merged, adapter
  case distilled, data
  case architecture, evaluated
}

extension Relation {
  /// A word of the vocabulary, or a common other spelling of one: fine-tuned, quantised.
  public init?(spelling: String) {
    switch spelling {
    case "fine-tuned", "finetune", "fine-tune": self = .finetuned
    case "quantised": self = .quantized
    default: self.init(rawValue: spelling)
    }
  }
}

/// How well an edge is known. `stated` is a person's word at a check, or a table's, and counts as
/// `declared` does; `suspected` never gives more than review.
public enum EdgeGrade: String, Hashable, Sendable, CaseIterable {
  case signed, declared, stated, suspected
}

/// Through what the child learned from the ancestor; only for `distilled` and `data`.
public enum EdgeRoute: String, Hashable, Sendable, CaseIterable {
  case weights, outputs, api
}

/// Which way an edge found by measurement points.
public enum EdgeDirection: String, Hashable, Sendable, CaseIterable {
  case known, undetermined
}

/// "Child came from ancestor."
public struct LineageEdge: Equatable, Sendable {
  /// A digest (`sha256:…`) or a name that a card gives.
  public var ancestor: String
  public var child: String
  /// Nil: there is a relation, and it is not known which.
  public var relation: Relation?
  public var grade: EdgeGrade
  public var direction: EdgeDirection
  /// The day the relation was made.
  public var date: CalendarDay?
  public var route: EdgeRoute?
  /// `self` or `third-party`: who made the child.
  public var by: String?
  /// The ancestor's licence on that day.
  public var licence: String?
  public var developer: String?
  public var origin: String?
  /// Who states the edge; only for the grade `stated`.
  public var source: String?

  public init(
    ancestor: String, child: String, relation: Relation?, grade: EdgeGrade,
    direction: EdgeDirection = .known, date: CalendarDay? = nil, route: EdgeRoute? = nil,
    by: String? = nil, licence: String? = nil, developer: String? = nil, origin: String? = nil,
    source: String? = nil
  ) {
    self.ancestor = ancestor
    self.child = child
    self.relation = relation
    self.grade = grade
    self.direction = direction
    self.date = date
    self.route = route
    self.by = by
    self.licence = licence
    self.developer = developer
    self.origin = origin
    self.source = source
  }

  /// The members that are known, in the vocabulary of facts.json.
  public var json: JSON {
    var object: JSONObject = [
      "ancestor": .string(ancestor), "child": .string(child), "grade": .string(grade.rawValue),
      "relation": JSON(relation?.rawValue),
    ]
    if direction == .undetermined { object["direction"] = "undetermined" }
    object["date"] = date.map { .string($0.description) }
    object["route"] = route.map { .string($0.rawValue) }
    object["by"] = by.map(JSON.string)
    object["licence"] = licence.map(JSON.string)
    object["developer"] = developer.map(JSON.string)
    object["origin"] = origin.map(JSON.string)
    object["source"] = source.map(JSON.string)
    return .object(object)
  }
}

extension LineageEdge {
  /// Reads what `json` writes; nil for anything else.
  public init?(json: JSON) {
    func word<Word: RawRepresentable<String>>(_ key: String, _ type: Word.Type) -> Word?? {
      guard let value = json[key], !value.isNull else { return .some(nil) }
      return value.string.flatMap(Word.init(rawValue:)).map { .some($0) }
    }
    guard let ancestor = json["ancestor"]?.string, let child = json["child"]?.string,
      let relation = word("relation", Relation.self), let grade = word("grade", EdgeGrade.self),
      let grade, let direction = word("direction", EdgeDirection.self),
      let route = word("route", EdgeRoute.self)
    else { return nil }
    var date: CalendarDay?
    if let text = json["date"]?.string {
      guard let day = CalendarDay(text) else { return nil }
      date = day
    }
    self.init(
      ancestor: ancestor, child: child, relation: relation, grade: grade,
      direction: direction ?? .known, date: date, route: route, by: json["by"]?.string,
      licence: json["licence"]?.string, developer: json["developer"]?.string,
      origin: json["origin"]?.string, source: json["source"]?.string)
  }
}
