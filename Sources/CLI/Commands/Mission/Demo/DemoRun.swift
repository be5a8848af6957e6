// The demonstration, step by step. Every answer comes from the daemon, the ledger or the gate; what
// is known beforehand is only what each answer must be.

import Audit
import Base
import Crypto
import Ledger
import Register
import Policy
import Reports

/// One run over one temporary state.
struct DemoRun {
  let models: DemoModels
  let state: StateDirectory
  let daemon: DaemonProcess
  var answers: DemoAnswers

  /// The rule that the teacher's licence makes.
  static let clause = "LicenseRef-assay-demonstration-1.0#no-training-on-outputs"

  // MARK: What is it?

  mutating func identities() throws(Problem) {
    answers.heading("What is it? The daemon finds the models and names each by SHA-256.")
    let folders = try FileSystem.entries(of: models.folder).filter { $0.kind == .directory }
    var known: [JSON] = []
    while known.count < folders.count {
      try Interrupt.check()
      known = try daemon.get("/v1/models?limit=100")["models"]?.array ?? []
      let failed = try daemon.get("/v1/jobs?state=failed&limit=1")["jobs"]?.array ?? []
      if let job = failed.first {
        throw Problem(
          .failure, "job_failed", reason: "the daemon could not check a model",
          details: ["job": job])
      }
    }
    for path in [models.teacher, models.student, models.quantised] {
      let digest = known.first {
        FileSystem.lastComponent($0["path"]?.string ?? "") == DemoModels.name(path)
      }
      answers.say(
        "\(DemoModels.name(path))  \(digest?["digest"]?.string?.prefix(23) ?? "unknown")…")
    }
    answers.add(
      "identities", shown: String(known.count), expected: String(folders.count),
      "\(known.count) models found in the watched folder, hashed and checked")
  }

  // MARK: Where does it come from?

  mutating func descent() throws(Problem) {
    answers.heading("Where does it come from? Weights and outputs, each with its error.")
    let student = try compared(models.student)
    answers.add(
      "student-outputs", shown: verdict(student, "output_descent"), expected: "inherits",
      "\(DemoModels.name(models.student)): \(figures(student))")
    answers.add(
      "student-weights", shown: verdict(student, "weight_lineage"), expected: "no-evidence",
      "\(DemoModels.name(models.student)) holds no weights of the teacher: "
        + verdict(student, "weight_lineage"))
    let independent = try compared(models.independent)
    answers.add(
      "independent-outputs", shown: verdict(independent, "output_descent"),
      expected: "no-evidence",
      "\(DemoModels.name(models.independent)), trained on the teacher's own texts: "
        + figures(independent))
    for (role, path, relation) in [
      ("tuned", models.tuned, "fine-tuned"), ("quantised", models.quantised, "quantised"),
    ] {
      let comparison = try compared(path)
      let shown = comparison["weight_lineage"]?["relation"]?.string ?? "none"
      let p = comparison["weight_lineage"]?["log10_p_value"]?.double
      answers.add(
        role, shown: shown, expected: relation,
        "\(DemoModels.name(path)) is the teacher, \(shown)"
          + (p.map { " (p at most 10^\(Int($0.rounded(.up))))" } ?? " (recomputed, a certificate)"))
    }
  }

  /// The comparison of a model with the teacher; the twin is a reference too.
  private func compared(_ path: String) throws(Problem) -> JSON {
    let job = try daemon.post(
      "/v1/comparisons",
      ["suspect": .string(path), "references": JSON([models.teacher, models.twin])])
    let result = try daemon.result(ofJob: job["id"]?.string ?? "")
    return result["comparisons"]?[0] ?? .null
  }

  private func verdict(_ comparison: JSON, _ line: String) -> String {
    comparison[line]?["verdict"]?.string ?? "none"
  }

  private func figures(_ comparison: JSON) -> String {
    let outputs = comparison["output_descent"] ?? .null
    guard let z = outputs["statistic"]?.double, let p = outputs["p_adjusted"]?.double,
      let controls = outputs["controls"]?.int
    else { return verdict(comparison, "output_descent") }
    let tenths = Int((z * 10).rounded())
    let digits = p < 0.001 ? "below 0.001" : "\(Double(Int(p * 1000)) / 1000)"
    return "\(verdict(comparison, "output_descent")), z \(Double(tenths) / 10) against "
      + "\(controls) controls, adjusted p \(digits)"
  }

  // MARK: May we use it here?

  mutating func permission() throws(Problem) {
    answers.heading(
      "May we use it here? The student says MIT; its teacher's licence says otherwise.")
    let review = try checked(models.student)
    let found = review["findings"]?.array?.first { $0["id"]?.string == Self.clause }
    answers.add(
      "student-suspected", shown: review["verdict"]?.string ?? "", expected: "review",
      "on the detected edge alone: \(review["verdict"]?.string ?? "")")
    if let found { tell(found) }
    try conclude()
    let denied = try checked(models.student)
    answers.add(
      "student-concluded", shown: denied["verdict"]?.string ?? "", expected: "deny",
      "once a person concludes that the edge holds: \(denied["verdict"]?.string ?? "")")
    try jurisdiction()
  }

  private func checked(_ path: String) throws(Problem) -> JSON {
    let job = try daemon.post("/v1/checks", ["path": .string(path)])
    return try daemon.result(ofJob: job["id"]?.string ?? "")
  }

  private func tell(_ finding: JSON) {
    answers.say(
      "  clause: \(finding["message"]?.string ?? "") (\(finding["citation"]?.string ?? ""))")
    for edge in finding["path"]?.array ?? [] {
      answers.say(
        "  path: \(edge["ancestor"]?.string?.prefix(19) ?? "")… → the model, "
          + "\(edge["relation"]?.string ?? "?"), \(edge["grade"]?.string ?? "?")")
    }
  }

  private func conclude() throws(Problem) {
    let child = try NamedModel(models.student, mayBeName: false)
    let ancestor = try NamedModel(models.teacher, mayBeName: false)
    let edge = LineageEdge(
      ancestor: ancestor.identity, child: child.identity, relation: .distilled, grade: .declared,
      route: .outputs)
    let declaration = Declaration(edge: edge, childName: child.name, ancestorName: ancestor.name)
    try StateLog(state).record { (reader) throws(Problem) in
      try declaration.conclusion(
        by: "demonstration", reason: "the comparison recorded in this ledger",
        at: WallClock.system.now(), in: reader)
    }
  }

  /// The same model, asked about by a company elsewhere, today and if a bill becomes law.
  private mutating func jurisdiction() throws(Problem) {
    let job = CheckJob(state: nil)
    var request = CheckRequest(path: models.independent)
    let facts = try Self.americanProfile(FileSystem.join(models.folder, "profile.json"))
    request.profile = .given(name: "american", facts: facts)
    let run = Run(isCancelled: { Interrupt.isRequested })
    let today = try job.run(request, run: run).verdict
    request.horizon = .proposed
    let proposed = try job.run(request, run: run)
    answers.add(
      "jurisdiction-today", shown: today.rawValue, expected: "allow",
      "a US company asks for weights made in China: \(today.rawValue) by the law in force")
    let rule = proposed.findings.first { $0.severity == .error }?.id ?? "no rule"
    answers.add(
      "jurisdiction-proposed", shown: proposed.verdict.rawValue, expected: "deny",
      "the same if S.321 becomes law: \(proposed.verdict.rawValue) (\(rule))")
  }

  private static func americanProfile(_ file: String) throws(Problem) -> JSON {
    var profile = try readJSON(file).object ?? [:]
    var request = profile["request"]?.object ?? [:]
    request["deploy_to"] = ["US"]
    var model = profile["model"]?.object ?? [:]
    model["origin"] = "CN"
    var facts = profile["facts"]?.object ?? [:]
    facts["actor.is_us_person"] = true
    facts["actor.established_in"] = ["US"]
    facts["actor.principal_place"] = "US"
    profile["request"] = .object(request)
    profile["model"] = .object(model)
    profile["facts"] = .object(facts)
    return .object(profile)
  }

  // MARK: Evidence

  mutating func evidence(reportPath: String) throws(Problem) {
    answers.heading("Evidence that a stranger can check.")
    let to = WallClock.system.now()
    let job = try daemon.post(
      "/v1/reports",
      [
        "kind": "audit", "from": .string(Instant(seconds: 0).rfc3339), "to": .string(to.rfc3339),
      ])
    let id = job["id"]?.string ?? ""
    let result = try daemon.result(ofJob: id)
    let wanted = result["documents"]?.array?.first { $0["name"]?.string == "report.html" }
    guard let digest = wanted?["sha256"]?.string.flatMap(Digest.init(tagged:)),
      let bytes = try state.blobs.get(digest)
    else {
      throw Problem(.failure, "no_report", reason: "the daemon made no report")
    }
    try DurableFile.replace(reportPath, with: bytes)
    let ledger = try state.openLedger()
    let verified = LogVerifier(directory: state.ledgerPath, log: ledger.verifier)
      .check(run: Run(isCancelled: { Interrupt.isRequested }))
    answers.add(
      "ledger", shown: verified.problem == nil ? "sound" : "broken", expected: "sound",
      "the log of \(verified.checkpoint?.size ?? 0) entries is verified from its files and key")
    let report = try ReportVerification(state: state).check(reportPath)
    answers.add(
      "report", shown: report.isVerified ? "signed" : "unsigned", expected: "signed",
      "the report is named by a signed entry: \(reportPath)")
  }
}
