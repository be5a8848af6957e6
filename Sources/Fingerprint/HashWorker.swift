// One thread of a pass: a few streams of SHA-256 fed in lock-step.

import Base
import Crypto
import Formats

/// Bytes a stream reads: a mapped file, or value bytes made for it.
private enum ByteSource {
  case file(MappedFile)
  case made([UInt8])

  func withBytes(_ range: Range<Int>, _ body: (RawSpan) -> Void) {
    switch self {
    case .file(let file): file.withBytes { body($0.extracting(range)) }
    case .made(let bytes): unsafe body(bytes.span.bytes.extracting(range))
    }
  }
}

/// One message being hashed.
private struct HashStream {
  let job: HashJob
  let source: ByteSource
  var position: Int
  let end: Int
  var hasher = SHA256()

  var remaining: Int { end - position }

  init(_ job: HashJob, _ source: ByteSource, _ range: Range<Int>, isLeaf: Bool) {
    self.job = job
    self.source = source
    position = range.lowerBound
    end = range.upperBound
    if isLeaf { hasher.update([0x00]) }  // RFC 6962: a leaf begins with a zero byte
  }

  func withNext(_ count: Int, _ body: (RawSpan) -> Void) {
    source.withBytes(position..<position + count, body)
  }
}

struct HashWorker {
  let pass: HashPass
  let queue: HashQueue
  let plan: StreamPlan
  let totalBytes: Int
  let canonical: CanonicalPlan
  private var streams: [HashStream] = []
  private var unreportedBytes = 0

  /// Bytes of each stream in one step: small enough that they stay in the core's cache.
  static let stepBytes = 128 << 10
  /// How much is hashed between two reports of progress.
  static let reportBytes = 8 << 20

  init(
    pass: HashPass, queue: HashQueue, plan: StreamPlan, totalBytes: Int, canonical: CanonicalPlan
  ) {
    self.pass = pass
    self.canonical = canonical
    self.queue = queue
    self.plan = plan
    self.totalBytes = totalBytes
  }

  mutating func run() {
    do throws(Problem) {
      while !pass.run.isCancelled {
        try refill()
        guard !streams.isEmpty else { break }
        step()
        for index in streams.indices.reversed() where streams[index].remaining == 0 {
          finish(streams.remove(at: index))
        }
      }
    } catch { queue.fail(error) }
    report(atLeast: 1)
  }

  // MARK: Taking jobs

  private mutating func refill() throws(Problem) {
    while streams.count < limit, !pass.run.isCancelled {
      let fileStreams = streams.filter(\.job.isFile).count
      guard let job = queue.next(preferFile: fileStreams < plan.fileStreams) else { return }
      try begin(job)
    }
  }

  /// A worker that has the largest file keeps to it.
  private var limit: Int {
    plan.isolatesLargest && streams.contains { $0.job.isFile && $0.end == plan.largestBytes }
      ? 1 : plan.streams
  }

  private mutating func begin(_ job: HashJob) throws(Problem) {
    switch job {
    case .file(let index):
      let file = try pass.mapped(index)
      start(HashStream(job, .file(file), 0..<file.byteCount, isLeaf: false))
    case .small(let tasks): hashSmall(tasks)
    case .chunk(let tensor, let chunk):
      guard let model = pass.model else { return }
      let entry = canonical.entry(of: tensor)
      let range = chunkRange(chunk, of: entry.byteCount)
      start(
        HashStream(
          job, .file(model.files[entry.file]),
          entry.offsetBytes + range.lowerBound..<entry.offsetBytes + range.upperBound, isLeaf: true)
      )
    case .value(let tensor, let chunk, let value, _):
      guard let model = pass.model else { return }
      let range = chunkRange(chunk, of: value.byteCount)
      let made = model.withBytes(of: canonical.entry(of: tensor)) { value.bytes(range, from: $0) }
      start(HashStream(job, .made(made), 0..<made.count, isLeaf: true))
    case .whole(let tensor): try hashWhole(tensor)
    case .assembled(let index): try hashAssembled(index)
    }
  }

  /// An empty message is finished at once: a step would not end it.
  private mutating func start(_ stream: HashStream) {
    if stream.remaining == 0 { finish(stream) } else { streams.append(stream) }
  }

  private func chunkRange(_ chunk: Int, of byteCount: Int) -> Range<Int> {
    let start = chunk * IdentityRules.chunkByteCount
    return start..<start + min(IdentityRules.chunkByteCount, byteCount - start)
  }

  // MARK: Hashing

  /// Feeds every stream the same number of bytes.
  private mutating func step() {
    let count = streams.reduce(Self.stepBytes) { min($0, $1.remaining) }
    var hashers = streams.map(\.hasher)
    switch streams.count {
    case 1: streams[0].withNext(count) { hashers[0].update($0) }
    case 2:
      var (x, y) = (hashers[0], hashers[1])
      streams[0].withNext(count) { a in
        streams[1].withNext(count) { b in SHA256.update(&x, a, &y, b) }
      }
      hashers = [x, y]
    default:
      var (x, y, z) = (hashers[0], hashers[1], hashers[2])
      streams[0].withNext(count) { a in
        streams[1].withNext(count) { b in
          streams[2].withNext(count) { c in SHA256.update(&x, a, &y, b, &z, c) }
        }
      }
      hashers = [x, y, z]
    }
    for index in streams.indices {
      streams[index].hasher = hashers[index]
      streams[index].position += count
    }
    unreportedBytes += count * streams.count
    report(atLeast: Self.reportBytes)
  }

  private mutating func report(atLeast least: Int) {
    guard unreportedBytes >= least else { return }
    let done = queue.add(bytes: unreportedBytes)
    unreportedBytes = 0
    pass.run.tell(min(done, totalBytes), of: totalBytes, "bytes", "reading")
  }

  private func finish(_ stream: HashStream) {
    let digest = stream.hasher.digest()
    switch stream.job {
    case .file(let index):
      guard case .file(let file) = stream.source else { return }
      queue.finish(
        file: index,
        FileIdentity(
          path: pass.names[index], byteCount: file.byteCount, digest: digest, stamp: file.stamp,
          location: pass.locations[index]))
    case .chunk(let tensor, let chunk):
      guard let model = pass.model else { return }
      let entry = canonical.entry(of: tensor)
      var scan = queue.scan(of: tensor)
      if ValueScan.isNeeded(entry.type) {
        let range = chunkRange(chunk, of: entry.byteCount)
        model.withBytes(of: entry) { scan.look(at: $0.extracting(range), entry.type) }
      }
      queue.finish(tensor: tensor, chunk: chunk, leaf: digest, scan: scan)
    case .value(let tensor, let chunk, _, let restored):
      queue.finish(tensor: tensor, valueChunk: chunk, leaf: digest, restored: restored)
    case .small, .whole, .assembled: break
    }
  }

  private mutating func hashSmall(_ tasks: [Int]) {
    guard let model = pass.model else { return }
    queue.finish(small: tasks.map { SmallTensor(task: $0, of: canonical, in: model) })
    unreportedBytes += tasks.reduce(0) { $0 + canonical.entry(of: $1).byteCount }
    report(atLeast: Self.reportBytes)
  }

  /// A tensor that the container does not store as it is: its bytes are made once, and everything
  /// is taken from them.
  private func hashWhole(_ tensor: Int) throws(Problem) {
    guard let model = pass.model else { return }
    let entry = canonical.entry(of: tensor)
    try model.withBytes(of: entry) { (bytes) throws(Problem) in
      var scan = ValueScan(entry.type)
      var leaves: [Digest] = []
      for chunk in 0..<IdentityRules.chunkCount(byteCount: entry.byteCount) {
        try pass.run.check()
        let piece = bytes.extracting(chunkRange(chunk, of: entry.byteCount))
        leaves.append(leaf(piece))
        if ValueScan.isNeeded(entry.type) { scan.look(at: piece, entry.type) }
      }
      let value = ValueBytes(of: entry, scan)
      var valueRoot: Digest?
      if !value.areStoredBytes {
        valueRoot = MerkleTree.root(
          of: (0..<IdentityRules.chunkCount(byteCount: value.byteCount)).map { chunk in
            unsafe leaf(value.bytes(chunkRange(chunk, of: value.byteCount), from: bytes).span.bytes)
          })
      }
      queue.finish(tensor: tensor, leaves: leaves, scan: scan, valueRoot: valueRoot)
    }
  }

  /// A tensor that is put together: once to see its values, which decide the form, and once to
  /// hash them.
  private func hashAssembled(_ index: Int) throws(Problem) {
    guard let model = pass.model else { return }
    let assembly = canonical.assemblies[index]
    let values = AssembledBytes(assembly: assembly, model: model)
    var scan = ValueScan(assembly.isOfCodes ? .u8 : .f32)
    if !assembly.isOfCodes {
      for piece in pieces(values.count, chunkBytes: 4) {
        try pass.run.check()
        guard let bytes = values.bytes(piece) else {
          return queue.finish(assembly: index, .rounded)
        }
        unsafe scan.look(at: bytes.span.bytes, .f32)
      }
    }
    let type: ElementType = assembly.isOfCodes ? .u8 : .f32
    let form = scan.form(of: type)
    var leaves: [Digest] = []
    for piece in pieces(values.count, chunkBytes: form.blockBytes) {
      try pass.run.check()
      guard let bytes = values.bytes(piece) else { return }
      let entry = TensorEntry(
        name: assembly.name, type: type, shape: [piece.count], byteCount: bytes.count, file: 0,
        offsetBytes: 0)
      let value = ValueBytes(of: entry, scan)
      unsafe leaves.append(
        leaf(value.bytes(0..<value.byteCount, from: bytes.span.bytes).span.bytes))
    }
    queue.finish(
      assembly: index,
      .values(
        IdentityRules.valueDigest(
          form: form, shape: assembly.shape, byteCount: values.count * form.blockBytes,
          root: MerkleTree.root(of: leaves))))
  }

  /// Ranges of elements that fill one chunk each.
  private func pieces(_ count: Int, chunkBytes elementBytes: Int) -> [Range<Int>] {
    let size = IdentityRules.chunkByteCount / elementBytes
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  private func leaf(_ bytes: RawSpan) -> Digest {
    var hasher = SHA256()
    hasher.update([0x00])
    hasher.update(bytes)
    return hasher.digest()
  }
}
