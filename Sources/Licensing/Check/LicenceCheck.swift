// `licence check`: does a model directory say what it must, given what it was made from?
//
// Combines four witnesses: the card, the files beside it, the metadata of GGUF files, and the
// catalogue of licences along the base models. None is believed over another: where two differ,
// that is a finding. Ids of findings are the contract (judge of licences, section 7 of its facts).
// What cannot be known (an unknown base, a fact of low confidence) is a warning, never a pass.
//
// LicenceCheck+Declared resolves the card, +Ancestors walks the bases, +Duties holds each
// ancestor's licence against the folder, +Teachers looks at data sets.

import Base
import Formats

/// Checks the licences of a model.
///
/// - Parameters:
///   - models: a table like Policies/models.json whose entries add to the shipped one.
///   - recognise: what names the licences of a text; the shipped texts if it is left out.
public func licenceCheck(
  model: ModelAddress, models: JSON? = nil,
  recognise: @escaping @Sendable ([UInt8]) -> TextVerdict = { Licensing.identify($0) }
) throws(Problem) -> LicenceReport {
  let folder = LicenceFolder(try ModelLocation(model))
  return try licenceCheck(folder: folder, models: models, recognise: recognise).report
}

/// The same for the folder of a model that was hashed; the card that was read beside it.
///
/// - Parameter stated: what a person states; it counts where the model itself is silent.
public func licenceCheck(
  folder: LicenceFolder, models: JSON?, stated: StatedDeclaration = StatedDeclaration(),
  recognise: @escaping @Sendable ([UInt8]) -> TextVerdict = { Licensing.identify($0) }
) throws(Problem) -> (report: LicenceReport, card: ModelCard) {
  let catalogue = try Catalogue.shipped(with: models)
  var check = LicenceCheck(folder, catalogue, recognise)
  check.stated = stated
  return (try check.run(), check.card)
}

struct LicenceCheck {
  let folder: LicenceFolder
  let model: String
  let catalogue: Catalogue
  let recognise: @Sendable ([UInt8]) -> TextVerdict
  var stated = StatedDeclaration()
  /// What the README says and, where it is silent, the header of a GGUF file.
  var card = ModelCard()
  /// The README that is the card.
  var cardName: String?
  /// The header of the GGUF file that the model is; nil if it is none.
  var header: ModelCard?
  /// Where the licence is declared.
  var speaker = LicenceSpeaker.card("README.md")
  /// Whether no card speaks for the model, or it is a bare file: then what is owed when it is
  /// passed on is a duty, and no fault of the file.
  var isCardless = false
  var detected: [LicenceReport.Detected] = []
  var declared = LicenceReport.Declared()
  var ancestors: [LicenceReport.Ancestor] = []
  var findings: [Finding] = []

  init(
    _ folder: LicenceFolder, _ catalogue: Catalogue,
    _ recognise: @escaping @Sendable ([UInt8]) -> TextVerdict
  ) {
    self.folder = folder
    self.catalogue = catalogue
    self.recognise = recognise
    model = folder.name
  }

  /// Names of the regular files at the top of the folder.
  var fileNames: [String] { folder.fileNames }

  mutating func run() throws(Problem) -> LicenceReport {
    do throws(Problem) {
      try readCard()
    } catch {
      guard error.kind == .malformed, error.code != "changed" else { throw error }
      add(
        "card_unreadable", .error, "The card cannot be read: \(error.reason).", place: error.place)
      return report()
    }
    try detectTexts()
    resolveDeclaration()
    compareTextsWithDeclaration()
    try compareGGUF()
    let bases = try directBases()
    walk(bases)
    checkText()
    checkDuties(bases)
    checkConflicts(bases)
    checkTeachers()
    addNotes()
    return report()
  }

  private func report() -> LicenceReport {
    LicenceReport(
      model: model, declared: declared, detected: detected, sources: sources(),
      ancestors: ancestors,
      findings: findings.sorted { a, b in
        if a.severity != b.severity { return a.severity > b.severity }
        return (ByteName(a.id), ByteName(a.message)) < (ByteName(b.id), ByteName(b.message))
      })
  }

  /// One finding; the same sentence is said once. A duty of whoever passes the model on is an error
  /// of a folder that its card makes a release, and no error of a file that has none.
  mutating func add(
    _ id: String, _ severity: Severity, _ message: String, place: String? = nil,
    licence: String? = nil, clause: String? = nil, owed: Finding.OwedWhen? = nil
  ) {
    let finding = Finding(
      id: "licence." + id,
      severity: owed != nil && isCardless ? min(severity, .warning) : severity,
      message: message, place: place,
      details: JSONObject(present: [
        "licence": licence.map(JSON.string), "clause": clause.map(JSON.string),
        Finding.owedKey: owed.map { .string($0.rawValue) },
      ]))
    if !findings.contains(finding) { findings.append(finding) }
  }

  func facts(_ id: String) -> LicenceFacts? { catalogue.licences[id] }

  /// The last part of the model's id.
  var shortName: String { FileSystem.lastComponent(model) }

  func read(_ name: String) throws(Problem) -> [UInt8] { try folder.read(name) }

  // MARK: Files

  private mutating func detectTexts() throws(Problem) {
    for name in fileNames where LicenceFileName.mayHoldTerms(name) {
      detected.append(
        LicenceReport.Detected(file: name, verdict: recognise(try read(name))))
    }
    if let link = card.licenceLink, fileNames.contains(link),
      !detected.contains(where: { $0.file == link })
    {
      detected.append(
        LicenceReport.Detected(file: link, verdict: recognise(try read(link))))
    }
    if let prompt = card.gatedPrompt {
      let verdict = recognise(Array(prompt.utf8))
      if !verdict.textIDs.isEmpty || !verdict.variantOf.isEmpty {
        detected.append(
          LicenceReport.Detected(
            file: "\(cardName ?? "README.md")#extra_gated_prompt", verdict: verdict))
      }
    }
  }

  var quotedDeclaration: String {
    declared.typed.isEmpty
      ? "nothing" : declared.typed.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  /// GPL-3.0-only and GPL-3.0-or-later have one text.
  static func isSameText(_ a: String, _ b: String) -> Bool {
    func base(_ id: String) -> Substring {
      if id.hasSuffix("-only") { return id.dropLast(5) }
      return id.hasSuffix("-or-later") ? id.dropLast(9) : id[...]
    }
    return base(a) == base(b)
  }
}

/// Which files may hold terms, by name; in any case, with or without an ending.
enum LicenceFileName {
  private static let starts = [
    "license", "licence", "copying", "model_license", "model-license", "model_licence",
    "use_policy", "use-policy", "usage_policy", "usage-policy", "usepolicy", "terms",
    "prohibited_use", "acceptable_use", "unlicense",
  ]
  private static let endings = [
    "", "md", "txt", "rst", "html", "htm", "pdf", "rtf", "doc", "docx", "odt",
  ]

  static func mayHoldTerms(_ name: String) -> Bool {
    let lower = name.lowercased()
    let ending = lower.split(separator: ".").count > 1 ? lower.split(separator: ".").last ?? "" : ""
    let isKnownEnding = endings.contains(String(ending)) || !isFileEnding(ending)
    guard isKnownEnding else { return false }
    return starts.contains { lower.hasPrefix($0) } || lower.contains("_license")
      || lower.contains("-license") || lower.contains("use_policy") || lower.contains("_terms")
      || lower.contains("-terms")
  }

  /// Whether a file holds terms of use rather than a licence, by its name.
  static func isTerms(_ name: String) -> Bool {
    let lower = name.lowercased()
    return lower.contains("terms") || lower.contains("policy") || lower.contains("_use")
  }

  static func isNotice(_ name: String) -> Bool { name.lowercased().hasPrefix("notice") }

  /// Whether a file is about code or data, so that it need not agree with the card of the weights.
  static func isAboutSomethingElse(_ name: String) -> Bool {
    let lower = name.lowercased()
    return ["code", "data", "third", "docs"].contains { lower.contains($0) }
  }

  /// "LICENSE-2.0" has no ending, "LICENSE.pdf" has one.
  private static func isFileEnding(_ ending: Substring) -> Bool {
    !ending.isEmpty && ending.allSatisfy(\.isLetter)
  }
}
