// The files of a trial: pairs, coins, commitment, scores (head of judge/trial.py). JSON lines by
// index; an index twice, or one that is no whole number, is malformed.

import Base
import Evidence

/// Reads and writes what a trial keeps in files.
public enum TrialFiles {
  static let fileBytesMax = 1 << 30
  static let pairsMax = 10_000_000

  /// A prompt with its twins.
  public struct Pair: Sendable {
    public let index: Int
    public let prompt: String
    public let a: String
    public let b: String
    /// Tokens of the teacher's tokenizer, if they are given: prompt, a, b.
    public let identifiers: (prompt: [Int32], a: [Int32], b: [Int32])?
  }

  static func bad(_ place: String, _ reason: String) -> Problem {
    Problem(
      .malformed, "bad_trial_file", place: place, reason: reason,
      remedy: "see `assay trial test --help` for the files of a trial")
  }
}

extension TrialFiles.Pair {
  /// Whether a customer could not tell which twin was served.
  public var isEqual: Bool { a.utf8.elementsEqual(b.utf8) }
}
