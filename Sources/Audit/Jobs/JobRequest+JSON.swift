// Requests for jobs as JSON: the bodies of POST /v1/checks, /v1/comparisons and /v1/reports, and
// the form a queue keeps. Reading is strict, and each fault names its place by a JSON pointer,
// because a misspelt key that is ignored is a check that was not made.

import Base
import State

/// One fault of a JSON body.
public struct BodyFault: Error, Equatable, Sendable {
  /// RFC 6901; empty for the whole body.
  public let pointer: String
  public let detail: String

  public init(_ pointer: String, _ detail: String) {
    self.pointer = pointer
    self.detail = detail
  }
}

extension JobRequest {
  private static let pathBytesMax = 4096
  private static let modelsMax = 256

  /// The body that asks for this job.
  public var json: JSON {
    var object = JSONObject()
    switch self {
    case .check(let task):
      object["path"] = .string(task.path)
      object["policy"] = task.policy.map(JSON.string)
      object["profile"] = .string(task.depth.rawValue)
      switch task.profile {
      case .configured: break
      case .stored(let name): object["as"] = .string(name)
      case .given(_, let facts): object["facts"] = facts
      }
    case .comparison(let task):
      switch task.suspects {
      case .one(let path): object["suspect"] = .string(path)
      case .several(let paths): object["suspects"] = JSON(paths)
      case .below(let directory): object["suspects"] = .string(directory)
      }
      object["references"] = JSON(task.references)
      if !task.panel.isEmpty { object["panel"] = JSON(task.panel) }
      object["only"] = task.only.map { .string($0.rawValue) }
    case .report(let from, let to, let models):
      object["kind"] = "audit"
      object["from"] = .string(from.rfc3339)
      object["to"] = .string(to.rfc3339)
      if !models.isEmpty { object["models"] = JSON(models.map(\.tagged)) }
    case .decide: break
    }
    return .object(object)
  }

  /// Reads a body of the given kind.
  public init(kind: String, json: JSON) throws(BodyFault) {
    guard let object = json.object else { throw BodyFault("", "an object is wanted") }
    switch kind {
    case "check": self = try Self.check(object)
    case "comparison": self = try Self.comparison(object)
    case "report": self = try Self.report(object)
    case "decide":
      try Self.refuseOthers(object, than: [])
      self = .decide
    default: throw BodyFault("/kind", "check, comparison, report and decide are the kinds of job")
    }
  }

  private static func check(_ object: JSONObject) throws(BodyFault) -> JobRequest {
    try refuseOthers(object, than: ["path", "policy", "profile", "facts", "as"])
    var task = CheckTask(path: try absolutePath(object["path"], at: "/path"))
    if let value = object["policy"] {
      guard let text = value.string, !text.isEmpty, text.utf8.count <= 64 else {
        throw BodyFault("/policy", "the name of a policy is wanted")
      }
      task.policy = text
    }
    if let value = object["profile"] {
      guard let known = value.string.flatMap(CheckDepth.init(rawValue:)) else {
        throw BodyFault("/profile", "quick or full is wanted")
      }
      task.depth = known
    }
    if let facts = object["facts"] {
      guard object["as"] == nil else { throw BodyFault("/as", "facts and as exclude each other") }
      guard facts.object != nil else { throw BodyFault("/facts", "an object of facts is wanted") }
      task.profile = .given(name: "request", facts: facts)
    } else if let value = object["as"] {
      guard let name = value.string, StoredProfile.isName(name) else {
        throw BodyFault("/as", "the name of a stored profile is wanted")
      }
      task.profile = .stored(name)
    }
    return .check(task)
  }

  private static func comparison(_ object: JSONObject) throws(BodyFault) -> JobRequest {
    try refuseOthers(object, than: ["suspect", "suspects", "references", "panel", "only", "seed"])
    if let seed = object["seed"] {
      // Comparisons draw nothing at random; a seed is accepted so that requests can be repeated.
      guard let number = seed.int, number >= 0 else {
        throw BodyFault("/seed", "a whole number from 0 is wanted")
      }
    }
    let references = try paths(object["references"], at: "/references")
    guard !references.isEmpty else {
      throw BodyFault("/references", "at least one reference is wanted")
    }
    var task = ComparisonTask(suspects: try suspects(object), references: references)
    if let value = object["only"] {
      guard let known = value.string.flatMap(ComparisonTask.Line.init(rawValue:)) else {
        throw BodyFault("/only", "weights or outputs is wanted")
      }
      task.only = known
    }
    task.panel = object["panel"] == nil ? [] : try paths(object["panel"], at: "/panel")
    return .comparison(task)
  }

  private static func suspects(
    _ object: JSONObject
  ) throws(BodyFault) -> ComparisonTask.Suspects {
    guard let several = object["suspects"] else {
      return .one(try absolutePath(object["suspect"], at: "/suspect"))
    }
    guard object["suspect"] == nil else {
      throw BodyFault("/suspect", "suspect and suspects exclude each other")
    }
    guard several.array != nil else { return .below(try absolutePath(several, at: "/suspects")) }
    let list = try paths(several, at: "/suspects")
    guard !list.isEmpty else { throw BodyFault("/suspects", "at least one suspect is wanted") }
    return .several(list)
  }

  private static func report(_ object: JSONObject) throws(BodyFault) -> JobRequest {
    try refuseOthers(object, than: ["kind", "from", "to", "models"])
    guard object["kind"]?.string == "audit" else { throw BodyFault("/kind", "audit is wanted") }
    let from = try instant(object["from"], at: "/from")
    let to = try instant(object["to"], at: "/to")
    guard from <= to else { throw BodyFault("/to", "the span ends before it begins") }
    var models: [Digest] = []
    if let value = object["models"] {
      guard let list = value.array, list.count <= modelsMax else {
        throw BodyFault("/models", "a list of at most \(modelsMax) digests is wanted")
      }
      for (index, item) in list.enumerated() {
        guard let digest = item.string.flatMap(Digest.init(tagged:)) else {
          throw BodyFault("/models/\(index)", "sha256: and 64 hexadecimal digits are wanted")
        }
        models.append(digest)
      }
    }
    return .report(from: from, to: to, models: models)
  }

  // MARK: Parts

  private static func refuseOthers(
    _ object: JSONObject, than known: Set<String>
  ) throws(BodyFault) {
    for key in object.keys where !known.contains(key) {
      throw BodyFault("/" + escaped(key), "this key is not known here")
    }
  }

  private static func escaped(_ key: String) -> String {
    var text = ""
    for character in key.unicodeScalars.prefix(100) {
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }

  private static func absolutePath(_ value: JSON?, at pointer: String) throws(BodyFault) -> String {
    guard let value else { throw BodyFault(pointer, "it is missing") }
    guard let text = value.string, text.utf8.first == UInt8(ascii: "/"),
      text.utf8.count <= pathBytesMax, !text.utf8.contains(0)
    else { throw BodyFault(pointer, "an absolute path of at most \(pathBytesMax) bytes is wanted") }
    return text
  }

  private static func paths(_ value: JSON?, at pointer: String) throws(BodyFault) -> [String] {
    guard let value else { throw BodyFault(pointer, "it is missing") }
    guard let list = value.array, list.count <= modelsMax else {
      throw BodyFault(pointer, "a list of at most \(modelsMax) paths is wanted")
    }
    var paths: [String] = []
    for (index, item) in list.enumerated() {
      paths.append(try absolutePath(item, at: "\(pointer)/\(index)"))
    }
    return paths
  }

  private static func instant(_ value: JSON?, at pointer: String) throws(BodyFault) -> Instant {
    guard let value else { throw BodyFault(pointer, "it is missing") }
    guard let instant = value.string.flatMap(Instant.init(rfc3339:)) else {
      throw BodyFault(pointer, "an RFC 3339 time is wanted")
    }
    return instant
  }
}
