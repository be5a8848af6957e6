// `assay merge DIR --out FILE`: the parts of a fleet, put together.

import Audit
import Base

let mergeCommand = Command(
  path: ["merge"],
  summary: "Put the parts of a sharded audit together",
  discussion: """
    Needs every part, whole and of one manifest; otherwise it names the shards that are missing
    (exit 4) and writes nothing. The result is the same bytes for every number of shards. Exit 1 if
    a model is denied, else 3 if one is to be reviewed or could not be read, else 0.
    """,
  positionals: [Positional("DIR", "the directory with the parts")],
  options: [.value("--out", "FILE", "where the result goes", required: true), .json],
  examples: [
    Example("assay merge parts --out fleet-result.jsonl", "one file with a record per model")
  ]
) { invocation in
  let merged = try MergedShards(directory: invocation.positional(0) ?? ".")
  let out = invocation.value("--out") ?? ""
  try DurableFile.replace(out, with: merged.bytes)
  if invocation.flag("--json") {
    invocation.output.json([
      "manifest": .string(merged.manifest.tagged), "items": JSON(merged.items),
      "exit_code": JSON(Int(merged.exitCode.rawValue)), "out": .string(out),
      "found": merged.tally.json,
    ])
  } else {
    invocation.output.note("\(merged.items) models: \(merged.tally.words)")
  }
  return merged.exitCode
}
