// Digests as lists and pages print them: twelve digits, which commands take for the whole.
//
// Does not: stand in JSON, which has the whole digest.

extension Digest {
  /// The beginning of the digest, for people.
  public var short: String { String(hex.prefix(12)) }

  /// A name, or a digest in its short form.
  public static func label(_ identity: String) -> String {
    Digest(tagged: identity)?.short ?? identity
  }
}
