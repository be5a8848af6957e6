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

/// What one pass yields. Tensors are sorted by name.
struct HashOutcome: Sendable {
  let files: [FileIdentity]
  let tensors: [TensorIdentity]
  /// The chunk leaves of each tensor, in the order of `tensors`.
  let leaves: [[Digest]]
}

struct HashPass: Sendable {
  let names: [String]
  let locations: [String]
  let model: OpenModel?
  let run: Run

  init(files: [(name: String, location: String)], model: OpenModel?, run: Run) {
    names = files.map(\.name)
    locations = files.map(\.location)
    self.model = model
    self.run = run
  }

  /// Reads everything once.
  func outcome() throws(Problem) -> HashOutcome {
    var sizes: [Int] = []
    for location in locations {
      guard let stamp = FileSystem.stamp(of: location) else { throw MappedFile.changed(location) }
      sizes.append(stamp.sizeBytes)
    }
    let canonical = CanonicalNames(model)
    let tasks = (model?.tensors ?? []).map { TensorTask($0, canonical) }
    let queue = HashQueue(fileSizes: sizes, tasks: tasks)
    let totalBytes = sizes.reduce(0, +) + tasks.reduce(0) { $0 + $1.entry.byteCount }
    let plan = StreamPlan(fileSizes: sizes, totalBytes: totalBytes, threads: run.threads)
    Parallel.forEach(run.threads, threads: run.threads) { _ in
      var worker = HashWorker(pass: self, queue: queue, plan: plan, totalBytes: totalBytes)
      worker.run()
    }
    try run.check()
    let (files, finished) = try queue.results()
    return try outcome(files, finished)
  }

  private func outcome(
    _ files: [FileIdentity?], _ tasks: [TensorTask]
  ) throws(Problem) -> HashOutcome {
    var identities: [FileIdentity] = []
    for (index, identity) in files.enumerated() {
      guard let identity, FileSystem.stamp(of: locations[index]) == identity.stamp else {
        throw MappedFile.changed(locations[index])
      }
      identities.append(identity)
    }
    for file in model?.files ?? [] { try file.checkUnchanged() }
    let tensors = tasks.compactMap { task in
      task.identity(file: model?.fileNames[task.entry.file] ?? "")
    }
    precondition(tensors.count == tasks.count, "every job of the queue was done")
    return HashOutcome(files: identities, tensors: tensors, leaves: tasks.map(\.content.hashes))
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
