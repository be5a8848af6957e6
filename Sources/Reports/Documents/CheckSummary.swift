// The answer of one check at its time, as documents need it.
//
// Every document is a pure function of this value: the same answer at the same time is the same
// bytes. Names, paths and messages in it come from model cards and file names and are hostile; each
// format escapes them in its own way.

import Audit
import Base
import Crypto
import Licensing
import Policy
import Register

/// One finished check.
public struct CheckSummary: Sendable {
  public let answer: CheckAnswer
  /// When the decision was made, in whole seconds.
  public let time: String
  private let identity: [UInt8]

  /// An answer that was made at some time before.
  /// - Parameters:
  ///   - decidedAt: RFC 3339; without one, the day that the answer holds for stands.
  ///   - identity: a digest over the answer as it is stored; serial numbers are derived from it.
  public init(_ answer: CheckAnswer, decidedAt: String, identity: Digest) {
    self.answer = answer
    self.identity = identity.bytes
    time =
      Instant(rfc3339: decidedAt).map { Instant(seconds: $0.seconds).rfc3339 }
      ?? "\(answer.asOf)T00:00:00Z"
  }

  /// An answer of this process.
  public init(_ result: CheckResult) {
    self.init(
      CheckAnswer(result), decidedAt: result.time.rfc3339,
      identity: SHA256.hash(result.json().canonicalBytes))
  }

  /// Names of digests in the model's identity, with their values, sorted.
  var digests: [(name: String, value: Digest)] {
    let weights = answer.identity.weights
    let all: [(String, Digest?)] = [
      ("canonical_values_digest", weights?.canonicalValues),
      ("files_root", answer.identity.filesRoot), ("tensor_set_digest", weights?.tensorSet),
      ("weights_digest", weights?.weights),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  /// Ancestors in the order of the edges, each once, by the bytes of their names.
  var ancestors: [String] { Self.unique(answer.lineage.map(\.ancestor)) }

  /// The edges that lead up from the model without a suspected one between.
  var knownEdges: [LineageEdge] {
    var reached: Set<ByteName> = [ByteName(ModelLineage.node)]
    var known: [LineageEdge] = []
    var pending = answer.lineage.filter { !$0.isSuspected }
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
    switch answer.verdict {
    case .allow where answer.decision?.waived.isEmpty == false:
      "A waiver sets aside what a rule forbids; nothing else stands against the use."
    case .allow: "Nothing about the files, the licence or the rules stands against the use."
    case .deny: "The model must not be used here; the errors below say why."
    case .review: "Nothing was decided: somebody has to look at the points below."
    }
  }
}

extension LicenceReport {
  /// Whether declaration and texts were read and nothing contradicts: then, and only then, the
  /// declaration is also what the check concluded.
  var isConcluded: Bool {
    declared.expression != nil && !detected.isEmpty && findings.allSatisfy { $0.severity == .note }
  }
}

extension LineageEdge {
  /// Suspected edges accuse nobody: documents keep them apart from the others.
  var isSuspected: Bool { grade == .suspected }

  /// "finetuned; declared", for people.
  var words: String {
    let route = route.map { " through \($0.rawValue)" } ?? ""
    let direction = direction == .undetermined ? "; direction not known" : ""
    return "\(relation?.rawValue ?? "relation not known")\(route); \(grade.rawValue)\(direction)"
  }
}

extension Finding {
  /// "error licence.missing: a sentence (place)", as an annotation says it.
  var annotation: String {
    "\(severity.rawValue) \(id): \(message)" + (place.map { " (\($0))" } ?? "")
  }
}
