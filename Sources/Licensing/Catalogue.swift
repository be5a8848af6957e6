// What licences oblige to: facts from Policies/licences.json and the licences of known models from
// Policies/models.json, both carried by the program. Recognition takes only names from them.
//
// A fact has a confidence; `low` must never decide alone. Entries whose text we do not recognise
// were not read in full.

import Base
import CEmbedded

/// One licence, policy or set of service terms.
public struct LicenceFacts: Sendable {
  public let id: String
  public let name: String
  /// Who wrote it and grants it, as the text says; nil if it is anybody's to use.
  public let publisher: String?
  public let family: String
  /// `licence`, `policy`, `service-terms`.
  public let kind: String
  public let conditions: [Condition]
  /// What it says about `use`, `commercial`, `train_on_outputs` and so on.
  public let permissions: [String: Fact]
  /// Whether its terms reach a model made by `fine_tune`, `trained_on_outputs` and so on.
  public let derivative: [String: Fact]

  /// A value and how sure we are of it.
  public struct Fact: Sendable {
    public let value: String
    public let confidence: String
    public let clause: String?
    public var isLow: Bool { confidence == "low" }
  }

  /// One condition with its typed fields.
  public struct Condition: Sendable {
    public let type: String
    public let fields: JSON
    public var clause: String? { fields["clause"]?.string }
    public var isLow: Bool { fields["confidence"]?.string == "low" }
    public subscript(key: String) -> String? { fields[key]?.string }
  }

  public func conditions(_ type: String) -> [Condition] { conditions.filter { $0.type == type } }
  public func has(_ type: String) -> Bool { conditions.contains { $0.type == type } }

  /// Whether it grants nothing at all.
  public var grantsNothing: Bool { permissions["use"]?.value == "no" }
}

/// All licences, and the models and data sets whose licence is known.
public struct Catalogue: Sendable {
  public let licences: [String: LicenceFacts]
  /// The Hub's id, or a common `license_name`, to licences of that name, oldest first.
  public let hubIndex: [String: [String]]
  public private(set) var models: [String: Model] = [:]
  public private(set) var dataSets: [String: DataSet] = [:]
  /// By the name that stands before the slash.
  public private(set) var organisations: [String: Organisation] = [:]

  /// Who stands behind a name of the Hub.
  public struct Organisation: Equatable, Sendable {
    /// A value of `model.developer`.
    public let developer: String
    /// The country of its headquarters; nil if it has none.
    public let origin: String?
  }

  public struct Model: Sendable {
    /// Nil if its publisher names none.
    public let licence: String?
    public let bases: [String]
  }

  public struct DataSet: Sendable {
    public let licence: String?
    /// Models whose outputs it holds; " (service)" behind a name means a service's terms.
    public let generators: [String]
  }

  /// What the program carries; read once.
  public static let shipped: Catalogue = {
    do throws(Problem) {
      var catalogue = try unsafe Catalogue(
        licences: embedded(ce_policy_licences(), "licences.json"))
      try unsafe catalogue.add(models: embedded(ce_policy_models(), "models.json"), "models.json")
      return catalogue
    } catch {
      preconditionFailure("the embedded catalogue is damaged: \(error)")
    }
  }()

  /// The shipped catalogue with a user's table of models added.
  public static func shipped(with models: JSON?) throws(Problem) -> Catalogue {
    guard let models else { return shipped }
    var catalogue = shipped
    try catalogue.add(models: models, "--models")
    return catalogue
  }

  private static func embedded(_ data: ce_data, _ name: String) throws(Problem) -> JSON {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data.bytes, count: data.count))
    do throws(JSONError) { return try JSON.parse(bytes) } catch { throw error.problem(file: name) }
  }

  init(licences json: JSON) throws(Problem) {
    var licences: [String: LicenceFacts] = [:]
    for (position, entry) in (json["licences"]?.array ?? []).enumerated() {
      guard let facts = LicenceFacts(entry) else {
        throw Problem(
          .malformed, "bad_value", place: "licences.json#/licences/\(position)",
          reason: "a licence has id, name, family, kind and conditions with types")
      }
      licences[facts.id] = facts
    }
    self.licences = licences
    var index: [String: [String]] = [:]
    for (key, value) in json["hf_index"]?.object ?? [:] {
      index[key] = (value.array ?? []).compactMap(\.string)
    }
    hubIndex = index
  }

  /// Adds models and data sets, or replaces those of the same name.
  public mutating func add(models json: JSON, _ place: String) throws(Problem) {
    guard let entries = json["models"]?.object else {
      throw Problem(
        .malformed, "bad_value", place: "\(place)#/models",
        reason: "a table of models is an object of names", remedy: "see Policies/models.json")
    }
    for (name, entry) in entries {
      models[name] = Model(
        licence: entry["licence"]?.string,
        bases: (entry["base_model"]?.array ?? []).compactMap(\.string))
    }
    for (name, entry) in json["organisations"]?.object ?? [:] {
      guard let developer = entry["developer"]?.string else { continue }
      organisations[name] = Organisation(developer: developer, origin: entry["origin"]?.string)
    }
    for (name, entry) in json["datasets"]?.object ?? [:] {
      dataSets[name] = DataSet(
        licence: entry["licence"]?.string,
        generators: (entry["generated_by"]?.array ?? []).compactMap(\.string))
    }
  }

  /// The licences behind an id of the Hub or a `license_name`; empty if nobody knows it.
  public func named(_ name: String) -> [String] {
    hubIndex[name] ?? hubIndex[Expression.folded(name)] ?? []
  }

  /// The newest of several texts under one name: the last one whose text we recognise.
  public func newest(_ ids: [String]) -> String? {
    let known = Set(Licensing.knownTexts)
    return ids.last { known.contains($0) } ?? ids.last
  }
}

extension LicenceFacts {
  init?(_ json: JSON) {
    guard let id = json["id"]?.string, let name = json["name"]?.string,
      let family = json["family"]?.string, let kind = json["kind"]?.string,
      let list = json["conditions"]?.array
    else { return nil }
    var conditions: [Condition] = []
    for entry in list {
      guard let type = entry["type"]?.string else { return nil }
      conditions.append(Condition(type: type, fields: entry))
    }
    self.id = id
    self.name = name
    publisher = json["publisher"]?.string
    self.family = family
    self.kind = kind
    self.conditions = conditions
    permissions = Self.facts(json["permissions"])
    derivative = Self.facts(json["derivative"])
  }

  private static func facts(_ json: JSON?) -> [String: Fact] {
    var facts: [String: Fact] = [:]
    for (key, value) in json?.object ?? [:] {
      facts[key] = Fact(
        value: value["value"]?.string ?? "unclear",
        confidence: value["confidence"]?.string ?? "low", clause: value["clause"]?.string)
    }
    return facts
  }
}
