// `assay audit --manifest … --shard i/n`: one shard of a fleet's work.

import Audit
import Base
import Policy

let auditCommand = Command(
  path: ["audit"],
  summary: "Run one shard of a manifest of checks",
  discussion: """
    Item k of the manifest belongs to shard k mod n. The part appears whole or not at all. Models
    that an earlier run answered about are not read again while their files have the same sizes and
    times: run it again after a kill and it goes on where it was. Nothing is recorded in a state;
    its settings, profiles and lineage count. Exit 4 if a model cannot be read, else 1 if one is
    denied, else 3 if one is to be reviewed, else 0.

    Slurm, four tasks, then the merge whatever they found:
      #SBATCH --array=0-3
      assay audit --manifest fleet.jsonl --out parts --exit-zero-when-complete \\
        --shard-env SLURM_ARRAY_TASK_ID --shard-count 4
      sbatch --dependency=afterany:$JOB --wrap 'assay merge parts --out fleet-result.jsonl'
    Without --exit-zero-when-complete a deny is a failed task: afterok would never start.

    Kubernetes, an Indexed Job: completionMode: Indexed, completions: 4, parallelism: 4, and
      command: [assay, audit, --manifest, /m/fleet.jsonl, --out, /m/parts, --shard-env,
        JOB_COMPLETION_INDEX, --shard-count, "4", --exit-zero-when-complete]
    """,
  options: [
    .value(
      "--manifest", "FILE", "JSON lines {\"id\", \"path\", \"task\": \"check\"}", required: true),
    .value("--out", "DIR", "where part-<i>-of-<n>.jsonl goes", required: true),
    .value("--shard", "I/N", "which shard, from 0"),
    .value("--shard-env", "NAME", "the variable with the shard's number"),
    .value("--shard-count", "N", "how many shards, with --shard-env"),
  ] + AskerOptions.profile + AskerOptions.request + [
    .value("--policies", "DIR", "a pack of your own instead of the shipped one"),
    .flag("--rehash", "read every model again, whatever an earlier run left"),
    .flag("--exit-zero-when-complete", "exit 0 once the part is whole, whatever was found"),
    .state, .threads, .json,
  ],
  examples: [
    Example(
      "assay audit --manifest fleet.jsonl --shard 0/4 --out parts --profile company.json",
      "the first quarter of the manifest"),
    Example(
      "assay audit --manifest fleet.jsonl --shard 0/1 --out parts --as shop --in DE,FR",
      "all of it, for a stored profile, in other places"),
    Example(
      "assay audit --manifest fleet.jsonl --shard-env JOB_COMPLETION_INDEX --shard-count 4 --out d",
      "the shard that a Kubernetes Indexed Job gives this pod"),
  ]
) { invocation in
  let shard = try wantedShard(invocation)
  let path = invocation.value("--manifest") ?? ""
  let bytes = try InputFile.read(path, limitBytes: Manifest.byteCountMax)
  let manifest: Manifest
  do throws(Problem) { manifest = try Manifest(reading: bytes) } catch { throw error.at(path) }
  let state = try existingState(invocation)
  let question = try ShardQuestion(
    state: state, directory: invocation.value("--policies"),
    profile: try invocation.chosenProfile(state: state),
    changes: try invocation.factWords(AskerOptions.request))
  let done = try shard.run(
    manifest, question, into: invocation.value("--out") ?? ".",
    runner: AuditRunner(state: state, keepsAnswers: false),
    isRereading: invocation.flag("--rehash"), run: try invocation.run())
  let code = invocation.flag("--exit-zero-when-complete") ? ExitCode.yes : done.exitCode
  invocation.output.note("\(shard.fileName): \(done.tally.words); \(done.madeCount) read now")
  if invocation.flag("--json") {
    invocation.output.json([
      "shard": JSON(shard.index), "of": JSON(shard.count),
      "manifest": .string(manifest.digest.tagged), "exit_code": JSON(Int(code.rawValue)),
      "found": done.tally.json, "read": JSON(done.madeCount),
    ])
  }
  return code
}

private func wantedShard(_ invocation: Invocation) throws -> Shard {
  if let text = invocation.value("--shard") {
    guard let shard = Shard(text) else {
      throw Problem(
        .usage, "bad_shard", place: "--shard", reason: "\"\(text)\" is not I/N with 0 <= I < N",
        remedy: "write it like 0/4")
    }
    return shard
  }
  guard let name = invocation.value("--shard-env"),
    let count = try invocation.integer("--shard-count", in: 1...1_000_000)
  else {
    throw Problem(
      .usage, "no_shard", reason: "it is not said which shard",
      remedy: "give --shard I/N, or --shard-env NAME --shard-count N")
  }
  guard let number = FileSystem.environment(name), let shard = Shard("\(number)/\(count)") else {
    throw Problem(
      .usage, "bad_shard", place: name,
      reason: "the variable does not hold a number below \(count)")
  }
  return shard
}
