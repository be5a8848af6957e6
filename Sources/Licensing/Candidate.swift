// Which licences a text may hold, and about where. Families, never answers.
//
// For each template: the 4-grams it shares with the text, by place in both. A window a little
// longer than the template slides over the text; the window with the most distinct places of the
// template is where the template may stand. Its share of the template's 4-grams is the containment.

struct Candidate {
  let template: Int
  /// Words of the text to align with.
  let window: Range<Int>
  /// Share of the template's 4-grams in the window, 0...1.
  let containment: Double
}

extension Library {
  /// Below this share a template is not looked at.
  static let containmentMin = 0.35
  private static let candidatesMax = 32

  /// Candidates in a text whose words are `numbers`; a negative number is a word that no
  /// template has, or one that is already explained.
  func candidates(_ numbers: [Int32]) -> [Candidate] {
    guard numbers.count >= Self.gramLength else { return [] }
    var hits: [Int: [(text: Int32, template: Int32)]] = [:]
    for start in 0...(numbers.count - Self.gramLength) {
      guard numbers[start..<start + Self.gramLength].allSatisfy({ $0 >= 0 }) else { continue }
      forEachPlace(numbers, start) { template, place in
        hits[template, default: []].append((Int32(start), Int32(place)))
      }
    }
    var found: [Candidate] = []
    for (number, places) in hits {
      let template = templates[number]
      guard Double(places.count) >= Self.containmentMin * Double(template.gramCount) else {
        continue
      }
      if let candidate = bestWindow(number, places, textCount: numbers.count),
        candidate.containment >= Self.containmentMin
      {
        found.append(candidate)
      }
    }
    found.sort {
      ($1.containment, templates[$1.template].words.count, $0.template)
        < ($0.containment, templates[$0.template].words.count, $1.template)
    }
    return Array(found.prefix(Self.candidatesMax))
  }

  private func bestWindow(
    _ number: Int, _ places: [(text: Int32, template: Int32)], textCount: Int
  ) -> Candidate? {
    let template = templates[number]
    let length = template.words.count + max(48, template.words.count / 4)
    var counts = [Int32](repeating: 0, count: template.words.count)
    var distinct = 0
    var best = 0
    var bestRange = 0..<0
    var first = 0
    for last in places.indices {
      let place = Int(places[last].template)
      if template.flags[place].isDisjoint(with: .dispensable) {
        counts[place] += 1
        if counts[place] == 1 { distinct += 1 }
      }
      while Int(places[last].text) - Int(places[first].text) > length {
        let gone = Int(places[first].template)
        if template.flags[gone].isDisjoint(with: .dispensable) {
          counts[gone] -= 1
          if counts[gone] == 0 { distinct -= 1 }
        }
        first += 1
      }
      if distinct > best {
        best = distinct
        bestRange = first..<last + 1
      }
    }
    guard best > 0 else { return nil }
    // The window with the same count may begin with strays; what matters is to reach far enough.
    let start = Int(places[bestRange.lowerBound].text)
    let end = Int(places[bestRange.upperBound - 1].text) + Self.gramLength
    let reach = template.words.count / 3 + 24
    return Candidate(
      template: number,
      window: max(0, start - reach)..<min(textCount, end + reach),
      containment: min(1, Double(best) / Double(template.gramCount)))
  }
}
