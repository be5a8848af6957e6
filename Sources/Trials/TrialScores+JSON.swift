// Scores of a model, a line for each pair:
//
//   {"index":i,"log_prob_a":x|null,"log_prob_b":y|null,"tokens_a":n,"tokens_b":m,"model":bundle,
//    "pairs_sha256":digest}
//
// Others write such files too: what they leave out is a pair without a score, or a file that names
// neither model nor pairs.

import Base
import Crypto

/// What one model makes of a pair.
public struct TrialScore: Equatable, Sendable {
  public let index: Int
  public let logProbA: Double
  public let logProbB: Double
  let tokenCountA: Int
  let tokenCountB: Int
  let model: Digest
  /// The digest of all pairs.
  let pairs: Digest

  public var json: JSON {
    [
      "index": JSON(index), "log_prob_a": JSON(logProbA), "log_prob_b": JSON(logProbB),
      "tokens_a": JSON(tokenCountA), "tokens_b": JSON(tokenCountB),
      "model": .string(model.tagged), "pairs_sha256": .string(pairs.tagged),
    ]
  }
}

extension TrialScores {
  /// Reads a file of scores.
  public init(file: String) throws(Problem) {
    let bytes = try InputFile.read(file, limitBytes: TrialFiles.fileBytesMax)
    var values: [Int: Double] = [:]
    var indices: Set<Int> = []
    var names: [String: Set<Digest?>] = [:]
    for (index, json, place) in try TrialFiles.lines(bytes, file: file) {
      for key in ["model", "pairs_sha256"] {
        let name = json[key] ?? .null
        let digest = name.string.flatMap(Digest.init(tagged:))
        names[key, default: []].insert(digest)
        guard name.isNull || digest != nil, names[key]?.count == 1 else {
          throw TrialFiles.bad(
            place, "\"\(key)\" is one sha256:<hex> for the whole file, or in no line")
        }
      }
      indices.insert(index)
      guard let a = json["log_prob_a"]?.double, let b = json["log_prob_b"]?.double else {
        continue
      }
      values[index] = a - b
    }
    self.file = file
    self.indices = indices
    differences = values
    model = names["model"]?.first ?? nil
    pairs = names["pairs_sha256"]?.first ?? nil
    digest = SHA256.hash(bytes)
  }
}
