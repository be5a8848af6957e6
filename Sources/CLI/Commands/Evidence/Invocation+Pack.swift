// `assay verify --pack`: an evidence pack, off line, and with --rescore against the models.

import Comparison
import Base
import Crypto
import Reports

extension Invocation {
  /// Runs `verify` for a pack.
  func verifyPack() throws -> ExitCode {
    for option in ["--signature", "--trust", "--at", "--ignore-unsigned"]
    where !values(option).isEmpty {
      throw usage("\(option) belongs to a model's signature, not to a pack")
    }
    guard positionals.isEmpty else {
      throw usage("a pack is named by --pack; PATH goes with --signature")
    }
    let verifier = PackVerifier(trust: try packTrust(self), drawing: PackFigures.of)
    let result = try verifier.verify(
      value("--pack") ?? "", models: try packModels(self),
      run: try run())
    output.clearProgress()
    if flag("--json") {
      output.json(result.json)
    } else {
      output.line(result.isVerified ? "verified" : "not verified")
      for check in result.checks {
        output.line(
          "  \(check.passed ? "holds" : "FAILS")  \(check.name): \(check.detail)")
      }
      for part in result.open { output.line("  not recomputed: \(part)") }
    }
    return result.isVerified ? .yes : .no
  }
}

private func packTrust(_ invocation: Invocation) throws(Problem) -> PackTrust {
  var trust = PackTrust()
  if let path = invocation.value("--key") {
    trust.statementKey = try KeyFile.readPublic(path)
  }
  if let text = invocation.value("--vkey") {
    guard let log = NoteVerifier(vkey: text) else {
      throw usage("--vkey \(text): this is not the public key of a log")
    }
    trust.log = log
  }
  return trust
}

/// Models to score again; nil without --rescore.
private func packModels(_ invocation: Invocation) throws(Problem) -> PackModels? {
  let suspects = invocation.values("--suspect")
  let tokenizer = invocation.value("--recorded")
  guard tokenizer == nil || suspects.count == 1 else {
    throw usage("--recorded goes with one --suspect, a file of recorded outputs")
  }
  var paths = (tokenizer == nil ? suspects : []) + invocation.values("--reference")
  if let list = invocation.value("--panel") { paths += try ListedModel.list(list).map(\.path) }
  guard invocation.flag("--rescore") else {
    guard paths.isEmpty, tokenizer == nil else {
      throw usage("models are looked at with --rescore alone")
    }
    return nil
  }
  guard !paths.isEmpty || tokenizer != nil else {
    throw usage("--rescore needs models: --suspect, --reference or --panel")
  }
  let recording = try tokenizer.map { model throws(Problem) in
    try RecordedOutputs(
      path: suspects[0], tokenizerOf: model, run: try invocation.run())
  }
  return PackModels(paths: paths, recording: recording)
}

private func usage(_ reason: String) -> Problem {
  Problem(.usage, "usage", reason: reason, remedy: "see `assay verify --help`")
}
