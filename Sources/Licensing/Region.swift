// Whether a stretch of a template and a stretch of a text say the same, exactly.
//
// The longest common subsequence leaves stretches that differ. Here each is walked word by word:
// equal words, typing errors, a word split or joined ("sub-license"), words that may be absent,
// slots with their alternatives, list marks, names of holders. If one walk reaches both ends, the
// difference means nothing; otherwise it counts. No score is involved.

/// A text while it is compared: its words, their numbers, and which are explained already.
struct Comparison {
  let library: Library
  let text: TextWords
  /// Numbers of the words; negative for words that no template has.
  var numbers: [Int32]

  init(_ library: Library, _ text: TextWords) {
    self.library = library
    self.text = text
    numbers = text.words.map { library.number(of: $0.hash) ?? -1 }
  }
}

struct Region {
  let comparison: Comparison
  let template: Library.Indexed
  private static let statesMax = 1 << 20

  private var library: Library { comparison.library }

  /// Whether `range` of the template and `textRange` of the text say the same.
  func saysTheSame(_ range: Range<Int>, _ textRange: Range<Int>) -> Bool {
    let width = textRange.count + 1
    guard (range.count + 1) * width <= Self.statesMax else { return false }
    if textRange.isEmpty, slots(in: range).isEmpty {
      return range.allSatisfy { !template.flags[$0].isDisjoint(with: [.optional, .soft]) }
    }
    let slots = slots(in: range)
    // A mark may be missing on one side. A mark on each side must be the same mark, unless all of
    // them begin lines: then one list is numbered and the other has letters.
    let here = range.filter { !template.flags[$0].isDisjoint(with: [.soft, .number]) }
    let there = textRange.filter { isMark($0) }
    let areLists =
      here.allSatisfy { template.flags[$0].contains(.line) }
      && there.allSatisfy { comparison.text.words[$0].flags.contains(.line) }
    let mayLackHere = there.isEmpty || areLists
    let mayLackThere = here.isEmpty || areLists
    var reached = [Bool](repeating: false, count: (range.count + 1) * width)
    reached[0] = true
    for row in 0...range.count {
      for column in 0..<width where reached[row * width + column] {
        if row == range.count, column == width - 1 { return true }
        let place = range.lowerBound + row
        let index = textRange.lowerBound + column
        if mayLackHere, place < range.upperBound, template.flags[place].contains(.soft) {
          reached[(row + 1) * width + column] = true
        }
        if mayLackThere, index < textRange.upperBound, isMark(index) {
          reached[row * width + column + 1] = true
        }
        step(place, index, range, textRange, slots) { nextPlace, nextIndex in
          reached[(nextPlace - range.lowerBound) * width + nextIndex - textRange.lowerBound] = true
        }
      }
    }
    return reached[(range.count + 1) * width - 1]
  }

  private func isMark(_ index: Int) -> Bool {
    !comparison.text.words[index].flags.isDisjoint(with: [.soft, .inline])
  }

  private func slots(in range: Range<Int>) -> [TemplateCodec.Slot] {
    template.slots.filter {
      $0.range.lowerBound >= range.lowerBound && $0.range.upperBound <= range.upperBound
    }
  }

  private func step(
    _ place: Int, _ index: Int, _ range: Range<Int>, _ textRange: Range<Int>,
    _ slots: [TemplateCodec.Slot], _ reach: (Int, Int) -> Void
  ) {
    let hasWord = index < textRange.upperBound
    if hasWord, !comparison.text.words[index].flags.isDisjoint(with: .nameOnly) {
      reach(place, index + 1)
    }
    for slot in slots where slot.range.lowerBound == place {
      for alternative in slot.alternatives {
        for end in ends(of: alternative, from: index, limit: textRange.upperBound) {
          reach(slot.range.upperBound, end)
        }
      }
    }
    guard place < range.upperBound else { return }
    if template.flags[place].contains(.optional) { reach(place + 1, index) }
    guard hasWord else { return }
    if isSame(place, index) { reach(place + 1, index + 1) }
    if index + 1 < textRange.upperBound, isJoined(place, index) { reach(place + 1, index + 2) }
    if place + 1 < range.upperBound, isSplit(place, index) { reach(place + 2, index + 1) }
  }

  /// Equal, or a typing error that hides nothing.
  private func isSame(_ place: Int, _ index: Int) -> Bool {
    let number = template.words[place]
    if comparison.numbers[index] == number { return true }
    let word = comparison.text.words[index]
    let wanted = library.hashes[Int(number)]
    if word.hash == wanted { return true }
    guard comparison.numbers[index] < 0, library.number(of: word.hash) == nil,
      !library.isStrict[Int(number)], !template.flags[place].contains(.number)
    else { return false }
    return TypingError.excuses(
      comparison.text.spelling(of: word), isCapital: word.flags.contains(.capital), wanted: wanted)
  }

  /// One word here, two in the text.
  private func isJoined(_ place: Int, _ index: Int) -> Bool {
    let words = comparison.text.words
    let joined =
      comparison.text.spelling(of: words[index])
      + comparison.text.spelling(of: words[index + 1])
    return WordHash.hash(joined) == library.hashes[Int(template.words[place])]
  }

  /// Two words here, one in the text.
  private func isSplit(_ place: Int, _ index: Int) -> Bool {
    let spelling = comparison.text.spelling(of: comparison.text.words[index])
    guard spelling.count >= 4, spelling.count <= 40 else { return false }
    let first = library.hashes[Int(template.words[place])]
    let second = library.hashes[Int(template.words[place + 1])]
    for cut in spelling.startIndex + 1..<spelling.endIndex
    where WordHash.hash(spelling[..<cut]) == first && WordHash.hash(spelling[cut...]) == second {
      return true
    }
    return false
  }

  /// Every place in the text where an alternative that begins at `start` may end.
  private func ends(of alternative: [Int32], from start: Int, limit: Int) -> [Int] {
    var places = [start]
    for element in alternative {
      var next: [Int] = []
      for place in places {
        if element >= 0 {
          if place < limit, comparison.text.words[place].hash == library.hashes[Int(element)] {
            next.append(place + 1)
          }
          continue
        }
        next.append(place)
        var end = place
        while end < limit, end - place < Template.fewMax, !isStrict(end) {
          end += 1
          next.append(end)
        }
      }
      places = Array(Set(next)).sorted()
      if places.isEmpty { return [] }
    }
    return places
  }

  private func isStrict(_ index: Int) -> Bool {
    let hash = comparison.text.words[index].hash
    return WordClasses.strict.contains(hash) || WordClasses.duty.contains(hash)
  }
}
