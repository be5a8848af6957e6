// By which words licences are called: those of their ids, the titles their texts begin with, their
// names in the catalogue and a few common ones. In a title or a sentence around a licence that was
// found, such a word says nothing new.

struct LicenceNames {
  /// Words that only name the licences that were found, in lower case.
  private(set) var words: Set<String> = []
  /// Their whole names, word by word.
  private(set) var names: [[String]] = []

  init(of found: [Evaluation], _ comparison: Comparison) {
    var titles: Set<UInt64> = []
    for evaluation in found {
      let id = evaluation.template.id
      let lower = id.lowercased()
      let parts = lower.split(separator: "-").map(String.init)
      words.formUnion(parts)
      words.insert(lower)
      for part in parts { words.formUnion(Self.common[part] ?? []) }
      for (family, version) in zip(parts, parts.dropFirst()) where version.first?.isNumber == true {
        let short = version.hasSuffix(".0") ? String(version.dropLast(2)) : version
        words.formUnion([short, family + version, family + short])
        words.formUnion([family + "v" + version, family + "v" + short])
      }
      titles.formUnion(Self.title(evaluation.template, comparison.library))
      guard let name = Catalogue.shipped.licences[id]?.name else { continue }
      let named = CleanText(Array(name.utf8))
      let whole = LooseWord.paragraphs(named, 0..<named.scalars.count).paragraphs.flatMap { $0 }
        .map(\.word)
      if whole.count > 1 { names.append(whole) }
      words.formUnion(whole.filter { !WordClasses.operative.contains(WordHash.hash($0)) })
    }
    words.subtract(["only", "later", "or", "licenseref"])
    if words.contains("bsd") { names += Self.doubleNames }
    for word in comparison.text.words where titles.contains(word.hash) {
      words.insert(String(decoding: comparison.text.spelling(of: word), as: UTF8.self))
    }
  }

  /// "BSD 3-Clause "New" or "Revised" License".
  private static let doubleNames = [
    ["new", "or", "revised"], ["original", "or", "old"], ["modified", "bsd"],
  ]

  private static let titleWordsMax = 24

  /// The words at the beginning of a text that may be absent: its title.
  private static func title(_ template: Library.Indexed, _ library: Library) -> [UInt64] {
    template.words.indices.prefix(titleWordsMax)
      .prefix { template.flags[$0].contains(.optional) }
      .map { library.hashes[Int(template.words[$0])] }
      .filter { !WordClasses.operative.contains($0) }
  }

  private static let common: [String: Set<String>] = [
    "mit": ["expat", "x11", "massachusetts", "institute", "technology"],
    "bsd": ["new", "revised", "simplified", "original", "old", "berkeley", "distribution"],
    "apache": ["asl"],
    "gpl": ["gnu"],
    "lgpl": ["gnu", "lesser", "library"],
    "agpl": ["gnu", "affero"],
    "cc": ["creative", "commons", "deed", "unported", "international"],
    "cc0": ["creative", "commons", "zero", "universal", "public", "domain", "dedication"],
    "odbl": ["odc", "open", "data", "commons"],
    "lppl": ["latex"],
    "llama": ["meta", "community"],
    "zlib": ["libpng"],
  ]
}
