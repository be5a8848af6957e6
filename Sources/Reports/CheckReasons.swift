// Why the gate answers as it does, and what to do about it, each in a few lines for people.
//
// Promises: at least one reason; at most four, in at most five lines of the page's width, and at
// most three steps, the gravest first; what does not fit is counted in the last line, and a reason
// that is too long for them says where the rest of it is. A reason is a sentence, never an id. Only
// what the verdict rests on is a reason: a denial is told by what denies.

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

  private static let stepsMax = 3

  /// - Parameter lines: The room that the reasons have.
  init(_ result: CheckResult, lines: ReasonLines) {
    switch result.verdict {
    case .allow:
      why = lines.fitted(Self.clean(result).map { Reason($0) })
      steps = []
    case .deny:
      why = lines.fitted(Self.denials(result))
      steps = Self.shortened(Self.denialSteps(result))
    case .review:
      why = lines.fitted(Self.doubts(result))
      steps = Self.shortened(Self.reviewSteps(result))
    }
  }

  /// A sentence, and the file that is at fault, if one is.
  struct Reason {
    let text: String
    var place: String?

    init(_ text: String, place: String? = nil) {
      self.text = text
      self.place = place
    }
  }

  private static func shortened(_ steps: [String]) -> [String] {
    guard steps.count > stepsMax else { return steps }
    return steps.prefix(stepsMax - 1) + ["And \(steps.count - stepsMax + 1) more, below."]
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

  private static func denials(_ result: CheckResult) -> [Reason] {
    var reasons: [Reason] = []
    if result.facts.isUnsafe {
      reasons += result.facts.fileFindings.filter { $0.severity == .error }.map(reason)
    }
    for finding in result.decision?.findings ?? [] where finding.severity == .error {
      reasons.append(Reason(sentence(finding)))
    }
    return reasons
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

  private static func doubts(_ result: CheckResult) -> [Reason] {
    let fromRules = Set(result.decision?.findings.map(\.id) ?? [])
    let others = result.findings.filter {
      !fromRules.contains($0.id) && $0.severity != .note && !result.answer.unowed.contains($0)
    }
    var reasons = others.filter { $0.id != "policy.not_asked" }.map(reason)
    if others.contains(where: { $0.id == "policy.not_asked" }) {
      let words = unsaid(result).map(\.words)
      let last = words.count > 1 ? " and \(words[words.count - 1])" : ""
      let first = words.prefix(max(1, words.count - 1)).joined(separator: ", ")
      reasons.append(Reason("No rule was asked: it is not said \(first)\(last)."))
    }
    // That no file names a licence says the rule's reason in other words.
    let isMute = others.contains { $0.id == "licence.missing" }
    let open = (result.decision?.findings ?? []).filter { !isMute || $0.id != "licence.unknown" }
    reasons += open.filter { $0.truth == .yes }.map { Reason(sentence($0)) }
    let unknown = open.filter { $0.truth == .unknown }
    if unknown.count == 1 {
      reasons.append(Reason("It is not known whether this holds: \(sentence(unknown[0]))"))
    } else if let first = unknown.first {
      reasons.append(
        Reason(
          "\(unknown.count) rules cannot be decided on what is known, such as: \(first.title)."))
    }
    if reasons.isEmpty { reasons.append(Reason("The answer rests on files and licence alone.")) }
    return reasons
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
    if isMute {
      lines.append("If you know the licence, state it: --licence ID --by YOUR-NAME.")
    }
    if result.findings.contains(where: {
      $0.isOwedWhenPassedOn && !result.answer.unowed.contains($0)
    }) {
      lines.append("Put into the folder what its licences ask for, as said below; check it again.")
    }
    if result.facts.stated.isEmpty == false, !result.facts.statedConflicts.isEmpty {
      lines.append("Find out which is right; take back the statement, or get the card corrected.")
    }
    if result.decision != nil { lines += questionSteps(result) }
    if lines.isEmpty { lines.append("Look at the points below; a person must decide.") }
    return lines
  }

  /// The few questions that can settle it, the most useful one in full, and how to answer once.
  private static func questionSteps(_ result: CheckResult) -> [String] {
    let asked = result.answer.missing.filter { $0.isOnShortList && isAnswerable($0.fact) }
    guard let first = asked.first else { return [] }
    let count = asked.count == 1 ? "one question" : "\(asked.count) questions"
    let lines = ["Answer \(count), first: \(first.question) --fact \(first.fact)=…"]
    let isStored = result.profile?.reference.source == .stored
    guard !isStored, asked.count(where: \.isAboutAsker) > 2 else { return lines }
    return lines + ["What is always so, say once: `assay profile new NAME`, then --as NAME."]
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

  /// Whether no rule can be asked before a fact is known.
  static func isAskedFirst(_ fact: String) -> Bool {
    ["request.use", "request.form", "request.deploy_to", "request.as"].contains(fact)
  }

  /// Edges and their attributes are declared, not answered.
  private static func isAnswerable(_ fact: String) -> Bool {
    !["edge:", "lineage:"].contains { fact.hasPrefix($0) } && fact != "model.licence"
  }

  // MARK: Sentences

  private static func reason(_ finding: Finding) -> Reason {
    Reason(
      finding.message + (finding.place.map { " (\($0))" } ?? ""), place: finding.place)
  }

  private static func sentence(_ finding: PolicyFinding) -> String {
    "\(finding.title): \(finding.sentence)"
  }
}
