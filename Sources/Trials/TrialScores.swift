// What one model makes of the twins (scores.jsonl), and whether it belongs to these pairs.
//
// `pairs_sha256` is over the pairs in canonical JSON by index, a line each: what `sha256sum` says
// of the pairs.jsonl that `trial create` makes. Lines without it, made elsewhere, are taken too;
// the answer then says that nothing ties them to the pairs.

import Base
import Crypto

/// Scores of one model.
public struct TrialScores: Sendable {
  public let file: String
  /// log P(a) − log P(b) by index; a pair that was not scored, or not to a number, is left out.
  public let differences: [Int: Double]
  /// The pairs that have a line.
  public let indices: Set<Int>
  /// The model's bundle, if the lines name it.
  public let model: Digest?
  /// The digest of the pairs, if the lines name it.
  public let pairs: Digest?
  /// SHA-256 of the file.
  public let digest: Digest

  /// Throws if the lines are not those of the pairs 0 to `count` − 1. Where nothing ties the
  /// scores to their pairs and they need not be whole, a missing line is a pair without a score.
  func checkIndices(count: Int, mayLack: Bool) throws(Problem) {
    let extra = indices.filter { $0 >= count }.min()
    let missing = mayLack ? nil : (0..<count).first { !indices.contains($0) }
    guard let index = extra ?? missing else { return }
    throw Problem(
      .malformed, "other_indices", place: file,
      reason: extra == nil
        ? "there is no line for pair \(index) of the \(count) pairs"
        : "there is a line for pair \(index), and the trial has the pairs 0 to \(count - 1)",
      remedy: "score all pairs of the trial; a pair that has no score keeps its line, with null",
      details: ["verdict": "not-tested"])
  }
}

/// Whether scores are known to be scores of a trial's pairs.
enum TrialTie: Sendable {
  /// All name the pairs of the trial.
  case tied
  /// Some do not name their pairs.
  case unnamed
  /// All name the same pairs, and nothing says that these are the trial's.
  case unheld

  /// Throws if any scores are of other pairs.
  /// - Parameters:
  ///   - pairs: the digest of the trial's pairs, if it is known.
  ///   - place: where the pairs are, for the remedy.
  init(_ all: [TrialScores], pairs: Digest?, place: String) throws(Problem) {
    let named = all.filter { $0.pairs != nil }
    let wanted = pairs ?? named.first?.pairs
    for scores in named where scores.pairs != wanted {
      let (theirs, ours) = (scores.pairs?.tagged ?? "", wanted?.tagged ?? "")
      throw Problem(
        .malformed, "other_pairs", place: scores.file,
        reason: "these are scores of other pairs: of \(theirs), "
          + (pairs == nil ? "\(named[0].file) is of \(ours)" : "the trial's are \(ours)"),
        remedy: "score the trial's pairs: assay trial score MODEL --pairs \(place) --out FILE",
        details: [
          "verdict": "not-tested", "pairs_sha256": .string(theirs), "expected": .string(ours),
        ])
    }
    if named.count < all.count {
      self = .unnamed
    } else {
      self = pairs == nil ? .unheld : .tied
    }
  }

  var isTied: Bool { self == .tied }

  /// What the answer must say.
  var caution: String? {
    switch self {
    case .tied: nil
    case .unnamed:
      "Not all scores name the pairs they were made of: that they belong to this trial is taken on "
        + "trust."
    case .unheld:
      "The scores name the pairs they were made of, and no commitment says that these are the "
        + "trial's: give --pairs or --trial."
    }
  }
}

extension TrialFiles {
  /// The digest by which scores name the pairs they were made of.
  public static func digest(of pairs: [Pair]) -> Digest {
    var hash = SHA256()
    for pair in pairs.sorted(by: { $0.index < $1.index }) {
      hash.update(pair.json.canonicalBytes + [0x0A])
    }
    return hash.digest()
  }
}
