// The answer of one check as documents need it: read out of the job's result, with its time.
//
// Every document is a pure function of this value: the same answer at the same time is the same
// bytes. What the result does not hold is not filled in. Names, paths and messages in it come from
// model cards and file names and are hostile; each format escapes them in its own way.

import Audit
import Base
import Crypto

/// One finished check.
public struct CheckSummary: Sendable {
  /// What `check --json` prints, perhaps with the members that a job adds.
  public let result: JSON
  /// When the decision was made, in whole seconds.
  public let time: String

  /// The last part of the model's path.
  let name: String
  /// The 32 bytes that name the model, as 64 lower-case digits.
  let model: String
  /// allow, deny or review.
  let verdict: String
  let files: [File]
  let findings: [JSON]
  let edges: [Edge]
  let licence: Licence
  private let identity: [UInt8]

  struct File {
    let path: String
    let sha256: String
    let byteCount: Int
  }

  struct Licence {
    /// An SPDX expression; nil if the declaration gives none.
    let expression: String?
    let ids: [String]
    let typed: [String]
    let texts: [Text]
    /// Whether declaration and texts were read and nothing contradicts: then, and only then, the
    /// declaration is also what the check concluded.
    let isConcluded: Bool

    struct Text {
      let file: String
      let ids: [String]
      let matches: [JSON]
    }
  }

  struct Edge {
    let json: JSON
    let ancestor: String
    let child: String
    /// Suspected edges accuse nobody: documents keep them apart from the others.
    let isSuspected: Bool
    /// "finetuned; declared", for people.
    let words: String
  }

  /// - Parameters:
  ///   - result: what `check --json` printed, or a job's result.
  ///   - path: where the model lies; its last part is the name if the answer holds none.
  ///   - decidedAt: RFC 3339; without one, the day that the answer holds for stands.
  ///   - identity: a digest over the answer; serial numbers are derived from it.
  /// Nil if it is not the answer of a check.
  public init?(result: JSON, path: String, decidedAt: String, identity: [UInt8]) {
    guard let verdict = result["verdict"]?.string,
      let model = result["model"]?.string.flatMap(Digest.init(tagged:))
    else { return nil }
    let day = result["as_of"]?.string ?? "1970-01-01"
    self.init(
      result: result, name: result["name"]?.string ?? FileSystem.lastComponent(path),
      model: model, verdict: verdict, identity: identity,
      time: Instant(rfc3339: decidedAt).map { Instant(seconds: $0.seconds).rfc3339 }
        ?? "\(day)T00:00:00Z")
  }

  /// An answer of this process.
  public init(_ answer: CheckResult) {
    let result = answer.json()
    self.init(
      result: result, name: answer.name, model: answer.model, verdict: answer.verdict.rawValue,
      identity: SHA256.hash(result.canonicalBytes).bytes,
      time: Instant(seconds: answer.time.seconds).rfc3339)
  }

  private init(
    result: JSON, name: String, model: Digest, verdict: String, identity: [UInt8], time: String
  ) {
    self.result = result
    self.name = name
    self.model = model.hex
    self.verdict = verdict
    self.identity = identity
    self.time = time
    files = (result["identity"]?["files"]?.array ?? []).compactMap { file in
      guard let path = file["path"]?.string,
        let digest = file["sha256"]?.string.flatMap(Digest.init(tagged:))
      else { return nil }
      return File(path: path, sha256: digest.hex, byteCount: file["size"]?.int ?? 0)
    }
    findings = result["findings"]?.array ?? []
    edges = (result["lineage"]?.array ?? []).compactMap(Edge.init)
    licence = Licence(result["licence"])
  }

  /// Names of digests in the model's identity, with their values, sorted.
  var digests: [(name: String, value: String)] {
    ["canonical_values_digest", "files_root", "tensor_set_digest", "weights_digest"].compactMap {
      name in result["identity"]?[name]?.string.map { (name, $0) }
    }
  }

  /// Ancestors in the order of the edges, each once, by the bytes of their names.
  var ancestors: [String] { Self.unique(edges.map(\.ancestor)) }

  /// The edges that lead up from the model without a suspected one between.
  var knownEdges: [Edge] {
    var reached: Set<ByteName> = ["model"]
    var known: [Edge] = []
    var pending = edges.filter { !$0.isSuspected }
    while true {
      let next = pending.filter { reached.contains(ByteName($0.child)) }
      guard !next.isEmpty else { return known }
      pending.removeAll { reached.contains(ByteName($0.child)) }
      known += next
      reached.formUnion(next.map { ByteName($0.ancestor) })
    }
  }

  /// Each name once, in the order of first sight.
  static func unique(_ names: [String]) -> [String] {
    var seen: Set<ByteName> = []
    return names.filter { seen.insert(ByteName($0)).inserted }
  }

  /// A version 8 UUID (RFC 9562) of the answer, its time and the format that it is for.
  func uuid(for format: String) -> String {
    let digest = SHA256.hash(Array("\(format)\n\(time)\n".utf8), identity)
    var bytes = Array(digest.bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Hex.encode(bytes)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }

  /// The sentence under the verdict.
  var meaning: String {
    switch verdict {
    case "allow" where result["decision"]?["waived"]?.array?.isEmpty == false:
      "The files are clean and the licence is recognised; a waiver sets aside what a rule forbids."
    case "allow": "The files are clean, the licence is recognised, and no rule forbids the use."
    case "deny": "The model must not be used here; the errors below say why."
    default: "Nothing was decided: somebody has to look at the points below."
    }
  }
}

extension CheckSummary.Licence {
  init(_ json: JSON?) {
    let declared = json?["declared"]
    let findings = json?["findings"]?.array ?? []
    expression = declared?["expression"]?.string
    ids = (declared?["ids"]?.array ?? []).compactMap(\.string)
    typed = (declared?["typed"]?.array ?? []).compactMap(\.string)
    texts = (json?["detected"]?.array ?? []).map { text in
      Text(
        file: text["file"]?.string ?? "", ids: (text["ids"]?.array ?? []).compactMap(\.string),
        matches: text["licences"]?.array ?? [])
    }
    isConcluded =
      expression != nil && !texts.isEmpty
      && findings.allSatisfy { $0["severity"]?.string == "note" }
  }
}

extension CheckSummary.Edge {
  init?(_ json: JSON) {
    guard let ancestor = json["ancestor"]?.string, let child = json["child"]?.string else {
      return nil
    }
    self.json = json
    self.ancestor = ancestor
    self.child = child
    isSuspected = json["grade"]?.string != "signed" && json["grade"]?.string != "declared"
    let route = json["route"]?.string.map { " through \($0)" } ?? ""
    let direction = json["direction"]?.string == nil ? "" : "; direction not known"
    let relation = json["relation"]?.string ?? "relation not known"
    words = "\(relation)\(route); \(json["grade"]?.string ?? "suspected")\(direction)"
  }

  /// The digest of the ancestor, if it is known by one.
  var digest: Digest? { Digest(tagged: ancestor) }
}
