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

  public static func pairs(_ file: String) throws(Problem) -> [Pair] {
    try lines(file).map { index, json, place throws(Problem) in
      guard let prompt = json["prompt"]?.string, let a = json["a"]?.string,
        let b = json["b"]?.string
      else { throw bad(place, "\"prompt\", \"a\" and \"b\" are needed") }
      let ids = ["prompt_ids", "a_ids", "b_ids"].map { key in
        json[key]?.array?.compactMap { $0.int.flatMap(Int32.init(exactly:)) }
      }
      guard let promptIDs = ids[0], let aIDs = ids[1], let bIDs = ids[2] else {
        return Pair(index: index, prompt: prompt, a: a, b: b, identifiers: nil)
      }
      return Pair(
        index: index, prompt: prompt, a: a, b: b, identifiers: (promptIDs, aIDs, bIDs))
    }
  }

  /// Whether b was served, by index.
  public static func coins(_ file: String) throws(Problem) -> [Int: Bool] {
    var coins: [Int: Bool] = [:]
    for (index, json, place) in try lines(file) {
      switch json["served"]?.string {
      case "a": coins[index] = false
      case "b": coins[index] = true
      default: throw bad(place, "\"served\" is \"a\" or \"b\"")
      }
    }
    return coins
  }

  public static func commitment(_ file: String) throws(Problem) -> TrialCommitment {
    let bytes = try FileSystem.read(file, limitBytes: 1 << 20)
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch { throw error.problem(file: file) }
    guard let commitment = json["commitment"]?.string.flatMap(Digest.init(tagged:)),
      let secret = json["secret_hex"]?.string.flatMap({ Hex.decode($0) }),
      let count = json["prompts"]?.int, (1...pairsMax).contains(count)
    else { throw bad(file, "\"commitment\", \"secret_hex\" and \"prompts\" are needed") }
    return TrialCommitment(
      commitment: commitment, secret: secret, pairCount: count,
      pairsDigest: json["pairs_sha256"]?.string.flatMap(Digest.init(tagged:)))
  }

  /// log P(a) − log P(b) by index; a pair that was not scored, or not to a number, is left out.
  public static func differences(_ file: String) throws(Problem) -> [Int: Double] {
    var values: [Int: Double] = [:]
    for (index, json, _) in try lines(file) {
      guard let a = json["log_prob_a"]?.double, let b = json["log_prob_b"]?.double else {
        continue
      }
      values[index] = a - b
    }
    return values
  }

  private static func lines(
    _ file: String
  ) throws(Problem) -> [(index: Int, json: JSON, place: String)] {
    let bytes = try FileSystem.read(file, limitBytes: fileBytesMax)
    var seen: Set<Int> = []
    var result: [(index: Int, json: JSON, place: String)] = []
    for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D })
    {
      let place = "\(file):\(number + 1)"
      let json: JSON
      do throws(JSONError) { json = try JSON.parse(Array(line)) } catch {
        throw error.problem(file: place)
      }
      guard let index = json["index"]?.int, (0..<pairsMax).contains(index) else {
        throw bad(place, "\"index\" is a whole number from 0")
      }
      guard seen.insert(index).inserted else { throw bad(place, "index \(index) stands twice") }
      result.append((index, json, place))
    }
    return result
  }

  private static func bad(_ place: String, _ reason: String) -> Problem {
    Problem(
      .malformed, "bad_trial_file", place: place, reason: reason,
      remedy: "see `assay trial test --help` for the files of a trial")
  }
}
