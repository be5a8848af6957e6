// `assay audit --manifest … --shard i/n`: one shard of a fleet's work.

import Audit
import Base
import Policy

let auditCommand = Command(
  path: ["audit"],
  summary: "Run one shard of a manifest of checks",
  discussion: """
    Item k of the manifest belongs to shard k mod n. The part appears whole or not at all; a whole
    one is not made again. Exit 0, 1 or 3 by what was found, 4 if an item cannot be read. An engine
    that numbers its tasks in a variable is served by --shard-env NAME --shard-count N.
    """,
  options: [
    .value(
      "--manifest", "FILE", "JSON lines {\"id\", \"path\", \"task\": \"check\"}", required: true),
    .value("--out", "DIR", "where part-<i>-of-<n>.jsonl goes", required: true),
    .value("--shard", "I/N", "which shard, from 0"),
    .value("--shard-env", "NAME", "the variable with the shard's number"),
    .value("--shard-count", "N", "how many shards, with --shard-env"),
    .json,
  ],
  examples: [
    Example(
      "assay audit --manifest fleet.jsonl --shard 0/4 --out parts",
      "the first quarter of the manifest"),
    Example(
      "assay audit --manifest m.jsonl --shard-env JOB_COMPLETION_INDEX --shard-count 4 --out d",
      "the shard that a Kubernetes Indexed Job gives this pod"),
  ]
) { invocation in
  let shard = try wantedShard(invocation)
  let path = invocation.value("--manifest") ?? ""
  let bytes = try FileSystem.read(path, limitBytes: Manifest.byteCountMax)
  let manifest: Manifest
  do throws(Problem) { manifest = try Manifest(reading: bytes) } catch { throw error.at(path) }
  let code = try shard.run(
    manifest, into: invocation.value("--out") ?? ".", runner: AuditRunner(),
    policy: try PolicyPack.shipped().digest, run: try invocation.run())
  if invocation.flag("--json") {
    invocation.output.json([
      "shard": JSON(shard.index), "of": JSON(shard.count),
      "manifest": .string(manifest.digest.tagged), "exit_code": JSON(Int(code.rawValue)),
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
