// What the card declares, and whether the texts beside it say the same.

import Base
import Formats

extension LicenceCheck {
  /// Tags of the Hub that name a family of licences and no text.
  private static let families: Set<String> = ["openrail", "cc", "bsd", "gpl", "lgpl", "gfdl"]

  private var licenceTexts: [LicenceReport.Detected] {
    detected.filter { $0.verdict.verdict != .none }
  }

  /// Ids of licences, not policies, that are whole in the folder.
  var detectedLicences: [String] {
    unique(detected.flatMap(\.ids).filter { facts($0)?.kind != "policy" })
  }

  var detectedPolicies: [String] {
    unique(detected.flatMap(\.ids).filter { facts($0)?.kind == "policy" })
  }

  func unique(_ ids: [String]) -> [String] {
    var seen: Set<String> = []
    return ids.filter { seen.insert($0).inserted }
  }

  // MARK: Resolving

  mutating func resolveDeclaration() {
    declared.typed = card.licences
    let says = card.licences.filter { $0 != "unknown" }
    guard !says.isEmpty || card.hasUnreadableLicence else {
      if let licence = stated.licence {
        declared.ids = [licence]
        declared.expression = licence
        return
      }
      if licenceTexts.isEmpty {
        add(
          "missing", .error,
          folder.headerName == nil
            ? "Neither the card nor a file names a licence. Without a grant nothing is allowed."
            : "Neither header, card nor a file names a licence. Without a grant nothing is allowed."
        )
      } else {
        // Where nobody wrote a card, the text that lies there is the only word.
        add(
          "declared_missing", isCardless && !card.hasFrontMatter ? .note : .warning,
          "There is a licence text, but \(speaker.title.prefix(1).lowercased())"
            + "\(speaker.title.dropFirst()) does not say `\(speaker.key)`.", place: speaker.file)
      }
      return
    }
    if card.hasUnreadableLicence {
      add(
        "declared_unknown_id", .warning,
        "`license` on the card is neither a word nor a list of words.",
        place: speaker.file)
    }
    if card.isLicenceList {
      add(
        "list_ambiguous", .warning,
        "The card lists several licences: a list says neither AND nor OR.", place: speaker.file)
    }
    for typed in says { declared.ids += resolve(typed) }
    declared.ids = unique(declared.ids)
    if !card.isLicenceList, !declared.ids.isEmpty {
      declared.expression = declared.ids.joined(separator: " AND ")
    }
  }

  private mutating func resolve(_ typed: String) -> [String] {
    if typed == "other" { return resolveOther() }
    if Self.families.contains(typed) {
      add(
        "family_tag", .warning,
        "\"\(typed)\" names a family of licences, not a text; which one is it?", place: speaker.file
      )
      return []
    }
    let ids = resolved(typed)
    if ids.isEmpty {
      add(
        "declared_unknown_id", .warning,
        "\"\(typed)\" is no licence id that we know. Nothing is assumed in its place.",
        place: speaker.file)
    }
    return ids
  }

  /// The licences behind an id of the Hub or an SPDX expression; the folder decides between several
  /// texts of one name, else the newest one is taken.
  func resolved(_ typed: String) -> [String] {
    let candidates = catalogue.hubIndex[typed] ?? []
    if candidates.count == 1 { return candidates }
    if !candidates.isEmpty {
      let here = candidates.filter(detectedLicences.contains)
      if !here.isEmpty { return here }
      return catalogue.newest(candidates).map { [$0] } ?? []
    }
    guard let expression = try? Expression(typed), expression.unknown.isEmpty else { return [] }
    let modern = expression.simplified
    return (modern.licences + modern.references).filter { catalogue.licences[$0] != nil }
  }

  /// `license: other` stands for the linked file, or for the only one; else for the name.
  private mutating func resolveOther() -> [String] {
    var file: LicenceReport.Detected?
    if let link = card.licenceLink, !link.contains("://") {
      let name = link.hasPrefix("./") ? String(link.dropFirst(2)) : link
      file = detected.first { $0.file == name }
      if file == nil, !fileNames.contains(name) {
        add(
          "link_missing", .warning, "\(speaker.title) links to \"\(link)\", which is not there.",
          place: speaker.file)
      }
    }
    if file == nil {
      let texts = licenceTexts.filter { entry in
        entry.ids.isEmpty || entry.ids.contains { facts($0)?.kind != "policy" }
      }
      file = texts.count == 1 ? texts[0] : nil
    }
    if let ids = file?.ids.filter({ facts($0)?.kind != "policy" }), !ids.isEmpty { return ids }
    let named = card.licenceName.map(catalogue.named) ?? []
    if named.count == 1, file == nil || file?.verdict.variantOf.contains(named[0]) == true {
      return named
    }
    let name = card.licenceName.map { " (\"\($0)\")" } ?? ""
    add(
      "other_unresolved", .error,
      "\(speaker.title) says that the licence is \"other\"\(name), and neither a file nor the name "
        + "tells which text.", place: speaker.file)
    return []
  }

  // MARK: Comparing

  mutating func compareTextsWithDeclaration() {
    for entry in detected {
      switch entry.verdict.verdict {
      case .variant:
        let first = entry.verdict.differences.first
        add(
          "text_modified", .warning,
          "\(entry.file) is \(entry.verdict.variantOf.joined(separator: ", ")) with changes"
            + (first.map { ", first: \($0.kind.rawValue): \($0.clause)" } ?? "") + ".",
          place: first.map { "\(entry.file):\($0.line)" } ?? entry.file)
      case .unknown:
        add(
          "text_unknown", .warning,
          entry.verdict.note.map { "\(entry.file) is \($0)." }
            ?? "\(entry.file) reads like a licence, but is none that we know.", place: entry.file)
      case .match, .none: break
      }
    }
  }

  /// After the ancestors are known: a copy of an ancestor's licence belongs in the folder, but not
  /// in place of the declared one.
  mutating func compareDeclaredWithDetected() {
    guard !declared.ids.isEmpty, !card.licences.contains("other") else { return }
    let inherited = ancestors.compactMap(\.licence)
    let hasDeclared = detectedLicences.contains { id in
      declared.ids.contains { Self.isSameText($0, id) }
    }
    let expected = declared.ids + (hasDeclared ? inherited : [])
    for entry in detected where !LicenceFileName.isAboutSomethingElse(entry.file) {
      let strange = entry.ids.filter { id in
        facts(id)?.kind != "policy" && !expected.contains { Self.isSameText($0, id) }
      }
      guard !strange.isEmpty else { continue }
      // A header that a text contradicts has its own name: converters copy the card of the day.
      let id = if case .header = speaker { "gguf_mismatch" } else { "declared_detected_mismatch" }
      add(
        id, .error,
        "\(speaker.title) declares \(quotedDeclaration), but \(entry.file) is "
          + "\(strange.joined(separator: ", ")).", place: entry.file)
    }
  }
}
