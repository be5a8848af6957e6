// "Copyright (c) 2019, 2021-2024 The Foo Authors <foo@example.org>. All rights reserved."
//
// What follows a copyright mark, by a grammar: years, names, addresses, what joins them. A name is
// a run of capitalised words; what is written small is a name only where nothing else can follow.
// The first word that fits nowhere ends the statement, so that no term hides behind a name.

struct HolderStatement {
  private let scalars: [UInt32]
  private var place: Int
  /// The word before, in lower case.
  private var before = ""
  private var isAfterSentence = false

  /// The end of the statement that goes on after a copyright mark which ends at `start`; `start` if
  /// nothing follows that names a holder.
  static func end(_ scalars: [UInt32], after start: Int) -> Int {
    var statement = HolderStatement(scalars: scalars, place: start)
    return statement.run()
  }

  private init(scalars: [UInt32], place: Int) {
    self.scalars = scalars
    self.place = place
  }

  private static let wordsMax = 40
  private static let wordLengthMax = 80

  private mutating func run() -> Int {
    var end = place
    for _ in 0..<Self.wordsMax {
      let isNewLine = skipBlanks()
      guard place < scalars.count else { return scalars.count }
      if isNewLine, !continues() { return end }
      if let close = bracketEnd() {
        place = close
        end = place
        continue
      }
      guard let word = word(at: place) else { return end }
      if let next = markEnd(word) ?? reservedEnd(word) {
        isAfterSentence = next != markEnd(word)
        before = "©"
        place = next
        end = place
        continue
      }
      guard !isAfterSentence else { return end }
      let kind = kind(of: word)
      switch kind {
      case .year, .address, .name: place = word.end
      case .joint:
        place = word.end
        before = word.lower
        continue
      case .small:
        guard let last = smallName(from: word) else { return end }
        place = last
      case .other: return end
      }
      end = place
      isAfterSentence = word.endsSentence && !isAbbreviation(word, kind)
      before = word.lower
    }
    return end
  }

  /// The end of a name that is written small, one or two words, three after "The": right after a
  /// year or the mark where a line, a comma or a bracket ends it, or up to a word of `groups`.
  private func smallName(from first: Word) -> Int? {
    var next = first.end
    for _ in 0..<2 {
      while next < scalars.count, scalars[next] == CleanText.space { next += 1 }
      guard let word = word(at: next) else { break }
      if Self.groups.contains(word.lower) { return word.end }
      guard kind(of: word) == .small else { break }
      next = word.end
    }
    guard before == "©" || before == "the" || Self.isYear(before) else { return nil }
    if first.endsClause { return first.end }
    var at = first.end
    while at < scalars.count, scalars[at] == CleanText.space { at += 1 }
    guard let second = word(at: at), kind(of: second) == .small else { return nil }
    if second.endsClause { return second.end }
    // "The small model makers".
    at = second.end
    while at < scalars.count, scalars[at] == CleanText.space { at += 1 }
    guard before == "the", let third = word(at: at), kind(of: third) == .small, third.endsClause
    else { return nil }
    return third.end
  }

  // MARK: Words

  private struct Word {
    let lower: String
    let isCapital: Bool
    let isCapitalThroughout: Bool
    let start: Int
    let end: Int
    /// A comma or the like follows.
    let endsClause: Bool
    let endsSentence: Bool
  }

  private enum Kind { case year, address, joint, name, small, other }

  private func word(at start: Int) -> Word? {
    var end = start
    while end < scalars.count, end - start < Self.wordLengthMax, scalars[end] > CleanText.space,
      ![0x2C, 0x3B, 0x28, 0x29, 0x3C, 0x3E, 0x5B, 0x5D, 0x7B, 0x7D, 0x7C].contains(scalars[end])
    {
      end += 1
    }
    var last = end
    while last > start, !Characters.isWord(scalars[last - 1]), scalars[last - 1] != 0xA9 {
      last -= 1
    }
    guard last > start else { return nil }
    var lower: [UInt8] = []
    for value in scalars[start..<last] { lower += Characters.lowered(value) }
    let first = scalars[start..<last].first(where: Characters.isWord) ?? scalars[start]
    let isScript = first > 0x7F && Unicode.Scalar(first)?.properties.isCased == false
    let next = end < scalars.count ? scalars[end] : CleanText.newline
    return Word(
      lower: String(decoding: lower, as: UTF8.self),
      isCapital: Characters.isUpper(first) || isScript,
      isCapitalThroughout: !scalars[start..<last].contains { value in
        Characters.isLetter(value) && !Characters.isUpper(value)
      },
      start: start, end: end,
      endsClause: end > last || [CleanText.newline, 0x2C, 0x3C, 0x28, 0x29].contains(next),
      endsSentence: scalars[last..<end].contains { [0x2E, 0x21, 0x3F, 0x3A, 0x3002].contains($0) }
        || next == 0x3B)
  }

  private func kind(of word: Word) -> Kind {
    if Self.isYear(word.lower) { return .year }
    if LooseWord.isAddress(word.lower) || word.lower.hasPrefix("@") { return .address }
    if Self.companyForms.contains(word.lower) || Self.groups.contains(word.lower) { return .name }
    if Self.joints.contains(word.lower) { return .joint }
    if word.lower == "for" || word.lower == "für" {
      return Self.bodies.contains(before) ? .joint : .other
    }
    if Self.givenNames.contains(word.lower), word.isCapital, !word.isCapitalThroughout,
      before == "©" || Self.isYear(before) || ["and", "by", "&"].contains(before)
    {
      return .name
    }
    if Self.isBanned(word.lower) { return .other }
    if Characters.isHan(scalars[word.start]) { return isHanName(word) ? .name : .other }
    if word.isCapital { return .name }
    // A handle: "s1lv3r", "a_b".
    if word.lower.contains(where: { $0.isNumber || $0 == "_" }) { return .name }
    return .small
  }

  /// Words of duty and of licences, which name nobody.
  private static func isBanned(_ word: String) -> Bool {
    word.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).contains { part in
      let hash = WordHash.hash(String(part))
      return WordClasses.operative.contains(hash) && !WordClasses.counting.contains(hash)
        || WordClasses.nameless.contains(hash)
    }
  }

  static func isYear(_ word: String) -> Bool {
    let parts = word.split(whereSeparator: { !$0.isNumber && !$0.isLetter }).map(String.init)
    return !parts.isEmpty
      && parts.allSatisfy { part in
        yearWords.contains(part) || part.count <= 4 && part.allSatisfy(\.isNumber)
      } && parts.contains { $0.count >= 4 }
  }

  private static let yearWords: Set<String> = [
    "present", "now", "today", "current", "yyyy", "year", "years", "xxxx", "19yy", "20xx", "200x",
    "201x", "202x", "4", "digit", "from", "to",
  ]

  /// What may stand between names, and what ends none.
  private static let joints: Set<String> = [
    "and", "by", "the", "of", "et", "de", "la", "le", "les", "des", "du", "van", "von", "der",
    "den",
    "und", "y", "e", "i", "da", "do", "dos", "di", "del", "della", "its", "their", "respective",
    "individual", "all", "various", "originally", "at", "year", "name", "copyright", "or", "in",
    "a",
    "an", "as", "to", "from", "time", "file", "see", "listed",
  ]
  /// Bodies and people that are written small: "the attrs contributors".
  private static let groups: Set<String> = [
    "contributors", "contributor", "authors", "author", "developers", "developer", "team",
    "community", "project", "maintainers", "members", "company", "foundation", "organization",
    "group", "people", "makers", "folks", "friends", "collective", "crew", "lab", "labs",
    "committee", "consortium", "staff", "partners", "affiliates", "subsidiaries", "other", "others",
    "holder", "holders", "owner", "owners",
  ]
  /// "Institute for …".
  private static let bodies: Set<String> = [
    "institut", "institute", "institutes", "center", "centre", "society", "association",
    "foundation", "council", "network", "alliance", "corporation", "zentrum", "forschungszentrum",
    "gesellschaft", "verein", "stiftung", "akademie", "agency", "laboratory", "school", "fakultät",
  ]
  private static let givenNames: Set<String> = ["will", "may", "can", "grant"]
  private static let companyForms: Set<String> = [
    "inc", "ltd", "co", "corp", "llc", "gmbh", "ag", "bv", "sa", "s.a", "b.v", "s.r.l", "pty", "al",
    "jr", "sr", "dr", "st", "prof", "ph.d", "mr", "mrs", "dept", "univ", "l.p", "n.v", "a/s", "s.l",
    "bvba", "oy", "ab", "aps", "srl", "spa", "kk", "pte", "plc", "lp", "llp", "kg", "ug", "e.v",
    "nv", "oü", "s.p.a",
  ]

  /// A full stop that ends no sentence: of a company's form, of an initial.
  private func isAbbreviation(_ word: Word, _ kind: Kind) -> Bool {
    guard !scalars[word.start..<word.end].contains(where: { [0x21, 0x3F, 0x3002].contains($0) })
    else { return false }
    return Self.companyForms.contains(word.lower) || word.lower.count == 1
      || word.lower.count == 3 && word.lower.dropFirst().first == "."
  }

  // MARK: Marks

  /// The end of another copyright mark.
  private func markEnd(_ word: Word) -> Int? {
    if word.lower == "copyright" || word.lower == "copyrights" || word.lower == "©" {
      return word.end
    }
    if word.lower.hasPrefix("©") { return word.start + 1 }
    return nil
  }

  private func reservedEnd(_ first: Word) -> Int? {
    guard first.lower == "all" || first.lower == "some" else { return nil }
    var at = first.end
    for wanted in ["rights", "reserved"] {
      while at < scalars.count, scalars[at] <= CleanText.space { at += 1 }
      guard let next = word(at: at), next.lower == wanted else { return nil }
      at = next.end
    }
    return first.lower == "all" ? at : nil
  }

  /// The end of a bracket that holds an address, a year, names or a blank to fill in.
  private func bracketEnd() -> Int? {
    let closing: [UInt32: UInt32] = [0x3C: 0x3E, 0x5B: 0x5D, 0x7B: 0x7D, 0x28: 0x29]
    guard let close = closing[scalars[place]],
      let end = scalars[place...].prefix(160).firstIndex(of: close)
    else { return nil }
    if scalars[place] == 0x28, end == place + 2, scalars[place + 1] | 0x20 == 0x63 {
      return end + 1
    }
    let inner = scalars[place + 1..<end].split {
      $0 <= CleanText.space || [0x22, 0x27, 0x2C, 0x3B, 0x2F, 0x7C, 0x201C, 0x201D].contains($0)
    }
    let words = inner.map { part in
      var lower: [UInt8] = []
      for value in part where ![0x3C, 0x5B, 0x5D, 0x7B, 0x7D].contains(value) {
        lower += Characters.lowered(value)
      }
      return (String(decoding: lower, as: UTF8.self), Characters.isUpper(part.first ?? 0))
    }
    let whole = scalars[place + 1..<end].compactMap(Unicode.Scalar.init)
    let text = String(String.UnicodeScalarView(whole)).lowercased()
    if LooseWord.isAddress(text) || text.contains(" at ") && text.contains(" dot ") {
      return end + 1
    }
    let isPlain = words.allSatisfy { word, isCapital in
      Self.isYear(word) || LooseWord.isAddress(word) || Self.blanks.contains(word)
        || Self.joints.contains(word) || word.allSatisfy(\.isNumber)
        || ["authors.txt", "authors.md", "authors.rst", "contributors.txt"].contains(word)
        || (isCapital || word.contains { "-_/.".contains($0) }) && !Self.isBanned(word)
    }
    return isPlain ? end + 1 : nil
  }

  /// Words of a blank to fill in: "<name of author>".
  private static let blanks: Set<String> = [
    "year", "years", "yyyy", "yy", "name", "names", "of", "author", "authors", "copyright",
    "holder", "holders", "owner", "owners", "fullname", "full", "organization", "organisation",
    "company", "login", "email", "e-mail", "mail", "url", "program", "program's", "date", "insert",
    "your", "here", "or", "entity", "legal", "project", "first", "last", "publication", "one",
    "line", "give", "its", "what", "it", "does", "brief", "idea", "dates", "and", "the", "s",
  ]

  // MARK: Blanks and lines

  /// Passes blanks, commas, dashes and the marks of comments; whether a line began.
  private mutating func skipBlanks() -> Bool {
    var lines = 0
    while place < scalars.count {
      let value = scalars[place]
      if value == CleanText.newline {
        lines += 1
        if lines > 1 { return true }
      } else if Characters.isWord(value) || [0x3C, 0x5B, 0x7B, 0x28, 0xA9, 0x40].contains(value) {
        break
      } else if value == CleanText.struck || [0x24, 0x25, 0x20AC].contains(value) {
        break
      }
      place += 1
    }
    return lines > 0
  }

  /// Whether a statement goes on in a line that begins at `place`: a name was cut in two, or
  /// another statement follows.
  private func continues() -> Bool {
    guard place < scalars.count, scalars[..<place].last(where: { $0 > CleanText.space }) != nil
    else { return false }
    // A blank line ends it.
    var at = place
    var lines = 0
    while at > 0, !Characters.isWord(scalars[at - 1]) {
      if scalars[at - 1] == CleanText.newline { lines += 1 }
      at -= 1
    }
    if lines > 1 { return false }
    if [0x3C, 0xA9].contains(scalars[place]) { return true }
    guard let word = word(at: place) else { return false }
    if reservedEnd(word) != nil || markEnd(word) != nil { return true }
    if Self.companyForms.contains(word.lower) || LooseWord.isAddress(word.lower) { return true }
    if isAfterSentence { return false }
    // The postal address of a company.
    if Self.companyForms.contains(before), Characters.isDigit(scalars[place]) { return true }
    let comma = scalars[at..<place].contains(0x2C)
    return comma || ["and", "of", "the", "&", "by", "for", "et"].contains(before)
      || ["and", "of", "et"].contains(word.lower)
  }

  /// A body's name in Chinese, Japanese or Korean: it ends as such names end, or is a person's.
  private func isHanName(_ word: Word) -> Bool {
    let text = scalars[word.start..<word.end].prefix(while: Characters.isHan)
    if text.count <= 3 { return true }
    let name = String(String.UnicodeScalarView(text.compactMap(Unicode.Scalar.init)))
    let endings = ["公司", "大学", "學", "研究院", "研究所", "实验室", "学院", "集团", "中心", "株式会社", "주식회사"]
    return endings.contains { name.hasSuffix($0) || name.hasPrefix($0) }
  }
}
