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

  /// What an obligation of a licence is about.
  static let topic = hashes(
    """
    use used uses using user users copy copied copies copying license licensed licenses licensing
    licensor licensee sublicense fee fees pay paid payment royalty royalties output outputs
    distribute distributed distribution redistribute redistribution software model models weights
    rights right commercial noncommercial patent patents sell sold sale purposes purpose work works
    derivative derivatives modify modified modification modifications permission train training
    distill distillation service services product products liable liability warranty warranties
    publish military research interpreted endorse endorsement source code provide obligation
    party parties law laws court name names advertising enhancements restrict limit
    """)

  /// Words that make a text look like a licence at all.
  static let licenceLike = hashes(
    """
    license licenses licensed agreement terms conditions permission copyright warranty granted
    licensor licensee
    """)

  /// Words that no name of a holder has.
  static let operative = strict.subtracting([all]).union(duty).union(licenceLike)
    .subtracting([copyright])

  /// Chinese characters that stand for duties, prohibitions and permissions.
  static let hanDuty = hashes("不 须 得 禁 止 必 应 可 仅 非 勿 准 许")

  static let copyright = WordHash.hash("copyright")
  static let all = WordHash.hash("all")
  static let reserved = ["all", "rights", "reserved"].map { WordHash.hash($0) }
  static let portions = hashes("portions parts")
  /// "Inc." ends no sentence.
  static let companyForms = hashes("inc ltd co corp llc gmbh bv sa")

  private static func hashes(_ words: String) -> Set<UInt64> {
    Set(words.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { WordHash.hash(String($0)) })
  }
}
