// `assay probes`: what a model is asked when outputs are compared.

import Comparison
import Base

let probesCommand = Command(
  path: ["probes"],
  summary: "List the texts on which outputs are compared, as tokens",
  discussion: """
    For a model that can be asked and not opened: score the tokens of each line with it, keep the
    most likely tokens of every position, and hand the file to `assay compare --recorded`. The
    tokens are those of the model's own tokenizer, with the token that begins a text in front.
    """,
  options: [
    .value(
      "--tokenizer", "MODEL", "a directory or a .gguf file with the model's tokenizer",
      required: true),
    .value("--probes", "FILE", "texts to compare outputs on: JSON lines {\"text\":…}"),
    .jsonLines,
  ],
  examples: [
    Example(
      "assay probes --tokenizer ./tokenizer --jsonl > ask.jsonl",
      "lines {\"id\", \"ids\", \"probes\"} to be scored"),
    Example(
      "assay score ./model --ids ask.jsonl --top 20 --jsonl > answers.jsonl",
      "a recording, here of a model that is at hand"),
  ]
) { invocation in
  let probes =
    if let file = invocation.value("--probes") { try ProbeSet.load(file) } else {
      try ProbeSet.bundled()
    }
  let model = invocation.value("--tokenizer") ?? ""
  for (number, ids) in try probes.identifiers(
    tokenizerOf: model, run: try invocation.run()
  ).enumerated() {
    invocation.output.jsonLine([
      "id": .string("\(number)"), "ids": .array(ids.map { JSON(Int($0)) }),
      "probes": .string(probes.digest.tagged),
    ])
  }
  return .yes
}
