// `assay compare`: the ladder of evidence for suspects and references.

import Comparison
import Ledger
import Base
import Evidence
import Reports

let compareCommand = Command(
  path: ["compare"],
  summary: "Say whether a model comes from another, by weights and outputs",
  discussion: """
    Two answers for each pair, never mixed: weight lineage (was one computed from the other?) and
    output descent (was one trained on what the other says?). Exit code 1: at least one positive
    verdict; 3: something is undecided, or a pair could not be tested; 0: nothing was found by the
    tests that ran; 4: a model cannot be read. Controls given with --panel calibrate the tests that
    have no exact null. With eight of them, weights that no exact test relates are also compared by
    what their units say to a short text, which takes one run of every model.
    Where suspect and reference have different tokenizers and the outputs exceed every control, they
    are measured again at 128 places over exact distributions of the next two bytes; a verdict must
    hold there too. It costs about two more scorings of each model. --confirm measures every pair
    again, which changes no verdict.

    A list is a text file, a model a line, paths relative to the list: a path, or
      {"path": "models/gpt2", "training_text": ["webtext"]}
    A panel of public models: ten or more that share nothing with the reference, of about the
    suspect's size; three with its tokenizer; one that learned from the reference's training text,
    ideally its twin. For a fine-tune of Llama, say: pythia-1b, gpt2-large, bloom-1b1, opt-1.3b,
    OLMo-2-0425-1B, SmolLM2-1.7B, Qwen2.5-1.5B, gemma-2-2b, phi-2, TinyLlama. Say of each what it
    learned from; `assay panel add` keeps them in the state.
    """,
  positionals: [Positional("SUSPECT", "the model in question", minimum: 0)],
  options: [
    .repeated("--reference", "MODEL", "a model it may come from"),
    .repeated("--training-text", "TAG", "what every --reference was trained on"),
    .value("--suspects", "LIST", "many suspects: a text file, a model a line"),
    .value("--references", "LIST", "many references, likewise"),
    .value("--panel", "LIST", "controls: models known to be unrelated"),
    .value("--probes", "FILE", "texts to compare outputs on: JSON lines {\"text\":…}"),
    .value("--recorded", "MODEL", "SUSPECT is a file of recorded outputs, in MODEL's tokens"),
    .value("--only", "LINE", "weights or outputs"),
    .flag("--confirm", "measure every pair again over exact byte distributions"),
    .value("--cache", "DIR", "keep scored models here (default: the state's cache)"),
    .value(
      "--pack", "DIR", "write an evidence pack, which a stranger can check, to this new folder"),
    .value("--format", "WORD", "html or markdown instead of the table"),
    .value("-o", "FILE", "write the document of --format into this file"),
    .flag("--no-record", "write nothing to the ledger"), .state,
    .threads, .json, .jsonLines,
  ] + Option.modelChoice,
  examples: [
    Example(
      "assay compare ./suspect --reference ./teacher --only weights --json",
      "one object with the verdict, the relation and what they rest on"),
    Example(
      "assay compare --suspects s.txt --references r.txt --panel p.txt --jsonl",
      "every suspect against every reference, an object a suspect"),
    Example(
      "assay compare ./suspect --reference ./teacher --panel p.txt --pack ./evidence",
      "a folder for whoever doubts the answer; `assay verify --pack ./evidence` checks it"),
    Example(
      "assay compare answers.jsonl --recorded ./tokenizer --reference ./teacher --panel p.txt",
      "a model behind an interface: what it reported for the tokens that `assay probes` lists"),
  ],
  run: runCompare)

private func runCompare(_ invocation: Invocation) throws -> ExitCode {
  var request = try compareRequest(invocation)
  let outputs = try outputSettings(invocation)
  let pack = invocation.value("--pack")
  if let pack {
    do throws(Problem) { try PackWriter.check(pack) } catch { throw error.at("--pack") }
  }
  request.keepsRecord = pack != nil
  let result = try CompareJob(outputs: outputs).run(request, run: try invocation.run())
  // What was found out is printed, whether it can be written down or not.
  var problems = result.unreadable
  do throws(Problem) {
    try keep(result, pack: pack, isRecording: request.recorded != nil, invocation)
  } catch {
    if !problems.contains(error) { problems.append(error) }
  }
  for problem in problems { invocation.output.warn("assay: \(problem)") }
  if invocation.flag("--json"), let report = result.reports.first {
    invocation.output.json(withProblems(report.json, problems))
  } else if let document = try document(result, invocation) {
    if let file = invocation.value("-o") {
      try DurableFile.replace(file, with: document)
    } else {
      invocation.output.file(document)
    }
  } else if invocation.flag("--jsonl") {
    for report in result.reports { invocation.output.jsonLine(report.json) }
  } else {
    for report in result.reports { describe(report, invocation.output) }
  }
  return ExitCode.combined([result.exitCode] + problems.map(\.exitCode))
}

/// The document that --format asks for; nil: none.
private func document(
  _ result: CompareResult, _ invocation: Invocation
) throws(Problem) -> [UInt8]? {
  let time = WallClock.system.now().rfc3339
  switch invocation.value("--format") {
  case nil:
    guard invocation.value("-o") == nil else { throw usage("-o goes with --format") }
    return nil
  case "html": return ComparisonDocuments.page(result.reports, time: time)
  case "markdown": return ComparisonDocuments.markdown(result.reports, time: time)
  case let word: throw usage("--format \(word ?? ""): html or markdown is wanted")
  }
}

/// Writes the pack, and the ledger of the state if there is one.
private func keep(
  _ result: CompareResult, pack: String?, isRecording: Bool, _ invocation: Invocation
) throws(Problem) {
  let records = !invocation.flag("--no-record") && !isRecording
  if let pack {
    try writePack(result, to: pack, records: records, invocation)
  } else if records, let state = try existingState(invocation) {
    let (statements, bodies) = try result.statements(at: WallClock.system.now())
    for body in bodies { _ = try state.blobs.put(body) }
    try Recorder(state: state).record(statements)
  }
}

/// What could not be read or written stands as `error` beside the answers.
private func withProblems(_ report: JSON, _ problems: [Problem]) -> JSON {
  guard let first = problems.first, var object = report.object else { return report }
  object["error"] = first.json
  return .object(object)
}

private func compareRequest(_ invocation: Invocation) throws(Problem) -> CompareRequest {
  let suspectList = invocation.value("--suspects")
  let referenceList = invocation.value("--references")
  let isBatch = suspectList != nil
  guard isBatch != (invocation.positional(0) != nil) else {
    throw usage("give one suspect, or a list of them with --suspects")
  }
  guard !isBatch || invocation.value("--pack") == nil else {
    throw usage("--pack is about one suspect")
  }
  guard isBatch || !invocation.flag("--jsonl") || invocation.flag("--json") == false else {
    throw usage("--json and --jsonl exclude each other")
  }
  guard !(isBatch && invocation.flag("--json")) else {
    throw usage("--suspects prints a line a suspect: use --jsonl")
  }
  let tags = invocation.values("--training-text")
  guard tags.isEmpty || !invocation.values("--reference").isEmpty else {
    throw usage("--training-text speaks of --reference; a list says it line by line")
  }
  var references = invocation.values("--reference").map {
    ListedModel(path: $0, trainingText: tags)
  }
  if let referenceList { references += try ListedModel.list(referenceList) }
  guard !references.isEmpty else { throw usage("--reference or --references is missing") }
  let suspects =
    if let suspectList {
      try ListedModel.list(suspectList)
    } else {
      [try suspect(invocation)]
    }
  var panel: [ListedModel] = []
  if let list = invocation.value("--panel") {
    panel = try ListedModel.list(list)
  } else if let state = try existingState(invocation) {
    let known = try PanelFile.of(state)
    panel = known.models
    references = known.tagged(references)
  }
  var only: CompareRequest.Line?
  if let word = invocation.value("--only") {
    guard let line = CompareRequest.Line(rawValue: word) else {
      throw usage("--only \(word): weights or outputs is wanted")
    }
    only = line
  }
  var request = CompareRequest(
    suspects: suspects, references: references, panel: panel, only: only)
  if let model = invocation.value("--recorded") {
    guard let file = invocation.positional(0), only != .weights else {
      throw usage("--recorded goes with one SUSPECT, a file of recorded outputs")
    }
    request.suspects = []
    request.recorded = try RecordedOutputs(
      path: file, tokenizerOf: model, run: try invocation.run())
  }
  request.skipsSelf = isBatch
  return request
}

/// The one suspect, which --file and --repo may choose.
private func suspect(_ invocation: Invocation) throws(Problem) -> ListedModel {
  let model = try invocation.model()
  return ListedModel(path: model.path, file: model.file, repository: model.repository)
}

private func outputSettings(_ invocation: Invocation) throws(Problem) -> OutputSettings {
  let folder = try existingState(invocation).map { FileSystem.join($0.cachePath, "outcomes") }
  return OutputSettings(
    probes: try probes(invocation), cacheFolder: invocation.value("--cache") ?? folder,
    confirmsAll: invocation.flag("--confirm"))
}

/// The given probes or the bundled ones.
private func probes(_ invocation: Invocation) throws(Problem) -> ProbeSet {
  if let file = invocation.value("--probes") { return try ProbeSet.load(file) }
  return try ProbeSet.bundled()
}

/// The pack, with statements signed if there is a state, and recorded there if asked.
private func writePack(
  _ result: CompareResult, to path: String, records: Bool, _ invocation: Invocation
) throws(Problem) {
  let writer = try PackWriter(
    result, probes: try probes(invocation), drawing: PackFigures.of)
  let pack =
    if let state = try existingState(invocation) {
      try writer.write(
        to: path, state: state, at: WallClock.system.now(), records: records)
    } else {
      try writer.write(to: path)
    }
  invocation.output.note(
    "evidence pack: \(path), \(pack.files.count) files, manifest \(pack.digest.tagged)")
}

private func usage(_ reason: String) -> Problem {
  Problem(.usage, "usage", reason: reason, remedy: "see `assay compare --help`")
}

private func describe(_ report: SuspectReport, _ output: Output) {
  var lines = [report.suspect.id]
  for comparison in report.comparisons {
    let weights = comparison.weightLineage
    let relations = weights.relations.map(\.relation.rawValue).joined(separator: ", ")
    lines.append("  \(comparison.reference.id)")
    lines.append(
      "    weight lineage: \(weights.verdict.rawValue)"
        + (relations.isEmpty ? "" : " (\(relations))"))
    lines.append("      \(weights.sentence)")
    lines.append("    output descent: \(comparison.outputDescent.verdict.rawValue)")
    let outputs = comparison.outputDescent
    let confirmation = outputs.description?.confirmation
    lines += [outputs.sentence, outputs.note, confirmation?.announcement].compactMap(\.self)
      .map { "      \($0)" }
    lines += weights.findings.map { "    \($0.id): \($0.message)" }
  }
  output.prose(lines)
}
