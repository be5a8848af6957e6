// What may stand beside a licence without changing it, as a closed list. It was written from what
// licence files hold; a word or a sentence that is missing here costs a look, one too many costs a
// wrong "allowed". So no phrase speaks of a part ("the code", "the weights"), of people or of use.

enum HarmlessPhrases {
  /// One element of a phrase.
  indirect enum Element: Equatable, Sendable {
    /// One of these words.
    case words(Set<String>)
    /// May be absent.
    case optional([Element])
    /// One to so many words of a kind.
    case slot(Slot, most: Int)
  }

  enum Slot: String, Sendable {
    /// Words of the licences that were found.
    case licence
    /// A proper name; one with a digit or a mark inside.
    case name, handle
    /// A file of terms that is expected beside them.
    case file
    /// An address; one where the licences that were found stand.
    case address, source
    case date
  }

  static let months: Set<String> = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec",
  ]

  /// Words of titles, headings, dates and labels. None of them grants, forbids or limits.
  static let titleWords: Set<String> = months.union(
    words(
      """
      license licenses licensing agreement agreements text texts full complete copy the a an of for
      this and with version v software program library project package module public general
      terms conditions copyright copyrights notice notices legal information info file readme
      appendix preamble table contents introduction begin end start below above follows template
      spdx-license-identifier spdx license-identifier identifier last updated effective date release
      released revised published revision edition as on page author authors by © all rights reserved
      open source osi approved title document statement attribution acknowledgements disclaimer
      header footer body section name url homepage created eof website email mail badge image
      shields definitions copyrightable summary top back
      """)
  ).subtracting(["all", "on", "for", "disclaimer"])

  /// With one of these an address is one of terms.
  static let termsWords = words(
    "license licenses licensing agreement terms conditions text texts version v revision edition")

  /// Where licence texts are published.
  static let licenceHosts = words(
    """
    opensource.org www.opensource.org spdx.org choosealicense.com www.gnu.org gnu.org fsf.org
    www.fsf.org creativecommons.org www.apache.org apache.org www.mozilla.org mozilla.org
    img.shields.io licenses.opensource.org unlicense.org www.boost.org
    """)

  /// `a|b` one word of several, `[…]` may be absent, `{kind:n}` one to n words of a kind.
  static let all: [[Element]] = sentences.map(parse)

  private static let sentences = [
    "all rights reserved",
    "see [the] below|license|above",
    "[please] see [the] [accompanying|included|enclosed|file] {file:1} [file] \(look)",
    "[this|the] file|page|document is [a] part of [the|this] \(thing) {name:4}",
    "[this|the] file|page|document is [a] part of {name:4}",
    "this|it is [a] part of [the] [\(thing)] {name:4}",
    "[the] [full|complete|whole|exact|original] [text|terms|copy] [of] [the|this] {licence:8} "
      + "follows|is|are [included|reproduced|given|printed|provided|shown|quoted|as] "
      + "[below|here|above|follows]",
    "[the] [full|complete|whole|exact|original] text|terms of [the|this] license "
      + "follows|follow|is|are [included|reproduced|given|printed|provided|shown|quoted|as] "
      + "[below|here|above|follows]",
    "[the] license [text] follows|is [included|reproduced|as] [below|follows]",
    "a copy of [the|this] [{licence:8}] license is [included|reproduced|given] below|here|above",
    "\(subject) \(grant) [the] {licence:10} \(tail)",
    "\(subject) \(grant) [the] following|below|above license|terms",
    "licensed|released|distributed|available under [the] [terms|conditions] [of] [the] {licence:10}"
      + " \(tail)",
    "license|licensing|spdx-license-identifier [is] {licence:10} \(tail)",
    "spdx-license-identifier|license see|is|as [below|license|follows] [below]",
    "[the] {licence:10} \(tail)",
    "this is the {licence:10} \(tail)",
    "this license is approved by the osi|fsf [and] [the] [fsf|osi] [as] [gpl-compatible]",
    "{name:6} {address:3}",
    "[please] see [the] {file:1} [file] for [the|a] [full|complete] [list] [of] "
      + "contributors|authors|attributions|attribution|credits|copyright [information|notices]",
    "[the] following is [the] [full|complete|exact] [text] [of] [the] {licence:10}",
    "[the] following license applies|apply to [all] [files|of] [in] [this|the] \(thing)",
    "[last] updated|created|revised|modified|published|effective|released|date [on|as] [of] "
      + "{date:6}",
    "page|section {date:1} [of] [{date:1}]",
    "\(label) [page|site|address|name] [is|by] {address:2}",
    "\(label) [page|site|address|name] [is|by] {name:6} [{address:2}]",
    "[for] [more|further|additional] information|details [about|on] [this|the] [\(thing)] "
      + "[please] see|visit {address:2}",
    "[please] see|visit {address:2} [for] [more|further|additional] [information|details]",
    "end of [the] [terms|license] [and] [conditions|text|agreement|file]",
    "begin|end|start [of] [the] [{licence:8}] [license] [text|notice|file|terms|agreement]",
    "table of contents",
    "[this] [template|document] [was] generated|created|made by|with {name:3} [{address:1}]",
  ]

  private static let thing =
    "project|software|library|package|program|module|repository|repo|work|product|tool|"
    + "application|app|plugin|distribution|framework|model|release"
  private static let subject =
    "[this|the|all] [of] [the] [contents|files] [of|in] [the|this] [\(thing)] "
    + "[{handle:2}] [itself] [is|are]"
  private static let grant =
    "[hereby] licensed|released|distributed|available|provided|published|covered|offered "
    + "[and] [licensed|distributed|released] under|by|with|subject [to] [the] [terms|conditions] "
    + "[and] [conditions] [of]"
  private static let look =
    "[below] [for] [more|further|full|the|complete] [full|license] "
    + "[information|details|text|terms|license] [text]"
  private static let tail =
    "[license] [see|in|found|included|reproduced|as|quoted|which] [the|can|is|follows|below] [be] "
    + "[accompanying|found|included|reproduced] [in|at|below|here] [the|this] [{file:1}] [file] "
    + "[{source:1}] \(look)"
  private static let label =
    "contact|author|authors|maintainer|maintainers|maintained|homepage|home|website|web|repository|"
    + "source|project|url|email|e-mail|mail|download|github|model|name|title|origin|publisher|"
    + "vendor"

  // MARK: Reading the list

  private static func words(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
  }

  /// Reads one sentence of the list; a mistake in it shows in every test.
  private static func parse(_ text: String) -> [Element] {
    var stack: [[Element]] = [[]]
    var rest = text[...]
    while let first = rest.first {
      switch first {
      case " ": rest.removeFirst()
      case "[":
        rest.removeFirst()
        stack.append([])
      case "]":
        rest.removeFirst()
        let inner = stack.removeLast()
        stack[stack.count - 1].append(.optional(inner))
      case "{":
        let body = rest.dropFirst().prefix { $0 != "}" }
        rest = rest.dropFirst(body.count + 2)
        let parts = body.split(separator: ":")
        guard parts.count == 2, let slot = Slot(rawValue: String(parts[0])),
          let most = Int(parts[1])
        else { preconditionFailure("\(body) is no slot") }
        stack[stack.count - 1].append(.slot(slot, most: most))
      default:
        let word = rest.prefix { !" []{".contains($0) }
        rest = rest.dropFirst(word.count)
        stack[stack.count - 1].append(.words(Set(word.split(separator: "|").map(String.init))))
      }
    }
    return stack[0]
  }
}
