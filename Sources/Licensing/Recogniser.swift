// One text after another licence: the best candidate is taken, its words are set aside, and the
// rest is looked at again, until nothing more is found. Then what stands around is accounted for
// (Surroundings).

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
    let read = TextForm.read(isWhole ? bytes : Array(bytes.prefix(Licensing.byteCountMax)))
    if let what = read.unreadable { return TextVerdict(verdict: .unknown, note: what) }
    let text = TextWords(read.text)
    var comparison = Comparison(library, text)
    var taken: [Evaluation] = []
    for _ in 0..<Self.roundsMax {
      guard let best = best(comparison) else { break }
      taken.append(best)
      for index in best.span { comparison.numbers[index] = -1 }
    }
    taken.sort { $0.span.lowerBound < $1.span.lowerBound }
    var verdict = verdict(taken, comparison)
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
    // One that stands there whole goes before one that covers little more and differs.
    if a.differences.isEmpty != b.differences.isEmpty {
      let (whole, other) = a.differences.isEmpty ? (a, b) : (b, a)
      if whole.coveredCount * 10 >= other.coveredCount * 9 { return a.differences.isEmpty }
    }
    let whole =
      min(a.span.lowerBound, b.span.lowerBound)..<max(a.span.upperBound, b.span.upperBound)
    let costA = a.weight + whole.count - a.span.count
    let costB = b.weight + whole.count - b.span.count
    return (costA, -a.coveredCount, a.template.id) < (costB, -b.coveredCount, b.template.id)
  }

  // MARK: The verdict

  private func verdict(_ taken: [Evaluation], _ comparison: Comparison) -> TextVerdict {
    let text = comparison.text
    var result = TextVerdict(verdict: .none)
    for evaluation in taken {
      if evaluation.differences.isEmpty {
        result.licences.append(found(evaluation, text))
      } else if evaluation.template.kind != .notice {
        result.variantOf.append(evaluation.template.id)
        result.differences += evaluation.differences.map { described($0, evaluation, text) }
      }
    }
    let texts = result.licences.map(\.id)
    guard !texts.isEmpty || !result.variantOf.isEmpty else {
      result.verdict = isLicenceLike(text) ? .unknown : .none
      return result
    }
    let surroundings = Surroundings(
      text, explained: taken.map(\.span), names: LicenceNames(of: taken, comparison))
    if result.variantOf.isEmpty, surroundings.unread.isEmpty {
      result.verdict = .match
      return result
    }
    result.variantOf = unique(result.variantOf.isEmpty ? texts : result.variantOf)
    result.differences += surroundings.unread.map { unread in
      TextVerdict.Difference(
        kind: .added, clause: shortened(text.source.text(unread.range)), line: unread.line,
        id: result.variantOf[0])
    }
    result.verdict = .variant
    if surroundings.unread.contains(where: { isForeign(text.source, $0.range) }) {
      result.note =
        "Some of the text is in a script that is not read. If it is a translation, which "
        + "text binds?"
    }
    return result
  }

  /// Whether most letters are of a script that licences are not read in.
  private func isForeign(_ source: CleanText, _ range: Range<Int>) -> Bool {
    let letters = source.scalars[range].filter(Characters.isLetter)
    return letters.count { $0 > 0x24F } * 2 > letters.count
  }

  /// Fewer words are a name, a path or a link.
  private static let licenceWordsMin = 6

  private func isLicenceLike(_ text: TextWords) -> Bool {
    text.words.count >= Self.licenceWordsMin
      && text.words.contains { WordClasses.licenceLike.contains($0.hash) }
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
