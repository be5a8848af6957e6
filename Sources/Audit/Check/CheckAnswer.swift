// The answer of a check as documents tell it: verdict, identity, findings, licence, lineage, and
// what is to be done. It is made of a check of this process, or read back out of a job's stored
// result (`CheckAnswer+JSON.swift`); both give the same value.
//
// Does not hold what no document shows: the basis of a decision, the profile, facts and sentences
// of the rules, and where the check stands in the log.

import Base
import Licensing
import Policy

/// One finished check.
public struct CheckAnswer: Equatable, Sendable {
  public let verdict: Verdict
  /// The digest that names the model: `files_root`.
  public let model: Digest
  /// The last part of the path.
  public let name: String
  /// The day that the answer is for.
  public let asOf: CalendarDay
  public let identity: Identity
  /// Of all parts, gravest first.
  public let findings: [Finding]
  /// From ancestor to child; the model itself is `model`.
  public let lineage: [LineageEdge]
  /// Nil: a single file carries no card and no licence text.
  public let licence: LicenceReport?
  /// Nil: no policy was asked.
  public let policy: Pack?
  /// Nil where no policy was asked, and where nobody said what the model is for.
  public let decision: Decision?

  /// What the model is, by digests.
  public struct Identity: Equatable, Sendable {
    public let filesRoot: Digest
    /// The word for the format of its files, if they have one.
    public let format: String?
    public let files: [File]
    /// Nil: it has no tensors that could be read.
    public let weights: Weights?

    /// A file by its place in the model and the digest of its bytes.
    public struct File: Equatable, Sendable {
      public let path: String
      public let byteCount: Int
      public let digest: Digest
    }

    /// Digests over the tensors.
    public struct Weights: Equatable, Sendable {
      public let weights: Digest
      public let tensorSet: Digest
      public let canonicalValues: Digest
    }
  }

  /// The rules that were asked.
  public struct Pack: Equatable, Sendable {
    public let name: String
    public let digest: Digest
  }

  /// What the rules say is to be done, and what their answer rests on.
  public struct Decision: Equatable, Sendable {
    public let horizon: Horizon
    /// Ids of findings that a waiver took away.
    public let waived: [String]
    public let duties: [Duty]
    /// Attributes without which nothing is decided.
    public let missing: [String]
    /// The files of the pack.
    public let packFiles: [PackFile]
  }

  /// Something to do. Its state is the word that the policy gives it; here it decides nothing.
  public struct Duty: Equatable, Sendable {
    public let id: String
    public let text: String
    public let state: String
  }
}

extension CheckAnswer {
  /// The answer of a check of this process.
  public init(_ result: CheckResult) {
    verdict = result.verdict
    model = result.model
    name = result.name
    asOf = result.asOf
    identity = Identity(
      filesRoot: result.fingerprint.filesRoot, format: result.fingerprint.format?.rawValue,
      files: result.fingerprint.files.map {
        Identity.File(path: $0.path, byteCount: $0.byteCount, digest: $0.digest)
      },
      weights: result.fingerprint.weights.map {
        Identity.Weights(
          weights: $0.weightsDigest, tensorSet: $0.tensorSetDigest,
          canonicalValues: $0.canonicalValuesDigest)
      })
    findings = result.findings
    lineage = result.lineage.edges
    licence = result.licence
    policy =
      result.depth == .full ? Pack(name: result.policy.name, digest: result.policy.digest) : nil
    decision = result.decision.map(Decision.init)
  }
}

extension CheckAnswer.Decision {
  init(_ decision: PolicyDecision) {
    horizon = decision.horizon
    waived = decision.waived.map(\.id)
    duties = decision.duties.map {
      CheckAnswer.Duty(id: $0.id, text: $0.text, state: $0.state.rawValue)
    }
    missing = decision.missing?.attributes ?? []
    packFiles = decision.packFiles
  }
}
