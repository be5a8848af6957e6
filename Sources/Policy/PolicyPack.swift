// A pack: the vocabulary, the rules and the licences that questions are answered with.
//
// Spec: Policies/README.md. Made by PackLoader from files; immutable afterwards.
// Promises: what was loaded passed every check of the loader; the digests name the bytes that
// were read, and every decision carries them.
// Does not: fetch anything, or change while it is used.

import Base

/// One file of a pack and the SHA-256 of its bytes.
public struct PackFile: Equatable, Sendable {
  public let name: String
  public let digest: Digest

  /// A file of a pack by its name and the digest of its bytes.
  public init(name: String, digest: Digest) {
    self.name = name
    self.digest = digest
  }

  public var json: JSON { ["name": .string(name), "sha256": .string(digest.tagged)] }

  /// One digest for a list of files.
  static func digest(of files: [PackFile]) -> Digest {
    sha256(JSON.array(files.map(\.json)).canonicalBytes)
  }
}

/// Rules, facts and licences, compiled. Safe to share between threads.
public final class PolicyPack: Sendable {
  /// The name of the pack, for people: `shipped`, or the directory it came from.
  public let name: String
  public let files: [PackFile]
  /// Scenarios that prove the pack, as they stand in its file.
  public let scenarios: [PolicyScenario]

  let vocabulary: Vocabulary
  let program: Program
  let rules: [Rule]
  /// Of each rule, apart from its texts: what a decision reads.
  let gates: [Gate]
  let spans: [RuleSpan]
  /// Days since 1970-01-01; `Int.max`: never stale.
  let reviewBy: [Int]
  let licences: [ByteName: [Condition]]
  let terms: [ByteName: [ProviderTerms]]
  let wellKnown: WellKnownFacts
  let ruleIndex: [ByteName: Int]
  let conditionIDs: Set<ByteName>
  /// Licences whose conditions were compiled from the catalogue, not written by hand.
  let compiledLicences: Set<ByteName>
  /// Ids of the rules and conditions of the pack that this one extends.
  let inherited: Set<ByteName>
  /// What the catalogue says about each licence under the open-model definition.
  let openStatus: [ByteName: String]

  /// The facts the engine itself knows by name.
  struct WellKnownFacts: Sendable {
    let licence: Int?
    let date: Int?
    let required: [Int]

    init(_ vocabulary: Vocabulary) {
      licence = vocabulary.index["model.licence"]
      date = vocabulary.index["request.date"]
      required = vocabulary.facts.indices.filter { vocabulary.facts[$0].required }
    }
  }

  init(name: String, files: [PackFile], scenarios: [PolicyScenario], parts: PackParts) {
    self.name = name
    self.files = files
    self.scenarios = scenarios
    vocabulary = parts.compiler.vocabulary
    program = parts.compiler.program
    rules = parts.rules
    gates = parts.rules.map(\.clause.gate)
    spans = parts.rules.enumerated().flatMap { index, rule in
      rule.applies.map { RuleSpan(rule: index, from: $0.from, to: $0.to, status: $0.status) }
    }
    reviewBy = parts.rules.map { $0.reviewBy ?? Int.max }
    licences = parts.licences
    terms = parts.terms
    wellKnown = WellKnownFacts(parts.compiler.vocabulary)
    var index: [ByteName: Int] = [:]
    for (position, rule) in parts.rules.enumerated() { index[ByteName(rule.clause.id)] = position }
    ruleIndex = index
    conditionIDs = Set(parts.licences.values.flatMap { $0.map { ByteName($0.clause.id) } })
    compiledLicences = parts.compiledLicences
    inherited = parts.inherited
    openStatus = parts.openStatus
  }

  /// The conditions of a licence; nil when the licence is not known.
  func conditions(of licence: ByteName) -> [Condition]? { licences[licence] }

  /// Whether a rule or condition of this id exists.
  public func knows(_ id: String) -> Bool {
    ruleIndex[ByteName(id)] != nil || conditionIDs.contains(ByteName(id))
  }

  /// Conditions of licences are their licensor's to waive, other rules say so themselves.
  public func isWaivable(_ id: String) -> Bool {
    if let rule = ruleIndex[ByteName(id)] { return rules[rule].waivable }
    return conditionIDs.contains(ByteName(id))
  }

  /// Ids of rules and conditions that can be waived, sorted.
  public var waivableIDs: [String] {
    (Array(ruleIndex.keys) + conditionIDs).filter { isWaivable($0.text) }.sorted().map(\.text)
  }

  /// The vocabulary, for asking people and for documents.
  public var facts: [FactDefinition] { vocabulary.facts }

  /// Whether the pack can answer for a licence.
  public func covers(licence: String) -> Bool { licences[ByteName(licence)] != nil }

  /// Whether the catalogue calls the licence free and open (use, change, redistribution without
  /// limits of field or size); nil when it does not say. A source for `model.licence_free_open`
  /// of grade `stated`.
  public func isFreeAndOpen(licence: String) -> Bool? {
    switch openStatus[ByteName(licence)] {
    case "open": true
    case "not open": false
    default: nil
    }
  }

  /// An edge of a table as this pack can read it: a developer that its vocabulary does not have is
  /// left out, since the table was written for another.
  public func fitting(_ edge: LineageEdge) -> LineageEdge {
    guard let developer = edge.developer,
      let fact = vocabulary.index["model.developer"].map({ vocabulary.facts[$0] }),
      !fact.values.contains(ByteName(developer))
    else { return edge }
    var fitting = edge
    fitting.developer = nil
    return fitting
  }

  public var ruleCount: Int { rules.count }
  public var licenceCount: Int { licences.count }

  /// Names everything that the pack decides by.
  public var digest: Digest { PackFile.digest(of: files) }

  /// What a bare decision names as its basis.
  public var json: JSON {
    [
      "name": .string(name), "rules": JSON(rules.count), "licences": JSON(licences.count),
      "files": .array(files.map(\.json)),
    ]
  }
}

/// What the loader gathers.
struct PackParts: Sendable {
  var compiler = Compiler(vocabulary: Vocabulary())
  var rules: [Rule] = []
  var licences: [ByteName: [Condition]] = [:]
  var compiledLicences: Set<ByteName> = []
  var terms: [ByteName: [ProviderTerms]] = [:]
  var obligationIDs: Set<ByteName> = []
  var ruleIDs: Set<ByteName> = []
  var inherited: Set<ByteName> = []
  var openStatus: [ByteName: String] = [:]
}
