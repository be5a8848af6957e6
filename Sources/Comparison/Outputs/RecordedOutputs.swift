// Outputs that somebody recorded: a model that can be asked and not opened, such as one behind an
// interface that reports the most likely tokens.
//
//     {"id": "0", "ids": […], "top_ids": [[…], …], "top_logprobs": [[…], …],
//      "target_logprobs": […]}
//
// One line for each document of the probes, `id` its number: what `score --top N --jsonl` prints
// for the tokens that `assay probes --tokenizer MODEL --jsonl` lists. Natural logarithms. What was
// not reported is one outcome, for the recorded model and for every model it is compared with
// (facts/detection.md B2: lists of 20 keep nine tenths of the statistic). A token that was not
// reported may share its first two bytes with one that was; its part is then missing there, which
// makes the recorded model a little less like any other.
//
// Does not: prove that the numbers came from the model that somebody names.

import Base
import Crypto
import Evidence
import Formats
import Inference

/// A recording, and the tokenizer of the model it was made of.
public struct RecordedOutputs: Sendable {
  public let path: String
  /// SHA-256 of the file: it names the recording, not a model.
  public let digest: Digest
  let byteCount: Int
  /// Its name in answers.
  public private(set) var id: String
  private let lines: [[UInt8]]
  private let tokenizer: Tokenizer

  static let fileBytesMax = 1 << 30
  /// Logarithms are rounded by whoever reports them: a list may sum to a little more than one.
  static let sumMax = 1.001

  /// What every answer about a recording says beside its verdict.
  static let note = """
    The weights behind a recording cannot be looked at: a copy of the reference, or a model tuned \
    from it, agrees with it too.
    """

  /// `model` is a directory or a file with the tokenizer.
  public init(path: String, tokenizerOf model: String, run: Run = Run()) throws(Problem) {
    let bytes = try InputFile.read(path, limitBytes: Self.fileBytesMax)
    self.path = path
    digest = SHA256.hash(bytes)
    byteCount = bytes.count
    id = FileSystem.lastComponent(path)
    lines = bytes.split(separator: 0x0A).map(Array.init)
    tokenizer = try Tokenizer.load(OpenModel.open(model, run: run), run: run)
  }

  /// The same recording under another name.
  func named(_ id: String) -> RecordedOutputs {
    var other = self
    other.id = id
    return other
  }

  /// The outcomes at the eligible positions. Throws `malformed` naming the line.
  func outcomes(on probes: ProbeSet) throws(Problem) -> ByteOutcomes {
    let plans = try DocumentPlan.plans(probes, tokenizer, limit: .max, id: id)
    var documents: [RecordedDocument?] = plans.map { _ in nil }
    for (number, line) in lines.enumerated() {
      do throws(Problem) {
        let document = try RecordedDocument(line, vocabularySize: tokenizer.vocabularySize)
        guard plans.indices.contains(document.number), documents[document.number] == nil else {
          throw Self.bad("document \(document.number) is not among the probes, or stands twice")
        }
        guard document.identifiers == plans[document.number].identifiers else {
          throw Self.bad("its tokens are not those of the probe")
        }
        documents[document.number] = document
      } catch { throw error.at("\(path):\(number + 1)") }
    }
    if let missing = documents.firstIndex(where: { $0 == nil }) {
      throw Self.bad("document \(missing) of the probes was not recorded").at(path)
    }
    return gathered(plans, documents.compactMap { $0 })
  }

  /// Rows over the whole vocabulary, if that much was reported; a recording that cannot be used
  /// was refused before.
  func vocabularyRows(on probes: ProbeSet) -> VocabularyRows? {
    let count = tokenizer.vocabularySize
    var values: [Float] = []
    for line in lines.prefix(VocabularyRows.documents) {
      guard let document = try? RecordedDocument(line, vocabularySize: count) else { return nil }
      for top in document.tops.prefix(VocabularyRows.positionsMax / VocabularyRows.documents) {
        guard top.count == count else { return nil }
        var row = [Float](repeating: 0, count: count)
        for (token, log) in top { row[Int(token)] = Float(log) }
        values += row
      }
    }
    return VocabularyRows(tokenizer: tokenizer.digest, vocabularySize: count, values: values)
  }

  private func gathered(_ plans: [DocumentPlan], _ documents: [RecordedDocument]) -> ByteOutcomes {
    let map = BucketMap(tokens: tokenizer.spellings(tokenizer.vocabularySize))
    var rows: [Float] = []
    var reported: [[Int]] = []
    var loss = 0.0
    for (plan, document) in zip(plans, documents) {
      for position in plan.rows.keys.sorted() {
        let row = map.outcomes(reported: document.tops[position])
        rows += row.logProbabilities
        reported.append(row.columns)
      }
      loss -= document.targets.reduce(0, +)
    }
    let bytes = plans.reduce(0) { $0 + $1.scoredBytes }
    return ByteOutcomes(
      id: id, tokenizer: tokenizer.digest, buckets: map.buckets,
      positions: plans.flatMap(\.positions), logProbabilities: rows,
      natsPerByte: loss / Double(max(1, bytes)), reported: reported)
  }

  static func bad(_ why: String) -> Problem {
    Problem(
      .malformed, "bad_recording", reason: "the recording cannot be used: \(why)",
      remedy: "record what `assay probes --tokenizer MODEL --jsonl` lists, in the form that "
        + "`assay score --top N --jsonl` prints")
  }
}
