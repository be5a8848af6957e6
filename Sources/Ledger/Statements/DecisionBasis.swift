// What a decision rests on, as its statement names it: rules, the one who asks, entries of the log,
// and the catalogue that the licences were recognised with.

import Base
import Crypto

/// The rules that were asked.
public struct PolicyReference: Equatable, Sendable {
  /// Where the rules come from, so that they can be asked again as they are then.
  public enum Source: Equatable, Sendable {
    /// The pack that the program carries.
    case shipped
    /// A pack that was stored in the state under this name.
    case stored(String)
    /// A directory that the configuration of the state names.
    case configured(String)
    /// A directory of the machine that was asked.
    case directory(String)
  }

  /// `shipped`, or the pack's own name.
  public var name: String
  /// Of every file of the pack.
  public var digest: Digest
  public var source: Source

  public init(name: String, digest: Digest, source: Source) {
    self.name = name
    self.digest = digest
    self.source = source
  }

  /// The directory of this machine that the rules were read from, if they were.
  public var directory: String? {
    if case .directory(let path) = source { path } else { nil }
  }

  public var json: JSON {
    var object: JSONObject = ["name": .string(name), "digest": .string(digest.tagged)]
    switch source {
    case .shipped: object["source"] = "shipped"
    case .stored(let place):
      object["source"] = "stored"
      object["place"] = .string(place)
    case .configured(let place):
      object["source"] = "configured"
      object["place"] = .string(place)
    case .directory(let place):
      object["source"] = "directory"
      object["place"] = .string(place)
    }
    return .object(object)
  }

  init(_ reader: PredicateReader) throws(Problem) {
    name = try reader.filled("name")
    guard let digest = try reader.digest("digest") else {
      throw reader.malformed("digest", "a digest is needed")
    }
    self.digest = digest
    switch try reader.filled("source") {
    case "shipped": source = .shipped
    case "stored": source = .stored(try reader.filled("place"))
    case "configured": source = .configured(try reader.filled("place"))
    case "directory": source = .directory(try reader.filled("place"))
    default: throw reader.malformed("source", "this source of rules is not known")
    }
  }
}

/// The facts about the one who asks.
public struct ProfileReference: Equatable, Sendable {
  /// Where the facts come from.
  public enum Source: String, Sendable {
    /// `profile` in config.json of the state; named `default`.
    case configuration
    /// A profile that was stored in the state; named as it was stored.
    case stored
    /// Given with the question; its facts are kept as they were.
    case given
  }

  public var name: String
  /// Of the canonical JSON of the facts.
  public var digest: Digest
  public var source: Source

  public init(name: String, digest: Digest, source: Source) {
    self.name = name
    self.digest = digest
    self.source = source
  }

  public var json: JSON {
    [
      "name": .string(name), "digest": .string(digest.tagged),
      "source": .string(source.rawValue),
    ]
  }

  init(_ reader: PredicateReader) throws(Problem) {
    name = try reader.filled("name")
    guard let digest = try reader.digest("digest"),
      let source = try reader.word("source", as: Source.self)
    else { throw reader.malformed("source", "a digest and a source are needed") }
    self.digest = digest
    self.source = source
  }
}

/// What of the log a decision used.
public struct DecisionBasis: Equatable, Sendable {
  /// A licence that the log knows of another model, and the check that recorded it.
  public struct KnownLicence: Equatable, Sendable {
    /// `sha256:…`
    public var model: String
    /// Nil: its own check left the licence open.
    public var licence: String?
    public var entry: Int

    public init(model: String, licence: String?, entry: Int) {
      self.model = model
      self.licence = licence
      self.entry = entry
    }
  }

  /// Edges on the paths up from the model, by entry, ascending.
  public var edges: [Int] = []
  /// Waivers for the model that were not withdrawn, by entry, ascending.
  public var waivers: [Int] = []
  /// Conclusions behind the edges, and retractions of edges that would be on the paths.
  public var others: [Int] = []
  /// Entries about these models that cannot be relied on.
  public var faults: [Int] = []
  /// Licences of ancestors, and of models with the same weights, by digest.
  public var licences: [KnownLicence] = []
  /// Of the texts and tables that licences were recognised with.
  public var catalogue: Digest

  public init(catalogue: Digest) { self.catalogue = catalogue }

  /// Every entry that was used, ascending.
  public var ledgerEntries: [Int] {
    Set(edges + waivers + others + faults + licences.map(\.entry)).sorted()
  }

  public var json: JSON {
    [
      "ledger_entries": Self.list(ledgerEntries), "edges": Self.list(edges),
      "waivers": Self.list(waivers), "others": Self.list(others), "faults": Self.list(faults),
      "licences": .array(
        licences.map { known in
          [
            "model": .string(known.model), "licence": JSON(known.licence),
            "entry": JSON(known.entry),
          ]
        }),
      "catalogue": .string(catalogue.tagged),
    ]
  }

  private static func list(_ entries: [Int]) -> JSON { .array(entries.map { JSON($0) }) }

  init(_ reader: PredicateReader) throws(Problem) {
    guard let catalogue = try reader.digest("catalogue") else {
      throw reader.malformed("catalogue", "a digest is needed")
    }
    self.init(catalogue: catalogue)
    edges = try reader.indices("edges")
    waivers = try reader.indices("waivers")
    others = try reader.indices("others")
    faults = try reader.indices("faults")
    for item in try reader.objects("licences") {
      guard let entry = try item.index("entry") else {
        throw item.malformed("entry", "an index is needed")
      }
      licences.append(
        KnownLicence(
          model: try item.filled("model"), licence: try item.text("licence"), entry: entry))
    }
  }
}

/// Why a decision was made anew.
public struct DecisionCause: Equatable, Sendable {
  public enum Event: String, Sendable, CaseIterable {
    case edge, conclusion, retraction
    case waiver
    case waiverWithdrawn = "waiver_withdrawn"
    case waiverEnded = "waiver_ended"
    case ancestorLicence = "ancestor_licence"
    case policy, catalogue, profile, files
    case ruleDay = "rule_day"
    /// Asked again, and nothing had changed.
    case check
  }

  public var event: Event
  /// The entry that did it.
  public var entry: Int?
  /// One sentence for people.
  public var detail: String

  public init(_ event: Event, entry: Int? = nil, detail: String) {
    self.event = event
    self.entry = entry
    self.detail = detail
  }

  public var json: JSON {
    var object: JSONObject = [
      "event": .string(event.rawValue), "detail": .string(detail),
    ]
    object["ledger_index"] = entry.map { JSON($0) }
    return .object(object)
  }

  init(_ reader: PredicateReader) throws(Problem) {
    guard let event = try reader.word("event", as: Event.self) else {
      throw reader.malformed("event", "an event is needed")
    }
    self.event = event
    entry = try reader.index("ledger_index")
    detail = try reader.filled("detail")
  }
}
