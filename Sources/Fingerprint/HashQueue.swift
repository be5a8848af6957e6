// What is left to hash, and what has come out so far. Workers take jobs and bring results.
//
// A file is one serial job; a tensor is as many jobs as it has chunks, in file order, and more if
// its values need another form. All state lies behind one lock, which is taken once per MiB.

import Base
import Crypto
import Formats
import Synchronization

/// A piece of work that one stream of SHA-256 does.
enum HashJob: Sendable {
  /// A whole file.
  case file(Int)
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

/// A tree whose leaves arrive in any order.
struct PartialTree: Sendable {
  private var leaves: [Digest?]
  private var missing: Int

  init(leafCount: Int) {
    leaves = Array(repeating: nil, count: leafCount)
    missing = leafCount
  }

  var isComplete: Bool { missing == 0 }
  var hashes: [Digest] { leaves.compactMap(\.self) }
  var root: Digest { MerkleTree.root(of: hashes) }

  mutating func put(_ leaf: Digest, at index: Int) {
    if leaves[index] == nil { missing -= 1 }
    leaves[index] = leaf
  }
}

/// One tensor, or slice of one, on its way to an identity.
struct TensorTask: Sendable {
  let entry: TensorEntry
  private(set) var place: CanonicalPlan.Place
  var content: PartialTree
  var scan: ValueScan
  /// Set when the content is complete.
  var contentRoot: Digest?
  var value: ValueBytes?
  var valueTree: PartialTree?
  var valueRoot: Digest?
  var restoredTree: PartialTree?
  var restoredRoot: Digest?

  init(_ entry: TensorEntry, _ place: CanonicalPlan.Place) {
    self.entry = entry
    self.place = place
    content = PartialTree(leafCount: IdentityRules.chunkCount(byteCount: entry.byteCount))
    scan = ValueScan(entry.type)
  }

  /// A finished task with another place.
  init(_ task: TensorTask, _ place: CanonicalPlan.Place) {
    self = task
    self.place = place
  }

  /// The order of rows that the canonical form undoes.
  var rows: StoredRows? { if case .named(_, _, let rows) = place { rows } else { nil } }

  /// The finished identity, or nil while something is missing. `made` are the tensors of the
  /// canonical digest that this one was taken into.
  func identity(file: String, made: [CanonicalTensor]) -> TensorIdentity? {
    guard let contentRoot, let value, let valueRoot else { return nil }
    guard rows == nil || restoredRoot != nil else { return nil }
    let own = digest(of: value, valueRoot, shape: entry.shape)
    return TensorIdentity(
      name: entry.name, file: file, type: entry.type, shape: entry.shape,
      byteCount: entry.byteCount, contentRoot: contentRoot,
      digest: IdentityRules.tensorDigest(
        type: entry.type, shape: entry.shape, byteCount: entry.byteCount,
        contentRoot: contentRoot),
      valueForm: value.form, valueDigest: own,
      canonical: canonical(own, value, valueRoot, made))
  }

  private func canonical(
    _ own: Digest, _ value: ValueBytes, _ valueRoot: Digest, _ made: [CanonicalTensor]
  ) -> [CanonicalTensor] {
    let named: (name: ByteName, digest: Digest, standing: CanonicalTensor.Standing)
    let gguf = ByteName(bytes: Array("gguf:".utf8) + entry.name.bytes)
    switch place {
    case .dropped: return []
    case .taken: return made
    case .named(let name, let shape, _):
      named = (
        name, digest(of: value, restoredRoot ?? valueRoot, shape: shape ?? entry.shape), .same
      )
    case .unmapped: named = (gguf, own, .unmapped)
    case .unrestored(let name, let obstacle): named = (gguf, own, .unrestored(name, obstacle))
    }
    return [
      CanonicalTensor(
        name: named.name, valueDigest: named.digest, type: entry.type, standing: named.standing)
    ]
  }

  private func digest(of value: ValueBytes, _ root: Digest, shape: [Int]) -> Digest {
    IdentityRules.valueDigest(
      form: value.form, shape: shape, byteCount: value.byteCount, root: root)
  }
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
  let tasks: [TensorTask]
  let assembled: [AssembledOutcome?]
}

/// The shared state of one pass.
final class HashQueue: Sendable {
  private struct State {
    /// Indices of files not yet begun, the largest last.
    var files: [Int]
    var fileResults: [FileIdentity?]
    var tasks: [TensorTask]
    /// Tensors in file order; the first `begun` of them have no chunk left to hand out.
    var order: [Int]
    /// How many assemblies were handed out, and what came of them.
    var assembliesBegun = 0
    var assembled: [AssembledOutcome?]
    var begun = 0
    var nextChunk = 0
    var values: [(tensor: Int, bytes: ValueBytes, restored: Bool, next: Int, count: Int)] = []
    var problem: Problem?
    var doneBytes = 0
  }

  private let state: Mutex<State>

  init(fileSizes: [Int], tasks: [TensorTask], assemblyCount: Int) {
    let order = tasks.indices.sorted {
      (tasks[$0].entry.file, tasks[$0].entry.offsetBytes)
        < (tasks[$1].entry.file, tasks[$1].entry.offsetBytes)
    }
    var state = State(
      files: fileSizes.indices.sorted { (fileSizes[$0], $1) < (fileSizes[$1], $0) },
      fileResults: Array(repeating: nil, count: fileSizes.count), tasks: tasks, order: order,
      assembled: Array(repeating: nil, count: assemblyCount))
    for tensor in tasks.indices where tasks[tensor].content.isComplete {
      Self.closeContent(tensor, &state)
    }
    self.state = Mutex(state)
  }

  // MARK: Handing out

  /// The next job for a worker; nil if there is none now.
  func next(preferFile: Bool) -> HashJob? {
    state.withLock { state in
      guard state.problem == nil else { return nil }
      if preferFile, let file = state.files.popLast() { return .file(file) }
      return Self.nextValue(&state) ?? Self.nextChunk(&state) ?? Self.nextAssembly(&state)
        ?? state.files.popLast().map(HashJob.file)
    }
  }

  private static func nextValue(_ state: inout State) -> HashJob? {
    guard var last = state.values.popLast() else { return nil }
    let job = HashJob.value(
      tensor: last.tensor, chunk: last.next, last.bytes, restored: last.restored)
    last.next += 1
    if last.next < last.count { state.values.append(last) }
    return job
  }

  private static func nextAssembly(_ state: inout State) -> HashJob? {
    guard state.assembliesBegun < state.assembled.count else { return nil }
    state.assembliesBegun += 1
    return .assembled(state.assembliesBegun - 1)
  }

  private static func nextChunk(_ state: inout State) -> HashJob? {
    while state.begun < state.order.count {
      let tensor = state.order[state.begun]
      let entry = state.tasks[tensor].entry
      let count = IdentityRules.chunkCount(byteCount: entry.byteCount)
      if state.nextChunk < count {
        if !entry.layout.isPlain {
          state.begun += 1
          return .whole(tensor: tensor)
        }
        state.nextChunk += 1
        return .chunk(tensor: tensor, chunk: state.nextChunk - 1)
      }
      state.begun += 1
      state.nextChunk = 0
    }
    return nil
  }

  /// What is known of a tensor's values so far, so that a scan need not try what is ruled out.
  func scan(of tensor: Int) -> ValueScan { state.withLock { $0.tasks[tensor].scan } }

  // MARK: Taking in

  func finish(file: Int, _ identity: FileIdentity) {
    state.withLock { $0.fileResults[file] = identity }
  }

  func finish(tensor: Int, chunk: Int, leaf: Digest, scan: ValueScan) {
    state.withLock { state in
      state.tasks[tensor].content.put(leaf, at: chunk)
      state.tasks[tensor].scan.join(scan)
      if state.tasks[tensor].content.isComplete { Self.closeContent(tensor, &state) }
    }
  }

  /// The content is known: decides the form of the values and queues what must be hashed again.
  private static func closeContent(_ tensor: Int, _ state: inout State) {
    let task = state.tasks[tensor]
    let root = task.content.root
    let value = ValueBytes(of: task.entry, task.scan)
    state.tasks[tensor].contentRoot = root
    state.tasks[tensor].value = value
    let count = IdentityRules.chunkCount(byteCount: value.byteCount)
    if value.areStoredBytes || count == 0 {
      state.tasks[tensor].valueRoot = root
    } else if task.entry.layout.isPlain {
      state.tasks[tensor].valueTree = PartialTree(leafCount: count)
      state.values.append((tensor, value, false, 0, count))
    }
    if let rows = task.rows {
      guard count > 0 else {
        state.tasks[tensor].restoredRoot = root
        return
      }
      let restored = ValueBytes(of: task.entry, task.scan, rows: rows)
      state.tasks[tensor].restoredTree = PartialTree(leafCount: count)
      state.values.append((tensor, restored, true, 0, count))
    }
  }

  func finish(tensor: Int, valueChunk: Int, leaf: Digest, restored: Bool) {
    state.withLock { state in
      if restored {
        state.tasks[tensor].restoredTree?.put(leaf, at: valueChunk)
        if let tree = state.tasks[tensor].restoredTree, tree.isComplete {
          state.tasks[tensor].restoredRoot = tree.root
          state.tasks[tensor].restoredTree = nil
        }
      } else {
        state.tasks[tensor].valueTree?.put(leaf, at: valueChunk)
        if let tree = state.tasks[tensor].valueTree, tree.isComplete {
          state.tasks[tensor].valueRoot = tree.root
          state.tasks[tensor].valueTree = nil
        }
      }
    }
  }

  func finish(assembly: Int, _ outcome: AssembledOutcome) {
    state.withLock { $0.assembled[assembly] = outcome }
  }

  /// A tensor that one worker hashed at once. `valueRoot` is nil if the values are the content.
  func finish(tensor: Int, leaves: [Digest], scan: ValueScan, valueRoot: Digest?) {
    state.withLock { state in
      for (chunk, leaf) in leaves.enumerated() { state.tasks[tensor].content.put(leaf, at: chunk) }
      state.tasks[tensor].scan = scan
      Self.closeContent(tensor, &state)
      if let valueRoot { state.tasks[tensor].valueRoot = valueRoot }
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

  /// Everything, once no worker is left.
  func results() throws(Problem) -> HashResults {
    let (problem, results) = state.withLock {
      (
        $0.problem,
        HashResults(files: $0.fileResults, tasks: $0.tasks, assembled: $0.assembled)
      )
    }
    if let problem { throw problem }
    return results
  }
}
