// One read of a model that computes the digests of its files and of its tensors.
//
// Each worker keeps up to three streams of SHA-256 going side by side: the serial stream of a
// file next to chunks of tensors, or of other files. Files are mapped; what is read once for the
// file's digest is still in memory when the tensor's chunk is hashed.
// Memory: one chunk of value bytes per stream, and whole tensors only where a container stores
// them strided or compressed (then one such tensor per worker).

import Base
import Crypto
import Formats

/// What one pass yields.
struct HashOutcome: Sendable {
  let files: [FileIdentity]
  let tensors: TensorIdentities
  /// The chunk leaves of the tensor that a proof is wanted of.
  let leaves: [Digest]
  let tied: CanonicalPlan.Tied
}

struct HashPass: Sendable {
  let names: [String]
  let locations: [String]
  let model: OpenModel?
  /// The tensor that a proof is wanted of.
  let proven: Int?
  let run: Run

  init(
    files: [(name: String, location: String)], model: OpenModel?, proven: Int? = nil, run: Run
  ) {
    names = files.map(\.name)
    locations = files.map(\.location)
    self.model = model
    self.proven = proven
    self.run = run
  }

  /// Reads everything once.
  func outcome() throws(Problem) -> HashOutcome {
    var sizes: [Int] = []
    for location in locations {
      guard let stamp = FileSystem.stamp(of: location) else { throw MappedFile.changed(location) }
      sizes.append(stamp.sizeBytes)
    }
    let canonical = CanonicalPlan(model)
    let queue = HashQueue(fileSizes: sizes, plan: canonical, proven: proven)
    let totalBytes =
      sizes.reduce(0, +)
      + (0..<canonical.taskCount).reduce(0) { $0 + canonical.entry(of: $1).byteCount }
    let plan = StreamPlan(fileSizes: sizes, totalBytes: totalBytes, threads: run.threads)
    Parallel.forEach(run.threads, threads: run.threads) { _ in
      var worker = HashWorker(
        pass: self, queue: queue, plan: plan, totalBytes: totalBytes, canonical: canonical)
      worker.run()
    }
    try run.check()
    return try outcome(try queue.results(), canonical)
  }

  private func outcome(
    _ results: HashResults, _ plan: CanonicalPlan
  ) throws(Problem) -> HashOutcome {
    var identities: [FileIdentity] = []
    for (index, identity) in results.files.enumerated() {
      guard let identity, FileSystem.stamp(of: locations[index]) == identity.stamp else {
        throw MappedFile.changed(locations[index])
      }
      identities.append(identity)
    }
    for file in model?.files ?? [] { try file.checkUnchanged() }
    let leaves = results.leaves
    return HashOutcome(
      files: identities,
      tensors: TensorIdentities(
        entries: plan.tensors, files: model?.fileNames ?? [], hashes: plan.joined(results)),
      leaves: leaves, tied: plan.tied)
  }

  /// The mapped file of a name: the model's own mapping, if tensors lie in it.
  func mapped(_ index: Int) throws(Problem) -> MappedFile {
    if let model, let place = model.fileNames.firstIndex(of: names[index]) {
      return model.files[place]
    }
    return try MappedFile(path: locations[index])
  }
}

/// How many streams a worker keeps, from what there is to hash.
struct StreamPlan: Sendable {
  /// Streams side by side in one worker.
  let streams: Int
  /// How many of them may be whole files while there are chunks to do.
  let fileStreams: Int
  /// Whether the largest file takes as long as all the rest on the other threads: then it gets a
  /// worker of its own, since a stream that shares a core is slower than one that does not.
  let isolatesLargest: Bool
  let largestBytes: Int

  init(fileSizes: [Int], totalBytes: Int, threads: Int) {
    let largest = fileSizes.max() ?? 0
    largestBytes = largest
    let rest = totalBytes - largest
    let most = SHA256.streamCountMax
    // Three streams together run about 1.75 times as fast as one alone.
    isolatesLargest = threads > 1 && 7 * largest * (threads - 1) >= 4 * rest
    if totalBytes == fileSizes.reduce(0, +) {
      // Files alone: equal rounds, so that none runs by itself at the end.
      let perWorker = max(1, (fileSizes.count + threads - 1) / threads)
      let rounds = (perWorker + most - 1) / most
      streams = (perWorker + rounds - 1) / rounds
      fileStreams = streams
    } else if !isolatesLargest, largest * most * threads > totalBytes {
      streams = 2
      fileStreams = 1
    } else {
      streams = most
      fileStreams = most - 1
    }
  }
}
