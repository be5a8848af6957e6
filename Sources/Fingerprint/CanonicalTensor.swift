// A tensor as the canonical digest sees it: under the library's name, with the library's values.

import Base
import Formats

/// One entry of the canonical digest.
public struct CanonicalTensor: Equatable, Sendable {
  /// How the entry stands to the library's files.
  public enum Standing: Equatable, Sendable {
    /// Name and values are those that the library's files would have.
    case same
    /// No name is known there: the entry is called `gguf:` and the tensor's own name.
    case unmapped
    /// The name is known, but the values are not what they would be there. The entry is called
    /// `gguf:` and the tensor's own name, so that it equals nothing it might not be.
    case unrestored(ByteName, Obstacle)
  }

  /// Why values were not brought back to the library's form.
  public enum Obstacle: String, Sendable, CaseIterable {
    /// Packed blocks lie across what the original has as rows.
    case packed
    /// What the converter added cannot be taken off without rounding.
    case rounded
    /// The file does not say how many heads, or which, the rows belong to.
    case unstated
    /// The tensor is a part of one whose other parts are not there.
    case incomplete
    /// The shape does not fit the name.
    case shape
    /// It holds more experts than are told apart.
    case experts

    /// For people.
    public var sentence: String {
      switch self {
      case .packed: "its packed blocks lie across the rows of the original"
      case .rounded: "what the converter added cannot be taken off without rounding"
      case .unstated: "the file does not say which heads its rows belong to"
      case .incomplete: "the other parts of the original tensor are not in the file"
      case .shape: "its shape does not fit its name"
      case .experts: "it holds more experts than are told apart"
      }
    }
  }

  public let name: ByteName
  public let valueDigest: Digest
  /// The stored type; for codes that the library keeps as bytes, theirs.
  public let type: ElementType
  public let standing: Standing

  /// Whether the name is only `gguf:` and the tensor's own, because its meaning is not known.
  public var isUnmapped: Bool { standing == .unmapped }
}

/// A tensor of a GGUF file whose values could not be brought back to the library's form.
public struct UnrestoredTensor: Equatable, Sendable {
  /// In the file.
  public let name: ByteName
  /// In the library's files.
  public let canonicalName: ByteName
  public let obstacle: CanonicalTensor.Obstacle
}
