// One text after another licence: the best candidate is taken, its words are set aside, and the
// rest is looked at again, until nothing more is found. Then what is left is judged (Leftover).

import Base

struct Recogniser {
  let library: Library
  /// A file holds at most so many licences; a longer one is reported as unknown in its rest.
  private static let roundsMax = 24
  /// Below this the text is not near enough to name a licence.
  static let variantSimilarityMin = 0.6

  init(_ library: Library) { self.library = library }

  func identify(_ bytes: [UInt8]) -> TextVerdict {
    let isWhole = bytes.count <= Licensing.byteCountMax
    let text = TextWords(isWhole ? bytes : Array(bytes.prefix(Licensing.byteCountMax)))
    var comparison = Comparison(library, text)
    var taken: [Evaluation] = []
    for _ in 0..<Self.roundsMax {
      guard let best = best(comparison) else { break }
      taken.append(best)
      for index in best.span { comparison.numbers[index] = -1 }
    }
    taken.sort { $0.span.lowerBound < $1.span.lowerBound }
    var verdict = verdict(taken, text)
    if !isWhole {
      verdict.verdict = verdict.verdict == .none ? .none : .unknown
    }
    return verdict
  }

  // MARK: The best candidate

  private func best(_ comparison: Comparison) -> Evaluation? {
    let evaluations = library.candidates(comparison.numbers).compactMap {
      Evaluation(comparison, $0)
    }.filter { $0.similarity >= Self.variantSimilarityMin }
    guard let seed = evaluations.min(by: { isBetter($0, $1, evaluations) }) else { return nil }
    return seed
  }

  /// Fewer words that differ or stay unexplained; then more words explained; then the id.
  private func isBetter(_ a: Evaluation, _ b: Evaluation, _ all: [Evaluation]) -> Bool {
    guard a.span.overlaps(b.span) else {
      return (a.weight, -a.coveredCount, a.template.id) < (b.weight, -b.coveredCount, b.template.id)
    }
    let whole =
      min(a.span.lowerBound, b.span.lowerBound)..<max(a.span.upperBound, b.span.upperBound)
    let costA = a.weight + whole.count - a.span.count
    let costB = b.weight + whole.count - b.span.count
    return (costA, -a.coveredCount, a.template.id) < (costB, -b.coveredCount, b.template.id)
  }

  // MARK: The verdict

  private func verdict(_ taken: [Evaluation], _ text: TextWords) -> TextVerdict {
    var result = TextVerdict(verdict: .none)
    for evaluation in taken {
      if evaluation.differences.isEmpty {
        result.licences.append(found(evaluation, text))
      } else if evaluation.template.kind != .notice {
        result.variantOf.append(evaluation.template.id)
        result.differences += evaluation.differences.map { described($0, evaluation, text) }
      }
    }
    let leftover = Leftover(text, taken.map(\.span))
    let texts = result.licences.map(\.id)
    if !result.variantOf.isEmpty || (!texts.isEmpty && !leftover.obliging.isEmpty) {
      if result.variantOf.isEmpty { result.variantOf = unique(texts) }
      result.variantOf = unique(result.variantOf)
      result.differences += leftover.obliging.map { sentence in
        TextVerdict.Difference(
          kind: .added, clause: shortened(text.text(sentence)),
          line: Int(text.words[sentence.lowerBound].line), id: result.variantOf[0])
      }
      result.verdict = .variant
    } else if !texts.isEmpty {
      result.verdict = .match
    } else {
      result.verdict = leftover.isLicenceLike ? .unknown : .none
    }
    return result
  }

  private func unique(_ ids: [String]) -> [String] {
    var seen: Set<String> = []
    return ids.filter { seen.insert($0).inserted }
  }

  private func found(_ evaluation: Evaluation, _ text: TextWords) -> TextVerdict.Found {
    let span = evaluation.span
    let exact = Double(evaluation.matchedCount) / Double(max(1, evaluation.template.requiredCount))
    let isNotice = evaluation.template.kind == .notice
    return TextVerdict.Found(
      id: evaluation.template.id, kind: isNotice ? .notice : .text,
      confidence: (min(1, exact) * 1000).rounded() / 1000,
      startLine: Int(text.words[span.lowerBound].line),
      endLine: Int(text.words[span.upperBound - 1].line))
  }

  private func described(
    _ difference: RawDifference, _ evaluation: Evaluation, _ text: TextWords
  ) -> TextVerdict.Difference {
    let kind = TextVerdict.Difference.Kind(rawValue: difference.kind.rawValue) ?? .changed
    let place = min(max(difference.text.lowerBound, 0), text.words.count - 1)
    let clause: String
    if difference.text.isEmpty {
      let before = Sentence.around(max(0, place - 1), text)
      let percent = 100 * difference.template.lowerBound / max(1, evaluation.template.words.count)
      clause =
        "\(difference.template.count) words of the licence are not here, at \(percent) % of "
        + "its text, after: \(shortened(text.text(before)))"
    } else {
      let first = Sentence.around(difference.text.lowerBound, text).lowerBound
      let last = Sentence.around(difference.text.upperBound - 1, text).upperBound
      clause = shortened(text.text(first..<last))
    }
    return TextVerdict.Difference(
      kind: kind, clause: clause, line: Int(text.words[place].line), id: evaluation.template.id)
  }

  private func shortened(_ text: String) -> String {
    text.count <= 400 ? text : String(text.prefix(400)) + " …"
  }
}
