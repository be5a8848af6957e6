// A statement before it is signed: what a job hands back to whoever owns the ledger.
//
// Promises: a plain value; two are equal if type, subjects and predicate are. Does not: sign,
// append or look into the predicate.

import Base

/// A statement that a job wants signed: an in-toto predicate about subjects named by digest.
public struct JobStatement: Equatable, Sendable {
  public struct Subject: Equatable, Sendable {
    public let name: String
    public let digest: Digest

    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  public let predicateType: String
  public let subjects: [Subject]
  public let predicate: JSON

  public init(predicateType: String, subjects: [Subject], predicate: JSON) {
    self.predicateType = predicateType
    self.subjects = subjects
    self.predicate = predicate
  }
}
