// What the licence of each ancestor asks of this folder: a copy of the text, a notice, a line, a
// name, and a declaration that does not hide its restrictions.

import Base
import Formats

extension LicenceCheck {
  /// Conditions that bind whoever gets the model, so that a declaration without them misleads.
  private static let restrictions = [
    ("non_commercial", "a bar on commercial use"), ("research_only", "use for research alone"),
    ("field_of_use", "limits on what it is used for"),
    ("flow_down_restrictions", "restrictions that are to be passed on"),
    ("threshold", "a limit of size"), ("territory_exclusion", "places that it leaves out"),
    ("name_prefix", "a rule for names"), ("display_line", "a line that is to be shown"),
    ("no_improve_other_models", "a bar on improving other models"),
    ("share_alike", "a rule to share under the same terms"),
  ]

  mutating func checkDuties(_ bases: [String]) {
    for ancestor in ancestors {
      for facts in licences(ancestor.licence) {
        guard !catalogue.isLicensor(model, of: facts) else {
          add(
            "licensor", .note,
            "By its name \(model) is of \(facts.publisher ?? "its licensor"), which grants "
              + "\(facts.id) itself: what that asks of others is not asked of it.",
            licence: facts.id)
          continue
        }
        checkRestrictions(facts, ancestor.model)
        checkName(facts, ancestor.model, reachesOutputs: false)
        checkLine(facts, ancestor.model, reachesOutputs: false)
        checkNotice(facts, ancestor.model)
        checkCopy(facts, ancestor.model)
      }
    }
  }

  // MARK: Restrictions

  private mutating func checkRestrictions(_ facts: LicenceFacts, _ ancestor: String) {
    guard !declared.ids.isEmpty, !declared.ids.contains(facts.id) else { return }
    if facts.grantsNothing {
      add(
        "base_more_restrictive", .error,
        "\(ancestor) grants nothing (\(facts.id)); \(quotedDeclaration) gives what was not had.",
        licence: facts.id)
      return
    }
    var missing: [(type: String, words: String)] = []
    var isSure = false
    for (type, words) in Self.restrictions {
      let conditions = facts.conditions(type).filter { $0["strength"] != "encouraged" }
      guard !conditions.isEmpty, !declares(type) else { continue }
      missing.append((type, words))
      isSure = isSure || conditions.contains { !$0.isLow }
    }
    guard !missing.isEmpty else { return }
    add(
      "base_more_restrictive", isSure ? .error : .warning,
      "\(ancestor) is under \(facts.id), which has "
        + "\(missing.map(\.words).joined(separator: ", ")); the declared \(quotedDeclaration) "
        + "does not pass that on.",
      licence: facts.id, clause: facts.conditions(missing[0].type).first?.clause)
  }

  /// Whether what is declared has a condition: one of several texts that all bind, but every one
  /// of a list, since the reader may choose.
  private func declares(_ type: String) -> Bool {
    let declared = self.declared.ids.compactMap(facts)
    return card.isLicenceList
      ? declared.allSatisfy { $0.has(type) } : declared.contains { $0.has(type) }
  }

  // MARK: Name and line

  mutating func checkName(_ facts: LicenceFacts, _ source: String, reachesOutputs: Bool) {
    for condition in facts.conditions("name_prefix") {
      guard let prefix = condition["prefix"], !reachesOutputs || reaches(condition) else {
        continue
      }
      // A file may be called anything; then what its header calls the model counts too.
      let names = [shortName] + (folder.isBareFile ? [card.modelName].compactMap { $0 } : [])
      if names.contains(where: { Self.joined($0).hasPrefix(Self.joined(prefix)) }) { continue }
      add(
        "name_rule", condition.isLow ? .warning : .error,
        "\(facts.id) of \(source) wants a name that begins with \"\(prefix)\"; this model is "
          + "called \"\(shortName)\".", licence: facts.id, clause: condition.clause)
    }
  }

  mutating func checkLine(_ facts: LicenceFacts, _ source: String, reachesOutputs: Bool) {
    for condition in facts.conditions("display_line") where isOwed(condition, source) {
      guard let text = condition["text"], !reachesOutputs || reaches(condition) else { continue }
      let alternatives = (condition.fields["alternatives"]?.array ?? []).compactMap(\.string)
      let lines = ([text] + alternatives).map(Self.withoutBlank)
      if lines.contains(where: { Licensing.says(card.body, $0) }) { continue }
      add(
        "display_line_missing", condition.isLow ? .warning : .error,
        "\(facts.id) of \(source) wants the line \"\(lines[0])\" to be shown; the README lacks it.",
        place: cardName ?? speaker.file, licence: facts.id, clause: condition.clause,
        owed: .passedOnOrHosted)
    }
  }

  /// Whether a condition also reaches a model that was only trained on outputs.
  private func reaches(_ condition: LicenceFacts.Condition) -> Bool {
    condition["when"]?.contains("output") == true
  }

  /// Lines that are only encouraged, owed by large or commercial products, or told in other words
  /// than their own, cannot be asked of a README.
  private func isOwed(_ condition: LicenceFacts.Condition, _ source: String) -> Bool {
    guard condition["strength"] != "encouraged", let text = condition["text"] else { return false }
    let when = condition["when"] ?? ""
    if when.contains("threshold") || when.contains("commercial product") { return false }
    if when.contains("Cosmos"), !source.lowercased().contains("cosmos") { return false }
    return !text.hasPrefix("acknowledgement")
  }

  /// "-", "_" and blanks are alike; case counts.
  private static func joined(_ name: String) -> String {
    String(name.map { $0 == "_" || $0 == " " ? "-" : $0 })
  }

  /// Without "[name]" or "(name)" in front.
  private static func withoutBlank(_ line: String) -> String {
    guard let first = line.first, first == "[" || first == "(",
      let end = line.firstIndex(of: first == "[" ? "]" : ")")
    else { return line }
    return String(line[line.index(after: end)...].drop { $0 == " " })
  }

  // MARK: Notice and copy

  private mutating func checkNotice(_ facts: LicenceFacts, _ ancestor: String) {
    for condition in facts.conditions("notice_file") {
      guard let text = condition["text"], let sentence = Self.noticeSentence(text) else { continue }
      let notices = fileNames.filter(LicenceFileName.isNotice)
      let isThere = notices.contains { name in
        guard let bytes = try? read(name) else { return false }
        return Licensing.says(bytes, sentence)
      }
      if isThere { continue }
      add(
        "notice_missing", condition.isLow ? .warning : .error,
        "\(facts.id) of \(ancestor) wants a NOTICE file with: \(sentence)",
        licence: facts.id, clause: condition.clause, owed: facts.owes(condition))
    }
  }

  /// The sentence up to the year; nil if the licence only says to keep a notice that is there.
  private static func noticeSentence(_ text: String) -> String? {
    if text.hasPrefix("retain") || text.hasPrefix("contents of") { return nil }
    let parts = text.split(separator: "(year)", omittingEmptySubsequences: false)
    return parts.count > 1 ? String(parts[0]) : text
  }

  private mutating func checkCopy(_ facts: LicenceFacts, _ ancestor: String) {
    guard let condition = facts.conditions("licence_copy").first else { return }
    if detected.contains(where: { $0.ids.contains { Self.isSameText($0, facts.id) } }) { return }
    add(
      "copy_missing", condition.isLow ? .warning : .error,
      "\(facts.id) of \(ancestor) wants a copy of its text in the folder; none is there whole.",
      licence: facts.id, clause: condition.clause, owed: facts.owes(condition))
  }

  // MARK: Conflicts

  /// Conditions of two bases that no model can meet at once.
  mutating func checkConflicts(_ bases: [String]) {
    let sides = bases.map { base in
      (base, lineage(of: base).flatMap { licences($0.licence) })
    }
    for (index, left) in sides.enumerated() {
      for right in sides[(index + 1)...] {
        for a in left.1 {
          for b in right.1 where a.id != b.id {
            if let reason = Self.conflict(a, b) ?? Self.conflict(b, a) {
              add(
                "conflict", .error,
                "\(left.0) (\(a.id)) and \(right.0) (\(b.id)) cannot be merged: \(reason).")
            }
          }
        }
      }
    }
  }

  private static func conflict(_ a: LicenceFacts, _ b: LicenceFacts) -> String? {
    for first in a.conditions("name_prefix") {
      for second in b.conditions("name_prefix") {
        guard let x = first["prefix"], let y = second["prefix"] else { continue }
        if !joined(x).hasPrefix(joined(y)), !joined(y).hasPrefix(joined(x)) {
          return "the name cannot begin with \"\(x)\" and with \"\(y)\""
        }
      }
    }
    let isCopyleft = [
      "copyleft", "network-copyleft", "creative-commons-sa", "creative-commons-nc-sa",
    ]
    .contains(a.family)
    if isCopyleft, a.has("share_alike"), b.has("flow_down_restrictions") {
      return "\(a.id) forbids further restrictions, \(b.id) demands them"
    }
    if let only = a.conditions("no_improve_other_models").first, a.family != b.family {
      return "\(a.id) forbids improving other models (\(only.clause ?? "no clause"))"
    }
    return nil
  }

  // MARK: Notes

  /// What a user should know and no reader of files can decide.
  mutating func addNotes() {
    let ids = declared.ids + detectedLicences + ancestors.compactMap(\.licence)
    for facts in unique(ids).flatMap({ licences($0) }) {
      for condition in facts.conditions("threshold") {
        let value = condition.fields["value"]?.canonicalText ?? "a size"
        let metric =
          condition["metric"]?.split(separator: "_").joined(separator: " ") ?? "a measure"
        add(
          "threshold", .note, "\(facts.id) has a limit: \(value) \(metric).",
          licence: facts.id, clause: condition.clause)
      }
      for condition in facts.conditions("territory_exclusion") {
        let names = (condition.fields["territories"]?.array ?? []).compactMap(\.string)
        add(
          "territory", .note, "\(facts.id) excludes \(names.joined(separator: ", ")).",
          licence: facts.id, clause: condition.clause)
      }
      if facts.has("non_commercial") || facts.has("research_only") {
        add("non_commercial", .note, "\(facts.id) allows no commercial use.", licence: facts.id)
      }
      if facts.has("acceptable_use") || facts.has("field_of_use") {
        add("use_policy", .note, "\(facts.id) limits what may be done.", licence: facts.id)
      }
    }
    for id in detectedPolicies {
      add("use_policy", .note, "\(id) limits what may be done.", licence: id)
    }
  }
}
