// Digests as lists print them: twelve digits, which commands take for the whole.
//
// Does not: stand in JSON, which has the whole digest.

import Base

extension Digest {
  /// The beginning of the digest, for people.
  var short: String { String(hex.prefix(12)) }

  /// A name, or a digest in its short form.
  static func label(_ identity: String) -> String {
    Digest(tagged: identity)?.short ?? identity
  }
}
