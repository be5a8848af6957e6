// What one candidate explains of a text, and every difference that counts.
//
// After the alignment the span is fixed: from the first solid run of equal words to the last.
// Stretches between matched words that differ are widened to whole slots and then walked
// (Region). What stands before and after the span belongs to other licences or to nobody.

/// One operative difference between a text and a template.
struct RawDifference {
  enum Kind: String { case missing, added, changed }
  let kind: Kind
  /// Places in the template.
  let template: Range<Int>
  /// Words of the text; empty if something is missing, then `lowerBound` says where.
  let text: Range<Int>
  /// How many words differ.
  let weight: Int
}

struct Evaluation {
  let template: Library.Indexed
  /// Words of the text that this template accounts for.
  let span: Range<Int>
  let differences: [RawDifference]
  /// Required words of the template that stand in the text.
  let matchedCount: Int
  /// Words in the span that stand in the template.
  let coveredCount: Int

  var weight: Int { differences.reduce(0) { $0 + $1.weight } }

  /// Share of what the template requires that was found, and of the span that is explained.
  var similarity: Double {
    let found = Double(matchedCount) / Double(max(1, template.requiredCount))
    let explained = Double(coveredCount) / Double(max(1, span.count))
    return isCutShort && found >= Self.cutShortMin ? explained : min(found, explained)
  }

  /// A copy that stops early: nothing differs but the missing end.
  private var isCutShort: Bool {
    guard differences.count == 1, let last = differences.first else { return false }
    return last.kind == .missing && last.template.upperBound == template.words.count
  }

  private static let cutShortMin = 0.35
}

extension Evaluation {
  private static let solidRun = 3
  private static let headingWordsMax = 16

  /// Aligns a candidate with the text, or nil if too little of it is there.
  init?(_ comparison: Comparison, _ candidate: Candidate) {
    let region = Region(
      comparison: comparison, template: comparison.library.templates[candidate.template])
    guard var attempt = Attempt(region, candidate.window) else { return nil }
    // A heading above the title may say the same words, or the title may be another one. Then the
    // text begins later, and what stands before it is for the surroundings to account for.
    if let title = attempt.titleDifference(region) {
      let limit = attempt.span.lowerBound + Self.headingWordsMax
      for start in [title.lowerBound, title.upperBound] where attempt.weight > 0 && start <= limit {
        if let later = Attempt(region, start..<candidate.window.upperBound),
          later.weight < attempt.weight
        {
          attempt = later
        }
      }
    }
    // An appendix that is another one is not a part of the licence either.
    if let end = attempt.appendixStart, attempt.weight > 0,
      let shorter = Attempt(region, candidate.window.lowerBound..<end),
      shorter.weight < attempt.weight
    {
      attempt = shorter
    }
    template = region.template
    span = attempt.span
    differences = attempt.differences
    let found = attempt.places.indices.filter { attempt.places[$0] >= 0 }
    matchedCount = found.count { region.template.flags[$0].isDisjoint(with: .dispensable) }
    coveredCount = found.count
  }

  /// One alignment with a stretch of the text, and what differs in it.
  private struct Attempt {
    /// For each word of the template, the word of the text it stands at, or -1.
    var places: [Int]
    var differences: [RawDifference] = []
    /// The words of the text from the first match to the last.
    var span: Range<Int>
    let titleCount: Int
    /// Where in the text the part begins that may be absent, if something differs in it.
    var appendixStart: Int?

    var weight: Int { differences.reduce(0) { $0 + $1.weight } }

    /// The words of the text that differ, where they differ within the title; a number that is
    /// another one is no other title but another version.
    func titleDifference(_ region: Region) -> Range<Int>? {
      let title = region.template.words.prefix(titleCount)
      return differences.first { difference in
        difference.template.upperBound <= titleCount && !difference.text.isEmpty
          && !difference.text.contains { index in
            region.comparison.text.words[index].flags.contains(.number)
              && !title.contains(region.comparison.numbers[index])
          }
      }?.text
    }

    init?(_ region: Region, _ window: Range<Int>) {
      let template = region.template
      var places = Alignment.match(template.words, region.comparison.numbers[window]).map {
        $0 < 0 ? -1 : Int($0) + window.lowerBound
      }
      guard let solid = Evaluation.solidRange(places) else { return nil }
      Evaluation.dropStrays(&places, solid, template)
      guard let first = places.firstIndex(where: { $0 >= 0 }),
        let last = places.lastIndex(where: { $0 >= 0 })
      else { return nil }
      titleCount = template.flags.prefix { !$0.isDisjoint(with: .dispensable) }.count
      let hunks = Evaluation.hunks(places, template, first, last, region.comparison.numbers.count)
      var span = places[first]..<places[last] + 1
      differences = hunks.compactMap { hunk in
        if region.saysTheSame(hunk.template, hunk.text) { return nil }
        if let wider = Evaluation.edge(region, hunk, span) {
          span =
            min(span.lowerBound, wider.lowerBound)..<max(span.upperBound, wider.upperBound)
          return nil
        }
        return Evaluation.difference(region, hunk)
      }
      self.span = span
      self.places = places
      let tail =
        template.flags.count
        - template.flags.reversed().prefix {
          !$0.isDisjoint(with: .dispensable)
        }.count
      if differences.contains(where: { $0.template.lowerBound >= tail }) {
        appendixStart = places[tail...].first { $0 >= 0 }
      }
    }
  }

  // MARK: The span

  /// From the first run of three neighbours to the last, in places of the template.
  private static func solidRange(_ places: [Int]) -> Range<Int>? {
    var first: Int?
    var last: Int?
    var run = 0
    for place in places.indices {
      let isNext =
        place > 0 && places[place] >= 0 && places[place - 1] >= 0
        && places[place] == places[place - 1] + 1
      run = places[place] < 0 ? 0 : isNext ? run + 1 : 1
      if run == solidRun, first == nil { first = place - solidRun + 1 }
      if run >= solidRun { last = place + 1 }
    }
    guard let first, let last else { return nil }
    return first..<last
  }

  /// Single words far before or after the solid part are chance.
  private static func dropStrays(
    _ places: inout [Int], _ solid: Range<Int>, _ template: Library.Indexed
  ) {
    for place in places.indices where places[place] >= 0 && !solid.contains(place) {
      let isBefore = place < solid.lowerBound
      let edge = isBefore ? places[solid.lowerBound] : places[solid.upperBound - 1]
      let distance = abs(edge - places[place])
      let wanted = isBefore ? solid.lowerBound - place : place - solid.upperBound + 1
      if distance > 2 * wanted + 4 { places[place] = -1 }
    }
  }

  /// At the beginning and the end the words beside the span may be the missing ones, mistyped or
  /// replaced: the range of text that then says the same, or nil.
  private static func edge(_ region: Region, _ hunk: Hunk, _ span: Range<Int>) -> Range<Int>? {
    let reach = hunk.template.count + edgeReach
    guard hunk.template.count <= edgeTemplateMax else { return nil }
    if hunk.template.lowerBound == 0 {
      for start in stride(from: hunk.text.lowerBound - 1, through: 0, by: -1).prefix(reach) {
        let range = start..<hunk.text.upperBound
        if region.saysTheSame(hunk.template, range) { return range }
      }
    }
    if hunk.template.upperBound == region.template.words.count {
      let count = region.comparison.numbers.count
      for end in (hunk.text.upperBound..<count).prefix(reach) {
        let range = hunk.text.lowerBound..<end + 1
        if region.saysTheSame(hunk.template, range) { return range }
      }
    }
    return nil
  }

  private static let edgeReach = 4
  private static let edgeTemplateMax = 40

  // MARK: Differences

  struct Hunk {
    var template: Range<Int>
    var text: Range<Int>
  }

  /// Stretches without a match, widened to whole slots and merged.
  private static func hunks(
    _ places: [Int], _ template: Library.Indexed, _ first: Int, _ last: Int, _ textCount: Int
  ) -> [Hunk] {
    var gaps: [Range<Int>] = []
    if first > 0 { gaps.append(0..<first) }
    var before = first
    for place in first + 1..<max(first + 1, last + 1) where places[place] >= 0 {
      if place != before + 1 || places[place] != places[before] + 1 {
        gaps.append(before + 1..<place)
      }
      before = place
    }
    if last + 1 < places.count { gaps.append(last + 1..<places.count) }
    var wide: [Range<Int>] = []
    for gap in gaps {
      var range = widened(gap, template)
      while let earlier = wide.last, earlier.upperBound >= range.lowerBound,
        earlier.upperBound > range.lowerBound || earlier.isEmpty == false && range.isEmpty
      {
        range =
          min(earlier.lowerBound, range.lowerBound)..<max(earlier.upperBound, range.upperBound)
        wide.removeLast()
      }
      wide.append(range)
    }
    return wide.map { range in Hunk(template: range, text: textRange(places, range, textCount)) }
  }

  /// The smallest range around `gap` that cuts no slot.
  private static func widened(_ gap: Range<Int>, _ template: Library.Indexed) -> Range<Int> {
    var range = gap
    var grew = true
    while grew {
      grew = false
      for slot in template.slots {
        let touches =
          slot.range.lowerBound <= range.upperBound
          && slot.range.upperBound >= range.lowerBound
        let cuts =
          slot.range.lowerBound < range.lowerBound
          || slot.range.upperBound > range.upperBound
        if touches, cuts {
          range =
            min(
              range.lowerBound, slot.range.lowerBound)..<max(
              range.upperBound, slot.range.upperBound)
          grew = true
        }
      }
    }
    return range
  }

  /// The words of the text between the matches before and after a range of the template.
  private static func textRange(
    _ places: [Int], _ range: Range<Int>, _ textCount: Int
  ) -> Range<Int> {
    let before = places[..<range.lowerBound].last { $0 >= 0 }
    let after = places[range.upperBound...].first { $0 >= 0 }
    switch (before, after) {
    case (let before?, let after?): return before + 1..<after
    case (nil, let after?):
      let inside = places[range].first { $0 >= 0 }
      return min(inside ?? after, after)..<after
    case (let before?, nil):
      let inside = places[range].last { $0 >= 0 }
      return before + 1..<max(before + 1, (inside ?? before) + 1)
    case (nil, nil): return 0..<0
    }
  }

  /// A number that differs tells one version or one amount from another: it weighs as much as a
  /// clause when the nearest licence is looked for.
  private static let numberWeight = 6

  /// One long piece that is missing weighs less than many words changed here and there.
  private static func damped(_ count: Int) -> Int {
    count <= 60 ? count : 60 + (count - 60) / 20
  }

  private static func difference(_ region: Region, _ hunk: Hunk) -> RawDifference {
    let numbers = max(
      hunk.template.count { region.template.flags[$0].contains(.number) },
      hunk.text.count { region.comparison.text.words[$0].flags.contains(.number) })
    let kind: RawDifference.Kind =
      hunk.text.isEmpty ? .missing : hunk.template.isEmpty ? .added : .changed
    return RawDifference(
      kind: kind, template: hunk.template, text: hunk.text,
      weight: max(damped(hunk.template.count), hunk.text.count) + numbers * numberWeight)
  }
}
