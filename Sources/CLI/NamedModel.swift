// A model on the command line: a path, a digest, or where that makes sense a name.

import Base
import Fingerprint
import Formats
import Ledger
import Register

/// How a model was named.
struct NamedModel {
  /// `sha256:…`, the beginning of one, or a name.
  let identity: String
  /// For people.
  let name: String?
  /// Where it lies, if a path was given.
  let path: String?

  /// The digest, if it is known by one.
  var digest: Digest? { Digest(tagged: identity) }
  var label: String { name ?? identity }

  /// Reads a word of the command line; a path is named by the digest that its files have now.
  ///
  /// Throws `not_found` (exit 4) for a path that is not there; a word that looks like a path is
  /// never taken for a name.
  init(_ text: String, mayBeName: Bool) throws(Problem) {
    if Digest(tagged: text) != nil {
      identity = text
      name = nil
      path = nil
    } else if FileSystem.exists(text) || Self.looksLikePath(text) || !mayBeName {
      let fingerprint = try Fingerprint.compute(
        model: text, filesOnly: true, run: Run(isCancelled: { Interrupt.isRequested }))
      identity = fingerprint.filesRoot.tagged
      name = try ModelLocation(ModelAddress(path: text)).id
      path = text
    } else {
      identity = text
      name = nil
      path = nil
    }
  }

  /// The hexadecimal digits of the beginning of a digest: seven or more; nil for any other word.
  private static func shortDigest(_ text: String) -> String? {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
    let isHex = digits.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
    }
    return (7...64).contains(digits.utf8.count) && isHex ? String(digits) : nil
  }

  private static func looksLikePath(_ text: String) -> Bool {
    text.hasPrefix(".") || text.hasPrefix("/") || text.hasSuffix("/") || text.isEmpty
  }

  /// The digest of a model that the register is asked about: a name stands for the model that was
  /// checked under it, the beginning of a digest for the one model that has it. Throws
  /// `ambiguous_model` if two models do. Nil: no model has this name.
  func digest(in reader: RegisterReader) throws(Problem) -> Digest? {
    if let digest { return digest }
    var known = try reader.models(named: identity)
    if known.isEmpty, let digits = Self.shortDigest(identity) {
      known = try reader.models(digestBeginning: digits)
    }
    guard known.count <= 1 else {
      throw Problem(
        .usage, "ambiguous_model", place: identity,
        reason: "\(known.count) models go by this name",
        remedy: "give the digest: " + known.map(\.tagged).joined(separator: " or "))
    }
    return known.first
  }
}
