// What is left to hash, and what has come out so far. Workers take jobs and bring results.
//
// A file is one serial job; a tensor is as many jobs as it has chunks, in file order, and more if
// its values need another form; small tensors are many to a job. All state lies behind one lock,
// which is taken about once per MiB.
// Memory: beside the results only the tensors that are being hashed, never all of them.

import Base
import Crypto
import Formats
import Synchronization

/// A piece of work that one stream of SHA-256 does. A tensor is named by its task in the plan.
enum HashJob: Sendable {
  /// A whole file.
  case file(Int)
  /// Small tensors: all their chunks and values.
  case small([Int])
  /// One chunk of the stored bytes of a tensor.
  case chunk(tensor: Int, chunk: Int)
  /// One chunk of value bytes, in stored or restored row order.
  case value(tensor: Int, chunk: Int, ValueBytes, restored: Bool)
  /// A tensor whose canonical bytes must be made first: all its chunks and values.
  case whole(tensor: Int)
  /// A tensor that is put together from stored ones.
  case assembled(Int)

  var isFile: Bool { if case .file = self { true } else { false } }
}

/// What came of a tensor that was put together.
enum AssembledOutcome: Sendable {
  case values(Digest)
  /// What was added to its values cannot be taken off exactly.
  case rounded
}

/// Everything that the workers brought.
struct HashResults: Sendable {
  let files: [FileIdentity?]
  /// By the tasks of the plan.
  let tensors: [TensorHashes?]
  let assembled: [AssembledOutcome?]
  /// The leaves of the tensor that a proof is wanted of.
  let leaves: [Digest]
}

/// The shared state of one pass.
final class HashQueue: Sendable {
  /// Tensors up to this size are small.
  static let smallBytesMax = 16 << 10
  /// So many small ones are one job, which is then no more than a chunk.
  static let smallCountMax = 64

  private struct State {
    /// Indices of files not yet begun, the largest last.
    var files: [Int]
    var fileResults: [FileIdentity?]
    /// Tasks in file order; the first `begun` of them have no chunk left to hand out.
    var order: [Int]
    var begun = 0
    var nextChunk = 0
    /// The tensors begun and not finished.
    var open: [Int: TensorTask] = [:]
    var results: [TensorHashes?]
    /// How many assemblies were handed out, and what came of them.
    var assembliesBegun = 0
    var assembled: [AssembledOutcome?]
    var values: [(tensor: Int, rehash: TensorTask.Rehash, next: Int)] = []
    var leaves: [Digest] = []
    var problem: Problem?
    var doneBytes = 0
  }

  private let plan: CanonicalPlan
  /// The tensor whose leaves are kept.
  private let proven: Int?
  private let state: Mutex<State>

  init(fileSizes: [Int], plan: CanonicalPlan, proven: Int?) {
    self.plan = plan
    self.proven = proven
    state = Mutex(
      State(
        files: fileSizes.indices.sorted { (fileSizes[$0], $1) < (fileSizes[$1], $0) },
        fileResults: Array(repeating: nil, count: fileSizes.count), order: plan.tasksInFileOrder,
        results: Array(repeating: nil, count: plan.taskCount),
        assembled: Array(repeating: nil, count: plan.assemblies.count)))
  }

  // MARK: Handing out

  /// The next job for a worker; nil if there is none now.
  func next(preferFile: Bool) -> HashJob? {
    state.withLock { state in
      guard state.problem == nil else { return nil }
      if preferFile, let file = state.files.popLast() { return .file(file) }
      return nextValue(&state) ?? nextTensor(&state) ?? nextAssembly(&state)
        ?? state.files.popLast().map(HashJob.file)
    }
  }

  private func nextValue(_ state: inout State) -> HashJob? {
    guard var last = state.values.popLast() else { return nil }
    let job = HashJob.value(
      tensor: last.tensor, chunk: last.next, last.rehash.bytes, restored: last.rehash.isRestored)
    last.next += 1
    if last.next < last.rehash.chunkCount { state.values.append(last) }
    return job
  }

  private func nextAssembly(_ state: inout State) -> HashJob? {
    guard state.assembliesBegun < state.assembled.count else { return nil }
    state.assembliesBegun += 1
    return .assembled(state.assembliesBegun - 1)
  }

  private func nextTensor(_ state: inout State) -> HashJob? {
    guard state.begun < state.order.count else { return nil }
    let small = state.order[state.begun...].prefix(Self.smallCountMax)
      .prefix { isSmall(plan.entry(of: $0)) }
    if !small.isEmpty {
      state.begun += small.count
      return .small(Array(small))
    }
    let tensor = state.order[state.begun]
    let entry = plan.entry(of: tensor)
    if state.nextChunk == 0 {
      state.open[tensor] = TensorTask(entry, plan.place(of: tensor))
    }
    guard entry.layout.isPlain else {
      state.begun += 1
      return .whole(tensor: tensor)
    }
    let job = HashJob.chunk(tensor: tensor, chunk: state.nextChunk)
    state.nextChunk += 1
    if state.nextChunk == IdentityRules.chunkCount(byteCount: entry.byteCount) {
      state.begun += 1
      state.nextChunk = 0
    }
    return job
  }

  private func isSmall(_ entry: TensorEntry) -> Bool {
    entry.byteCount == 0 || entry.byteCount <= Self.smallBytesMax && entry.layout.isPlain
  }

  /// What is known of a tensor's values so far, so that a scan need not try what is ruled out.
  func scan(of tensor: Int) -> ValueScan {
    state.withLock { $0.open[tensor]?.scan } ?? ValueScan(plan.entry(of: tensor).type)
  }

  // MARK: Taking in

  func finish(file: Int, _ identity: FileIdentity) {
    state.withLock { $0.fileResults[file] = identity }
  }

  func finish(small: [SmallTensor]) {
    state.withLock { state in
      for tensor in small {
        state.results[tensor.task] = tensor.hashes
        if tensor.task == proven { state.leaves = tensor.leaves }
      }
    }
  }

  func finish(tensor: Int, chunk: Int, leaf: Digest, scan: ValueScan) {
    take(of: tensor) { $0.take(leaf, of: chunk, scan) }
  }

  func finish(tensor: Int, valueChunk: Int, leaf: Digest, restored: Bool) {
    take(of: tensor) {
      $0.take(value: leaf, of: valueChunk, restored: restored)
      return []
    }
  }

  /// A tensor that one worker hashed at once. `valueRoot` is nil if the values are the content.
  func finish(tensor: Int, leaves: [Digest], scan: ValueScan, valueRoot: Digest?) {
    take(of: tensor) { $0.take(leaves: leaves, scan: scan, valueRoot: valueRoot) }
  }

  func finish(assembly: Int, _ outcome: AssembledOutcome) {
    state.withLock { $0.assembled[assembly] = outcome }
  }

  /// Lets an open tensor take something, queues what must be hashed again, and closes it once
  /// nothing is missing.
  private func take(of tensor: Int, _ body: (inout TensorTask) -> [TensorTask.Rehash]) {
    state.withLock { state in
      let rehashes = body(
        &state.open[
          tensor, default: TensorTask(plan.entry(of: tensor), plan.place(of: tensor))])
      for rehash in rehashes { state.values.append((tensor, rehash, 0)) }
      guard let hashes = state.open[tensor]?.hashes else { return }
      state.results[tensor] = hashes
      if tensor == proven { state.leaves = state.open[tensor]?.leaves ?? [] }
      state.open[tensor] = nil
    }
  }

  /// Keeps the first problem; from then on no job is handed out.
  func fail(_ problem: Problem) {
    state.withLock { $0.problem = $0.problem ?? problem }
  }

  func add(bytes: Int) -> Int {
    state.withLock { state in
      state.doneBytes += bytes
      return state.doneBytes
    }
  }

  /// Everything, once no worker is left; the queue is empty then.
  func results() throws(Problem) -> HashResults {
    let (problem, results) = state.withLock { state in
      let results = HashResults(
        files: state.fileResults, tensors: state.results, assembled: state.assembled,
        leaves: state.leaves)
      state.results = []
      state.order = []
      return (state.problem, results)
    }
    if let problem { throw problem }
    return results
  }
}
