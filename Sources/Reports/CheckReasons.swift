// Why the gate answers as it does, and what to do about it, each in a few lines for people.
//
// Promises: at least one reason; at most four reasons and three steps, the gravest first; what does
// not fit is counted in the last line. A reason is a sentence, never an id. Only what the verdict
// rests on is a reason: a denial is told by what denies.

import Audit
import Base
import Licensing
import Policy
import Register

/// Reasons and steps of one answer.
struct CheckReasons {
  let why: [String]
  /// Empty for an answer that allows.
  let steps: [String]

  private static let reasonsMax = 4
  private static let stepsMax = 3

  init(_ result: CheckResult) {
    switch result.verdict {
    case .allow:
      why = Self.clean(result)
      steps = []
    case .deny:
      why = Self.shortened(Self.denials(result), max: Self.reasonsMax)
      steps = Self.shortened(Self.denialSteps(result), max: Self.stepsMax)
    case .review:
      why = Self.shortened(Self.doubts(result), max: Self.reasonsMax)
      steps = Self.shortened(Self.reviewSteps(result), max: Self.stepsMax)
    }
  }

  private static func shortened(_ lines: [String], max: Int) -> [String] {
    var unique: [String] = []
    for line in lines where !unique.contains(line) { unique.append(line) }
    guard unique.count > max else { return unique }
    return unique.prefix(max - 1) + ["And \(unique.count - max + 1) more, below."]
  }

  // MARK: Allow

  private static func clean(_ result: CheckResult) -> [String] {
    let ids = result.facts.licence?.namedLicences ?? []
    let stated = result.facts.stated.filter { $0.fact == .licence }
    let licences = (ids.isEmpty ? stated.map(\.value) : ids).joined(separator: ", ")
    let accepted = result.answer.acceptedFiles.count
    var lines = [
      accepted == 0
        ? "The files hold nothing that runs when they are loaded."
        : "What was found in \(accepted == 1 ? "one file" : "\(accepted) files") is accepted by a "
          + "waiver, below."
    ]
    lines.append(
      licences.isEmpty ? "The licence is known." : "The licence is known: \(licences).")
    if result.decision?.waived.isEmpty == false {
      lines.append("A waiver sets aside what a rule has against this use.")
    } else {
      lines.append("No rule has anything against this use\(use(result)).")
    }
    let duties = result.decision?.duties.count { $0.state == .due || $0.state == .accepted } ?? 0
    if duties > 0 {
      lines.append("It comes with \(duties == 1 ? "one duty" : "\(duties) duties"), below.")
    }
    return lines
  }

  /// " (internal-business, internal, in DE)", as far as somebody said it.
  private static func use(_ result: CheckResult) -> String {
    guard let facts = result.profile?.facts else { return "" }
    var words = ["use", "form"].compactMap { facts.profileFact("request.\($0)")?.string }
    let places = facts.profileFact("request.deploy_to")?.array?.compactMap(\.string) ?? []
    if !places.isEmpty { words.append("in " + places.joined(separator: ", ")) }
    return words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
  }

  // MARK: Deny

  private static func denials(_ result: CheckResult) -> [String] {
    var lines: [String] = []
    if result.facts.isUnsafe {
      lines += result.facts.fileFindings.filter { $0.severity == .error }.map(sentence)
    }
    for finding in result.decision?.findings ?? [] where finding.severity == .error {
      lines.append(sentence(finding))
    }
    return lines
  }

  private static func denialSteps(_ result: CheckResult) -> [String] {
    var lines: [String] = []
    if result.facts.isUnsafe {
      lines.append("Do not load it. Take a release without these files, or remove them.")
    }
    let denials = (result.decision?.findings ?? []).filter { $0.severity == .error }
    if !denials.isEmpty {
      lines.append("Take another model, or change the use: --use, --form, --in.")
    }
    if let waivable = denials.first(where: \.isWaivable) {
      lines.append(
        "If its owner permits it, record that: `assay waive` with the rule \(waivable.id).")
    }
    return lines
  }

  // MARK: Review

  private static func doubts(_ result: CheckResult) -> [String] {
    let fromRules = Set(result.decision?.findings.map(\.id) ?? [])
    let others = result.findings.filter { !fromRules.contains($0.id) && $0.severity != .note }
    var lines = others.filter { $0.id != "policy.not_asked" }.map(sentence)
    if others.contains(where: { $0.id == "policy.not_asked" }) {
      lines.append(
        "No rule was asked: it is not said \(unsaid(result).map(\.words).joined(separator: ", ")).")
    }
    let open = result.decision?.findings ?? []
    lines += open.filter { $0.truth == .yes }.map(sentence)
    let unknown = open.filter { $0.truth == .unknown }
    if unknown.count == 1 {
      lines.append("It is not known whether this holds: \(sentence(unknown[0]))")
    } else if let first = unknown.first {
      lines.append(
        "\(unknown.count) rules cannot be decided on what is known, such as: \(first.title).")
    }
    if lines.isEmpty { lines.append("The answer rests on files and licence alone.") }
    return lines
  }

  private static func reviewSteps(_ result: CheckResult) -> [String] {
    var lines: [String] = []
    if result.findings.contains(where: { $0.id == "policy.not_asked" }) {
      let options = unsaid(result).map(\.option).joined(separator: " ")
      lines.append("Say it: \(options), or once for all with `assay profile new NAME`.")
    }
    let isMute = result.findings.contains {
      ["licence.missing", "licence.unknown"].contains($0.id)
    }
    if isMute { lines.append("If you know the licence, state it: --licence ID --by YOUR-NAME.") }
    if result.facts.stated.isEmpty == false, !result.facts.statedConflicts.isEmpty {
      lines.append("Find out which is right; take back the statement, or get the card corrected.")
    }
    let asked = result.answer.missing.filter { isAnswerable($0.fact) }
    if result.decision != nil, let first = asked.first {
      let count = asked.count == 1 ? "one question" : "\(asked.count) questions"
      lines.append("Answer \(count), first: \(first.question) --fact \(first.fact)=…")
    }
    if lines.isEmpty { lines.append("Look at the points below; a person must decide.") }
    return lines
  }

  /// What every question needs and nobody said.
  private static func unsaid(_ result: CheckResult) -> [(option: String, words: String)] {
    let needed = [
      ("use", "--use WORD", "what it is for"), ("form", "--form WORD", "in what form"),
      ("deploy_to", "--in CC", "where"), ("as", "--role WORD", "in which role you act"),
    ]
    return needed.compactMap { key, option, words in
      result.profile?.facts.profileFact("request.\(key)") == nil ? (option, words) : nil
    }
  }

  /// Edges and their attributes are declared, not answered.
  private static func isAnswerable(_ fact: String) -> Bool {
    !["edge:", "lineage:"].contains { fact.hasPrefix($0) } && fact != "model.licence"
  }

  // MARK: Sentences

  private static func sentence(_ finding: Finding) -> String {
    finding.message + (finding.place.map { " (\($0))" } ?? "")
  }

  private static func sentence(_ finding: PolicyFinding) -> String {
    "\(finding.title): \(finding.sentence)"
  }
}
