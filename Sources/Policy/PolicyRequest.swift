// A question: what is asked, by whom, about which model, with which sources.
//
// Spec: Policies/README.md, "Facts"; the JSON form is that of assay.scenarios/1.
// Promises: a question does not depend on a pack; names and types are checked against the
// vocabulary of the pack that answers, and a fault names its JSON pointer.
// Does not: fill in anything. What is not said is unknown.

import Base

/// A value that a person set where sources contradict each other or are silent.
public struct FactOverride: Equatable, Sendable {
  public var fact: String
  public var value: JSON
  public var by: String
  public var reason: String

  public init(fact: String, value: JSON, by: String, reason: String) {
    self.fact = fact
    self.value = value
    self.by = by
    self.reason = reason
  }
}

/// A place that is known to lie within others, though not which it is. It counts only while nobody
/// gives the fact.
public struct FactBound: Equatable, Sendable {
  public var fact: String
  /// Codes of regions.
  public var regions: [String]

  public init(_ fact: String, within regions: [String]) {
    self.fact = fact
    self.regions = regions
  }
}

/// What is asked of a pack.
public struct PolicyRequest: Equatable, Sendable {
  /// One value from one source.
  public struct Statement: Equatable, Sendable {
    public var fact: String
    public var value: JSON
    public var grade: FactGrade
    public var origin: String?
    /// JSON pointers, for messages: of the value, and of the name it was said under.
    public var place: String
    public var namePlace: String
  }

  public var id: String
  public var statements: [Statement] = []
  /// The model asked about is the node `model`.
  public var edges: [LineageEdge] = []
  public var horizon: Horizon
  public var waivers: [Waiver] = []
  public var overrides: [FactOverride] = []
  /// What is known of facts that nobody gave.
  public var bounds: [FactBound] = []

  public init(id: String = "", asOf: CalendarDay, horizon: Horizon = .inForce) {
    self.id = id
    self.horizon = horizon
    state("request.date", .string(asOf.description), grade: .declared)
  }

  init(id: String, horizon: Horizon) {
    self.id = id
    self.horizon = horizon
  }

  /// Adds what a source says. A null says nothing. Two sources of one fact stay side by side.
  public mutating func state(
    _ fact: String, _ value: JSON, grade: FactGrade, origin: String? = nil
  ) {
    let parts = fact.split(separator: ".", maxSplits: 1)
    let section = parts.count == 2 && parts[0] == "request" ? "request" : "facts"
    let key = section == "request" ? String(parts[1]) : fact
    let place = "/\(section)/\(PolicyReader.escaped(key))"
    state(fact, value, grade: grade, origin: origin, place: place, namePlace: place)
  }

  mutating func state(
    _ fact: String, _ value: JSON, grade: FactGrade, origin: String?, place: String,
    namePlace: String
  ) {
    statements.append(
      Statement(
        fact: fact, value: value, grade: grade, origin: origin, place: place,
        namePlace: namePlace))
  }
}
