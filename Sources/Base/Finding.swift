// Something a rule or a reader of files noticed. The same form on the command line, in reports
// and over HTTP.

/// How much a finding weighs; SARIF's words.
public enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
  case note, warning, error

  private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
  public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}

/// One finding: which rule, how grave, what, where.
public struct Finding: Equatable, Sendable {
  /// The rule's id; SARIF's ruleId.
  public var id: String
  public var severity: Severity
  /// One sentence for people.
  public var message: String
  /// File, tensor, line or JSON pointer.
  public var place: String?
  /// Further keys of the JSON form, such as the facts that were used and the citation.
  public var details: JSONObject

  public init(
    id: String, severity: Severity, message: String, place: String? = nil,
    details: JSONObject = [:]
  ) {
    self.id = id
    self.severity = severity
    self.message = message
    self.place = place
    self.details = details
  }

  /// `{"id", "severity", "message", "place"?, …details}`.
  public var json: JSON {
    var object = details
    object["id"] = .string(id)
    object["severity"] = .string(severity.rawValue)
    object["message"] = .string(message)
    if let place { object["place"] = .string(place) }
    return .object(object)
  }
}

extension Finding {
  /// Reads what `json` writes; nil if it is no finding.
  public init?(json: JSON) {
    guard var object = json.object, let id = object["id"]?.string,
      let severity = object["severity"]?.string.flatMap(Severity.init(rawValue:))
    else { return nil }
    self.init(
      id: id, severity: severity, message: object["message"]?.string ?? "",
      place: object["place"]?.string)
    for key in ["id", "severity", "message", "place"] { object[key] = nil }
    details = object
  }
}

// MARK: Duties

extension Finding {
  /// The member that says when what a finding asks for is owed.
  public static let owedKey = "owed_when"

  /// When a duty binds.
  public enum OwedWhen: String, Sendable {
    /// Whoever gives copies on.
    case passedOn = "passed on"
    /// Also whoever lets others use the model as a service.
    case passedOnOrHosted = "passed on or hosted"
  }

  /// When the duty that it tells of binds; nil if it tells of none.
  public var owedWhen: OwedWhen? { details[Self.owedKey]?.string.flatMap(OwedWhen.init) }

  /// Whether it tells of a duty that only binds whoever passes the model on, or hosts it.
  public var isOwedWhenPassedOn: Bool { owedWhen != nil }

  /// The same to whoever asks for a use: a duty is no fault of the model, and the use decides
  /// whether it binds.
  public var asDuty: Finding {
    guard isOwedWhenPassedOn else { return self }
    var duty = self
    duty.severity = min(severity, .warning)
    return duty
  }
}
