// `assay demo`: the whole mission on the models of the repository, in a minute.

import Base
import Ledger

let demoCommand = Command(
  path: ["demo"],
  summary: "Show the whole mission on the models of the repository",
  discussion: """
    Makes a temporary state, starts the daemon on it, lets it find the models in a watched folder,
    and asks the three questions. Exit code 0: every answer was as it must be; 1: one was not.
    """,
  options: [
    .value("--models", "DIR", "the models (default: ./Tests/Models)"),
    .value("--keep", "DIR", "make the state here and keep it"),
    .json,
  ],
  examples: [
    Example("assay demo", "in the repository's folder"),
    Example("assay demo --keep ./demo-state --json", "every answer as JSON; the state stays"),
  ]
) { invocation in
  let started = WallClock.monotonicSeconds()
  let models = try DemoModels(invocation.value("--models") ?? "Tests/Models")
  let kept = invocation.value("--keep")
  let folder = try kept ?? FileSystem.temporaryDirectory(prefix: "assay-demo")
  let state = StateDirectory(FileSystem.join(folder, "state"))
  try FileSystem.makeDirectories(folder)
  _ = try state.create()
  try prepare(state, models)
  let daemon = try DaemonProcess.start(state: state, watching: models.folder)
  var run = DemoRun(
    models: models, state: state, daemon: daemon,
    answers: DemoAnswers(invocation.output, isQuiet: invocation.flag("--json")))
  let reportPath = FileSystem.join(folder, "report.html")
  do {
    try run.identities()
    try run.descent()
    try run.permission()
    try run.evidence(reportPath: reportPath)
  } catch {
    daemon.stop()
    throw error
  }
  run.answers.add(
    "drain", shown: daemon.stop() ? "drained" : "killed", expected: "drained",
    "the daemon ended when it was asked to")
  let seconds = Int((WallClock.monotonicSeconds() - started).rounded(.up))
  if invocation.flag("--json") {
    invocation.output.json([
      "ok": .bool(run.answers.areRight), "answers": .array(run.answers.all.map(\.json)),
      "report": .string(reportPath), "state": .string(state.path), "seconds": JSON(seconds),
    ])
  } else {
    let verdict = run.answers.areRight ? "Every answer is as it must be" : "An answer is wrong"
    invocation.output.lines([
      "", "\(verdict) (\(run.answers.all.count) answers, \(seconds) s).", "Report: \(reportPath)",
    ])
  }
  return run.answers.areRight ? .yes : .no
}

/// The profile of a made-up company, and the panel.
private func prepare(_ state: StateDirectory, _ models: DemoModels) throws(Problem) {
  let profile = try readJSON(FileSystem.join(models.folder, "profile.json"))
  try DurableFile.replace(
    state.configPath, with: JSON.object(["profile": profile]).canonicalBytes, mode: 0o600)
  var lines: [UInt8] = []
  for model in models.panel {
    let line: JSON = ["path": .string(model.path), "training_text": JSON(model.trainingText)]
    lines += line.canonicalBytes + [0x0A]
  }
  try DurableFile.replace(FileSystem.join(state.path, "panel.jsonl"), with: lines, mode: 0o600)
}
