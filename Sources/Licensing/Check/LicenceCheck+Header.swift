// The header of a GGUF file as a card: where it speaks for the model, and where it contradicts the
// card or a text beside it.
//
// Promises: a README with front matter goes before a header; where it is silent about licence,
// bases or data sets, the header is heard. Both are named as sources.

import Base
import Formats

/// Who declares the licence, for messages.
enum LicenceSpeaker: Equatable {
  case card(String)
  case header(String)

  var file: String {
    switch self {
    case .card(let file), .header(let file): file
    }
  }

  /// At the beginning of a sentence.
  var title: String {
    switch self {
    case .card: "The card"
    case .header(let file): "The header of \(file)"
    }
  }

  /// The key that names a licence there.
  var key: String {
    switch self {
    case .card: "license:"
    case .header: "general.license"
    }
  }
}

extension LicenceCheck {
  /// Reads README and header. Throws what the README's front matter throws.
  mutating func readCard() throws(Problem) {
    let cards = try folder.cards()
    card = cards.first?.card ?? ModelCard()
    cardName = cards.first?.name
    speaker = .card(cardName ?? "README.md")
    compareCards(cards)
    isCardless = folder.isBareFile
    guard let name = folder.headerName, let header = try readHeader(name) else { return }
    self.header = header
    if !card.hasFrontMatter { isCardless = true }
    if card.licences.isEmpty, !card.hasUnreadableLicence,
      !header.licences.isEmpty || !card.hasFrontMatter
    {
      card.licences = header.licences
      card.licenceName = header.licenceName
      card.licenceLink = header.licenceLink
      speaker = .header(name)
    }
    if card.baseModels.isEmpty, !header.baseModels.isEmpty {
      card.baseModels = header.baseModels
      card.hasHeaderBases = true
    }
    if card.datasets.isEmpty { card.datasets = header.datasets }
    if card.tags.isEmpty { card.tags = header.tags }
    card.modelName = header.modelName
    card.organisation = header.organisation
  }

  /// Several cards beside a bare file must not say different things.
  private mutating func compareCards(_ cards: [(name: String, card: ModelCard)]) {
    for other in cards.dropFirst() where !other.card.licences.isEmpty && !card.licences.isEmpty {
      guard other.card.licences != card.licences else { continue }
      add(
        "declared_detected_mismatch", .error,
        "\(cardName ?? "") declares \(card.licences.joined(separator: ", ")), and \(other.name) "
          + "declares \(other.card.licences.joined(separator: ", ")).", place: other.name)
    }
  }

  /// Nil and a finding if the header cannot be read.
  private mutating func readHeader(_ name: String) throws(Problem) -> ModelCard? {
    do throws(Problem) { return try folder.header(name) } catch {
      guard error.kind == .malformed, error.code != "changed" else { throw error }
      add(
        "text_unknown", .warning, "The metadata of \(name) cannot be read: \(error.reason).",
        place: name)
      return nil
    }
  }

  /// Holds what each GGUF file says against the card.
  mutating func compareGGUF() throws(Problem) {
    for name in fileNames where name.lowercased().hasSuffix(".gguf") {
      guard speaker != .header(name) else { continue }
      let header = name == folder.headerName ? self.header : try readHeader(name)
      guard let typed = header?.licences.first else { continue }
      let ids = resolved(typed)
      guard !declared.ids.isEmpty || !ids.isEmpty else { continue }
      let agrees =
        ids.contains { id in declared.ids.contains { Self.isSameText($0, id) } }
        || declared.typed.contains { ByteName($0) == ByteName(typed) }
      guard !agrees else { continue }
      add(
        "gguf_mismatch", .error,
        "\(name) says the licence is \"\(typed)\"; \(speaker.title.lowercasedFirst) says "
          + "\(quotedDeclaration).", place: name)
    }
  }

  /// A licence that is named, and whose text is nowhere: whoever passes the model on owes it.
  mutating func checkText() {
    guard isCardless, !declared.ids.isEmpty else { return }
    let hasText = detected.contains { entry in
      entry.verdict.verdict != .none
        && (entry.ids.isEmpty || entry.ids.contains { facts($0)?.kind != "policy" })
    }
    guard !hasText else { return }
    add(
      "text_absent", .warning,
      "The licence is \(declared.ids.joined(separator: ", ")), and its text is not at hand: it "
        + "must go with the model when it is passed on.", place: speaker.file,
      owed: declared.ids.allSatisfy(LicenceFacts.bindsCopiesAlone) ? .passedOn : .passedOnOrHosted)
  }

  /// What was read about the licence, and what each says.
  func sources() -> [LicenceReport.Source] {
    var sources: [LicenceReport.Source] = []
    if let header, let name = folder.headerName {
      sources.append(
        LicenceReport.Source(file: name, kind: .ggufHeader, says: header.licences.first))
    }
    if let name = cardName {
      let typed: [String] = if case .card = speaker { declared.typed } else { [] }
      sources.append(
        LicenceReport.Source(
          file: name, kind: .card, says: typed.isEmpty ? nil : typed.joined(separator: ", ")))
    }
    for entry in detected {
      let isTerms = LicenceFileName.isTerms(entry.file)
      sources.append(
        LicenceReport.Source(
          file: entry.file, kind: isTerms ? .terms : .licenceText,
          says: entry.ids.isEmpty ? nil : entry.ids.joined(separator: ", ")))
    }
    if declared.typed.isEmpty, let licence = stated.licence {
      sources.append(LicenceReport.Source(file: "stated", kind: .stated, says: licence))
    }
    for name in fileNames where LicenceFileName.isNotice(name) {
      sources.append(LicenceReport.Source(file: name, kind: .notice, says: nil))
    }
    return sources
  }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
