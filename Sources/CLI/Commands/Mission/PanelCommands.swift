// `assay panel add|list`: the controls of a state.

import Audit
import Base
import Ledger

let panelAddCommand = Command(
  path: ["panel", "add"],
  summary: "Add a control to the state's panel",
  discussion: """
    Controls are models known to share nothing with the models in question. Name what each was
    trained on: a comparison needs a control that saw the reference's own text.
    """,
  positionals: [Positional("MODEL", "a model's directory")],
  options: [
    .repeated("--training-text", "TAG", "a name of a text it was trained on"), .state, .json,
  ],
  examples: [
    Example(
      "assay panel add ./control --training-text wiki --training-text books",
      "one line more in the panel")
  ]
) { invocation in
  let state = try requiredState(invocation)
  let path = try FileSystem.realPath(invocation.positional(0) ?? "")
  let panel = try PanelFile.of(state)
  try panel.adding(
    ListedModel(path: path, trainingText: invocation.values("--training-text")))
  let count = try PanelFile.of(state).models.count
  if invocation.flag("--json") {
    invocation.output.json(["panel": .string(panel.path), "models": JSON(count)])
  } else {
    invocation.output.line("the panel holds \(count) models")
  }
  return .yes
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
