// `assay panel add|list|verify`: the controls of a state.

import Comparison
import Base
import Fingerprint
import Ledger

let panelAddCommand = Command(
  path: ["panel", "add"],
  summary: "Add controls to the state's panel",
  discussion: """
    Controls are models known to share nothing with the models in question. Name what each was
    trained on: a comparison needs a control that saw the reference's own text. The model's
    fingerprint is recorded, so that `panel verify` can say later whether it is still the same.
    A LIST has a line a model, {"path":…,"training_text":[…]}, paths relative to its own folder; the
    panel that comes with Assay is Tests/Models/panel.jsonl in its sources: ten small models, for
    models of that size and those texts.
    """,
  positionals: [Positional("MODEL", "a model's directory", minimum: 0)],
  options: [
    .value("--from", "LIST", "all models of a list instead of MODEL"),
    .repeated("--training-text", "TAG", "a name of a text it was trained on"), .state, .json,
  ],
  examples: [
    Example(
      "assay panel add ./control --training-text wiki --training-text books",
      "one line more in the panel"),
    Example("assay panel add --from Tests/Models/panel.jsonl", "the ten controls that come along"),
  ]
) { invocation in
  let state = try requiredState(invocation)
  let panel = try PanelFile.of(state)
  let added = try panelAdditions(invocation).map { model throws(Problem) in
    let fingerprint = try Fingerprint.compute(
      model: model.path, filesOnly: true, run: try invocation.run())
    return (model, fingerprint.filesRoot)
  }
  try panel.adding(added)
  let count = try PanelFile.of(state).models.count
  if invocation.flag("--json") {
    invocation.output.json([
      "panel": .string(panel.path), "models": JSON(count), "added": JSON(added.count),
    ])
  } else {
    invocation.output.line("the panel holds \(count) models")
  }
  return .yes
}

/// The models to add, with absolute paths.
private func panelAdditions(_ invocation: Invocation) throws(Problem) -> [ListedModel] {
  let tags = invocation.values("--training-text")
  guard let list = invocation.value("--from") else {
    guard let path = invocation.positional(0) else {
      throw Problem(
        .usage, "usage", reason: "a MODEL is missing", remedy: "name one, or a list with --from")
    }
    return [ListedModel(path: try FileSystem.realPath(path), trainingText: tags)]
  }
  guard invocation.positional(0) == nil, tags.isEmpty else {
    throw Problem(
      .usage, "usage", reason: "--from stands in the place of MODEL and --training-text",
      remedy: "give one or the other")
  }
  guard FileSystem.kind(of: list) == .file else {
    throw Problem(
      .malformed, "no_list", place: list, reason: "there is no such list", remedy: "check the path")
  }
  let models = try PanelFile(list).models
  guard !models.isEmpty else {
    throw Problem(
      .malformed, "no_models", place: list, reason: "the list names no model",
      remedy: #"write {"path":"…","training_text":["…"]} a line"#)
  }
  return try models.map { model throws(Problem) in
    ListedModel(path: try FileSystem.realPath(model.path), trainingText: model.trainingText)
  }
}

let panelListCommand = Command(
  path: ["panel", "list"],
  summary: "List the controls of the state's panel",
  options: [.state, .json],
  examples: [Example("assay panel list", "a line a model, with its training texts")]
) { invocation in
  let panel = try PanelFile.of(try requiredState(invocation))
  if invocation.flag("--json") {
    invocation.output.json([
      "panel": .string(panel.path),
      "models": .array(
        panel.models.map {
          ["path": .string($0.path), "training_text": JSON($0.trainingText)]
        }),
    ])
  } else {
    for model in panel.models {
      invocation.output.line("\(model.path)  \(model.trainingText.joined(separator: ", "))")
    }
  }
  return .yes
}

let panelVerifyCommand = Command(
  path: ["panel", "verify"],
  summary: "Say whether the controls, and what is kept of their scores, are still what they were",
  discussion: """
    For each control of the state's panel, or of LIST (a line a model: {"path","fingerprint"}): do
    its files open, have they the recorded fingerprint, are its kept scores whole? With --rescore
    each model is scored again and must give the kept scores bit for bit. Exit 0: all hold; 1: one
    does not; 3: a control has no recorded fingerprint.
    """,
  positionals: [Positional("LIST", "a list of models instead of the state's panel", minimum: 0)],
  options: [
    .value("--probes", "FILE", "the probes that scores are kept for (default: the bundled ones)"),
    .value("--cache", "DIR", "where scores are kept (default: the state's cache)"),
    .flag("--rescore", "score each model again and compare"), .state, .threads, .json,
  ],
  examples: [
    Example("assay panel verify --state state", "a line a control"),
    Example("assay panel verify --state state --rescore --json", "scored again, bit for bit"),
  ]
) { invocation in
  let state: StateDirectory?
  let panel: PanelFile
  if let list = invocation.positional(0) {
    state = try existingState(invocation)
    guard FileSystem.kind(of: list) == .file else {
      throw Problem(
        .malformed, "not_found", place: list, reason: "there is no such list",
        remedy: "give a text file with a model a line")
    }
    panel = try PanelFile(list)
  } else {
    let own = try requiredState(invocation)
    state = own
    panel = try PanelFile.of(own)
  }
  guard !panel.models.isEmpty else {
    throw Problem(
      .usage, "no_panel", place: panel.path, reason: "there are no controls in the panel",
      remedy: "add them with `assay panel add`")
  }
  let probes: ProbeSet
  if let file = invocation.value("--probes") {
    probes = try ProbeSet.load(file)
  } else {
    probes = try ProbeSet.bundled()
  }
  let result = try PanelVerification(
    panel, probes: probes,
    cacheFolder: invocation.value("--cache")
      ?? state.map { FileSystem.join($0.cachePath, "outcomes") },
    rescoring: invocation.flag("--rescore"), run: try invocation.run())
  invocation.output.clearProgress()
  if invocation.flag("--json") {
    invocation.output.json([
      "ok": .bool(result.exitCode == .yes), "panel": .string(panel.path),
      "probes": .string(probes.digest.tagged), "models": .array(result.controls.map(\.json)),
    ])
  } else {
    for control in result.controls {
      let scores = control.kept.map { ", scores \($0.rawValue)" } ?? ""
      invocation.output.line("\(control.model.path): \(control.text)\(scores)")
    }
  }
  return result.exitCode
}
