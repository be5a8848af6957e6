// The answer of `licence check`: what a model declares, what its files say, what follows.

import Base

/// Declared and detected licences of a model, and findings about both.
public struct LicenceReport: Equatable, Sendable {
  /// The model's id: "org/name" for a directory named "org--name".
  public let model: String
  public let declared: Declared
  public let detected: [Detected]
  /// What was read about the licence, and what each says.
  public let sources: [Source]
  /// Ancestors along base models, nearest first, with the licence of each as far as it is known.
  public let ancestors: [Ancestor]
  public let findings: [Finding]

  public struct Declared: Sendable, Equatable {
    /// An SPDX expression, or nil if the declaration does not give one.
    public var expression: String?
    /// Ids of our catalogue that the declaration stands for.
    public var ids: [String] = []
    /// What the card says, as typed.
    public var typed: [String] = []
  }

  public struct Detected: Equatable, Sendable {
    /// Relative to the model.
    public let file: String
    public let verdict: TextVerdict
    public var ids: [String] { verdict.textIDs }
  }

  /// Something that speaks about the licence.
  public struct Source: Equatable, Sendable {
    /// What it is; the raw value is the word in JSON.
    public enum Kind: String, Sendable {
      case ggufHeader = "gguf-header"
      case card
      case licenceText = "licence-text"
      case terms, notice
      /// What whoever asks says of the model.
      case stated
      case shippedTable = "shipped-table"
    }

    /// Relative to the model's folder; who states it, for what is stated.
    public let file: String
    public let kind: Kind
    /// The licence that it names.
    public let says: String?

    public init(file: String, kind: Kind, says: String?) {
      self.file = file
      self.kind = kind
      self.says = says
    }
  }

  public struct Ancestor: Sendable, Equatable {
    public let model: String
    public let licence: String?
    public let isKnown: Bool
  }

  /// The same with findings of another kind behind its own.
  public func adding(_ more: [Finding]) -> LicenceReport {
    LicenceReport(
      model: model, declared: declared, detected: detected, sources: sources, ancestors: ancestors,
      findings: findings + more)
  }

  /// Whether nothing is said that bars the use of the model where it lies: notes, and duties of
  /// whoever passes it on.
  public var isCleanForUse: Bool {
    findings.allSatisfy { $0.severity == .note || $0.isOwedWhenPassedOn }
  }

  /// 4 the card is unreadable, 1 an error, 3 warnings only, 0 notes or nothing.
  public var exitCode: ExitCode {
    if findings.contains(where: { $0.id == "licence.card_unreadable" }) { return .malformed }
    switch findings.map(\.severity).max() {
    case .error: return .no
    case .warning: return .undecided
    case .note, nil: return .yes
    }
  }
}
