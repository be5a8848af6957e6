// The closed vocabularies that a decision needs, since hashing would lose the meaning of a word.
//
// They are common words, not licence text. `strict` words are never taken for a typing error of
// one another: negations, modal verbs, quantifiers, number words and the word commercial.
// `duty` and `topic` together tell a sentence that may oblige from prose around a licence.

enum WordClasses {
  /// Negations, modal verbs, quantifiers, numbers: a change of one of these changes a duty.
  static let strict = hashes(
    """
    not no non nor neither none without except unless never cannot nothing nobody may can will
    shall must should might would could any all only each every solely exclusively either both
    zero one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand million billion percent half quarter double
    commercial noncommercial
    """)

  /// Strict words that are long enough to be told from a slip: a mistyped one still says the same,
  /// and every other word that looks like them is known.
  static let mistypable = hashes(
    "should cannot nothing nobody either neither solely exclusively could would")

  /// A sentence with one of these may oblige, permit or forbid.
  static let duty = hashes(
    """
    not no nor neither none without except unless never cannot may shall must should only
    solely required require requires prohibited prohibit prohibits forbidden forbid forbids
    permitted permit permits allowed allow allows grant grants granted restricted restriction
    restrictions provided subject agree agrees obligation obligations entitled
    """)

  /// Words that terms are made of, and that prose about a model can do without.
  static let terms = duty.union(licenceLike).union(nameless).union(
    hashes(
      """
      license licensing sublicense copy copied copies copying redistribute redistribution
      distribute distributed rights right commercial noncommercial nonprofit profit personal private
      academic education educational research researchers students free freely paid pay price
      royalty patent patents sell sold sale derivative derivatives modify modified modification
      liable liability warranties endorse endorsement military law laws court party parties legal
      lawful territory country countries consent accept accepted acceptance contact ask
      competitor competitors compete enterprise company companies organization organizations
      evaluation outputs output train training distill distillation
      """)
  ).subtracting(hashes("use uses using usage contact training ask"))

  /// Words that make a text look like a licence at all.
  static let licenceLike = hashes(
    """
    license licenses licensed agreement terms conditions permission copyright warranty granted
    licensor licensee
    """)

  /// Words that no name of a holder has.
  static let operative = strict.subtracting([all]).union(duty).union(licenceLike)
    .subtracting([copyright])

  /// Strict words that names do have: "Seven Bridges", "All Authors".
  static let counting = hashes(
    """
    all one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand million billion half quarter double every
    both each
    """)
  /// Words of use and payment, which no name of a holder has.
  static let nameless = hashes(
    """
    use usage uses using purpose purposes fee fees royalty royalties payment paid revocable excluded
    prohibited forbidden contact
    """)

  static let copyright = WordHash.hash("copyright")
  static let all = WordHash.hash("all")
  static let reserved = ["all", "rights", "reserved"].map { WordHash.hash($0) }
  static let portions = hashes("portions parts")

  private static func hashes(_ words: String) -> Set<UInt64> {
    Set(words.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { WordHash.hash(String($0)) })
  }
}
