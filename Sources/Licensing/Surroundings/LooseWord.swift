// The words of a stretch of text outside all licences, as they are written: with the ends of
// sentences and lines, addresses in one piece, and without the marks of Markdown and comments.

struct LooseWord: Equatable {
  /// In lower case, without the marks around it; British and American "license" are one word.
  let word: String
  /// Characters of the cleaned text, marks included.
  let range: Range<Int>
  /// Begins with a capital, or with a letter of a script that has none.
  let isCapital: Bool
  /// A handle or a product: with a digit or a mark inside, or a capital after the first letter.
  let isHandle: Bool
  /// A full stop, question mark, exclamation mark or semicolon follows.
  let endsSentence: Bool
  /// The last one of its line.
  var endsLine = false

  /// An address of the web or of a mail box, or a number or handle with a mark inside.
  var isAddress: Bool { Self.isAddress(word) }

  static func isAddress(_ word: String) -> Bool {
    if word.contains("://") || word.hasPrefix("www.") || word.hasPrefix("mailto:") { return true }
    let parts = word.split(separator: "@", omittingEmptySubsequences: false)
    if parts.count == 2 { return parts.allSatisfy { !$0.isEmpty } }
    return isHost(word)
  }

  /// "example.org", "github.com/acme/model"; not "2.0" and not "terms.pdf".
  private static func isHost(_ word: String) -> Bool {
    let host = word.prefix { $0 != "/" }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, let top = labels.last, labels.allSatisfy({ !$0.isEmpty }) else {
      return false
    }
    return hosts.contains(String(top)) && host.utf8.allSatisfy { $0 < 0x80 }
  }

  private static let hosts: Set<String> = [
    "com", "org", "net", "edu", "gov", "int", "io", "ai", "dev", "app", "co", "info", "eu", "uk",
    "de", "fr", "cn", "jp", "kr", "ru", "us", "ca", "au", "nl", "ch", "at", "be", "se", "no", "fi",
    "dk", "it", "es", "pt", "pl", "cz", "in", "br", "tw", "hk", "sg", "example",
  ]
}

extension LooseWord {
  /// Words by paragraph: a blank line ends one. At most so many words are read, up to `end`.
  static func paragraphs(
    _ source: CleanText, _ range: Range<Int>, most: Int = .max
  ) -> (paragraphs: [[LooseWord]], end: Int) {
    var count = 0
    var paragraphs: [[LooseWord]] = []
    var words: [LooseWord] = []
    var place = range.lowerBound
    var lineIsBlank = true
    while place < range.upperBound, count < most {
      let value = source.scalars[place]
      if value == CleanText.newline {
        if lineIsBlank, !words.isEmpty {
          paragraphs.append(words)
          words = []
        }
        if !words.isEmpty { words[words.count - 1].endsLine = true }
        lineIsBlank = true
        place += 1
        continue
      }
      guard value > CleanText.space else {
        place += 1
        continue
      }
      var end = place
      while end < range.upperBound, source.scalars[end] > CleanText.space,
        !breaks(source, place, end)
      {
        end += 1
      }
      if let word = read(source, place..<max(end, place + 1)) {
        words.append(word)
        count += 1
        lineIsBlank = false
      }
      place = max(end, place + 1)
    }
    if !words.isEmpty { paragraphs.append(words) }
    for index in paragraphs.indices {
      paragraphs[index][paragraphs[index].count - 1].endsLine = true
    }
    return (paragraphs, place)
  }

  /// A link of Markdown, `[text](address)`, is two words; a character without blanks around it is a
  /// word by itself.
  private static func breaks(_ source: CleanText, _ start: Int, _ end: Int) -> Bool {
    guard end > start else { return false }
    let before = source.scalars[end - 1]
    let value = source.scalars[end]
    if before == 0x5D, value == 0x28 { return true }
    if value == 0x7C || before == 0x7C { return true }
    return Characters.isHan(before) || Characters.isHan(value)
  }

  private static func read(_ source: CleanText, _ range: Range<Int>) -> LooseWord? {
    let scalars = source.scalars
    guard let first = range.first(where: { Characters.isWord(scalars[$0]) || isSign(scalars[$0]) }),
      let last = range.last(where: { Characters.isWord(scalars[$0]) || isSign(scalars[$0]) })
    else { return nil }
    var text = ""
    for place in first...last {
      if let scalar = Unicode.Scalar(scalars[place]) { text.unicodeScalars.append(scalar) }
    }
    // A leader of comments.
    if text.allSatisfy({ $0 == "%" }) { return nil }
    // What is left of an address that begins a licence.
    if text == "https" || text == "http", last + 1 < scalars.count, scalars[last + 1] == 0x3A {
      return nil
    }
    let value = scalars[first]
    let isScript = value > 0x7F && Unicode.Scalar(value)?.properties.isCased == false
    let word = folded(text.lowercased())
    let stops = scalars[last + 1..<range.upperBound].filter {
      [0x2E, 0x21, 0x3F, 0x3B, 0x3002, 0xFF01, 0xFF1B].contains($0)
    }
    let ends = !stops.isEmpty && !(stops == [0x2E] && abbreviations.contains(word))
    return LooseWord(
      word: word, range: range,
      isCapital: Characters.isUpper(value) || isScript,
      isHandle: word.contains { $0.isNumber || "-_/".contains($0) }
        || text.contains(where: \.isLowercase) && text.dropFirst().contains(where: \.isUppercase),
      endsSentence: ends)
  }

  /// Their full stop ends no sentence.
  private static let abbreviations: Set<String> = ["v", "ver", "no", "inc", "ltd", "co", "corp"]

  /// Signs that are words: ©, struck-out text, money, percent.
  private static func isSign(_ value: UInt32) -> Bool {
    [0xA9, 0x24, 0x25, 0x20AC, 0xA3, 0xA5, CleanText.struck].contains(value)
  }

  private static let spellings = [
    "licence": "license", "licences": "licenses", "licenced": "licensed", "(c)": "©",
  ]

  private static func folded(_ word: String) -> String { spellings[word] ?? word }
}
