// `assay fingerprint`: the digests that name a model, or a proof about one chunk of it.

import Base
import Fingerprint
import Formats

let fingerprintCommand = Command(
  path: ["fingerprint"],
  summary: "Name a model by its files, its tensors and its values",
  discussion: """
    Reads a model directory or file once and prints digests that anybody can compute again.
    The weights digest survives renaming of files, resharding and other headers; the canonical
    digest also lossless casts and conversion to GGUF, whose names and orders of values are taken
    back to the library's for the families that are known. Tensors without a known name there are
    listed as `unmapped`, those whose values cannot be taken back exactly as `unrestored`.
    Exit 0: read and clean. 1: readable, but loading it would run code (see the findings).
    4: malformed, unreadable, or changed while it was read.
    """,
  positionals: [Positional("PATH", "a model directory, or one weight file")],
  options: [
    .flag("--tensors", "list every tensor with its digests"),
    .flag("--files-only", "hash the files and look into none"),
    .value("--prove", "NAME:CHUNK", "prove that a chunk of 1 MiB belongs to the model"),
    .threads, .json,
  ] + Option.modelChoice,
  examples: [
    Example("assay fingerprint ./model", "the digests, for people"),
    Example("assay fingerprint ./model --tensors --json", "everything, for programs"),
    Example(
      "assay fingerprint model.gguf --prove output.weight:0 --json",
      "a proof that the first MiB of a tensor belongs to the weights"),
  ],
  run: runFingerprint)

private func runFingerprint(_ invocation: Invocation) throws -> ExitCode {
  let model = try invocation.model()
  let filesOnly = invocation.flag("--files-only")
  if let wanted = invocation.value("--prove") {
    return try prove(wanted, of: model, invocation)
  }
  let fingerprint = try Fingerprint.compute(
    model, filesOnly: filesOnly, run: try invocation.run())
  // Before anything is printed: an error is the only object of its answer.
  let isUnread = fingerprint.findings.contains { $0.id == "weights.unread" }
  guard filesOnly || fingerprint.isUnsafe || isUnread || fingerprint.weights != nil else {
    throw Problem(
      .malformed, "no_weights", place: model.path, reason: "there are no weights in it",
      remedy: "give the directory that holds the weights, or use --files-only")
  }
  let listed = invocation.flag("--tensors") && fingerprint.weights != nil
  if !invocation.flag("--json") {
    write(fingerprint, withTensors: listed, to: invocation.output)
  } else if listed, let object = fingerprint.json(withTensors: false).object {
    invocation.output.json(object, "tensors", fingerprint.tensors.lazy.map(\.json))
  } else {
    invocation.output.json(fingerprint.json(withTensors: false))
  }
  // Weights that are there and not read have no name: neither safe nor unsafe.
  let isOpen = isUnread && fingerprint.weights == nil
  return fingerprint.isUnsafe ? .no : isOpen && !filesOnly ? .undecided : .yes
}

private func prove(
  _ wanted: String, of model: ModelAddress, _ invocation: Invocation
) throws -> ExitCode {
  // The last colon: names may hold colons, numbers do not.
  guard let colon = wanted.utf8.lastIndex(of: UInt8(ascii: ":")),
    let chunk = Int(wanted[wanted.index(after: colon)...]), chunk >= 0
  else {
    throw Problem(
      .usage, "bad_value", reason: "--prove \(wanted): expected NAME:CHUNK with CHUNK from 0",
      remedy: "for example --prove model.norm.weight:0")
  }
  let proof = try Fingerprint.prove(
    model, tensor: ByteName(String(wanted[..<colon])), chunk: chunk,
    run: try invocation.run())
  if invocation.flag("--json") {
    invocation.output.json(["proof": proof.json])
  } else {
    invocation.output.prose([
      "Chunk \(chunk) of \(proof.chunkPath.size) of \(proof.tensor.name) belongs to the weights"
    ])
    invocation.output.line("  \(proof.weightsDigest)")
    invocation.output.line("The proof is in the --json form.")
  }
  return .yes
}

/// A file as `sha256sum` prints it: a single file as it was given, others relative to their folder.
private func named(_ file: FileIdentity, of fingerprint: Fingerprint) -> String {
  let isGiven =
    fingerprint.files.count == 1 && FileSystem.kind(of: fingerprint.path) != .directory
    && FileSystem.lastComponent(fingerprint.path) == file.path
  return isGiven ? fingerprint.path : file.path
}

/// The digests for people. Rows with a digest are never broken: `sha256sum -c` reads some of them.
private func write(_ fingerprint: Fingerprint, withTensors: Bool, to output: Output) {
  writeDigests(of: fingerprint, to: output)
  if withTensors {
    let tensors = fingerprint.tensors
    for start in stride(from: 0, to: tensors.count, by: linesAtOnce) {
      output.lines(tensors[start..<min(start + linesAtOnce, tensors.count)].map(line))
    }
  }
  output.prose(
    fingerprint.findings.map { "\($0.severity.rawValue): \($0.place ?? ""): \($0.message)" })
}

/// A model may have a million tensors.
private let linesAtOnce = 512

private func line(of tensor: TensorIdentity) -> String {
  let shape = tensor.shape.map(String.init).joined(separator: "×")
  return "  \(tensor.digest)  \(tensor.type) [\(shape)]  \(tensor.name)"
}

private func writeDigests(of fingerprint: Fingerprint, to output: Output) {
  output.lines(fingerprint.files.map { "\($0.digest.hex)  \(named($0, of: fingerprint))" })
  let bytes = fingerprint.files.reduce(0) { $0 + $1.byteCount }
  let format = fingerprint.format?.rawValue ?? "files"
  output.line(
    "\(fingerprint.path): \(format), \(fingerprint.files.count) files, \(bytes) bytes")
  output.line("  bundle      \(fingerprint.filesRoot)")
  if let weights = fingerprint.weights {
    output.lines([
      "  weights     \(weights.weightsDigest)  (\(weights.tensorCount) tensors)",
      "  values      \(weights.valuesDigest)",
      "  tensor set  \(weights.tensorSetDigest)  (\(weights.distinctTensors) different)",
      "  canonical   \(weights.canonicalValuesDigest)  (\(weights.canonicalCount) tensors)",
    ])
    output.prose(obstacles(weights))
  }
  if let adapter = fingerprint.adapter {
    output.prose(["  adapter     of \(adapter.baseModel ?? "a base model it does not name")"])
  }
  if !fingerprint.otherWeights.isEmpty {
    output.prose([
      "  not fingerprinted as tensors: \(fingerprint.otherWeights.joined(separator: ", "))"
    ])
  }
}

/// Why tensors are not in the canonical digest as the library has them.
private func obstacles(_ weights: WeightsIdentity) -> [String] {
  var lines: [String] = []
  if !weights.unmapped.isEmpty {
    lines.append("  \(weights.unmapped.count) tensors have no known Hugging Face name")
  }
  for obstacle in CanonicalTensor.Obstacle.allCases {
    let count = weights.unrestored.count { $0.obstacle == obstacle }
    guard count > 0 else { continue }
    lines.append("  not as Hugging Face has it, \(count) tensors: \(obstacle.sentence)")
  }
  return lines
}
