// The record of what was handed to a customer: a file that only grows, on the disk before anything
// is handed out, with a Merkle root (RFC 9162) over its lines at every length.
//
// The record may name a line that was not handed out after all; it never misses one that was. A run
// that is cut off may leave a part of its last batch, of which nothing was handed out, since the
// batch was not on the disk as a whole. Such a tail is never cut away: readers tell of it, and the
// next run writes a line with its length and digest behind it. A larger stretch of unreadable bytes
// is damage and refused. Lines that somebody took away or changed show against the roots in the
// ledger, up to the length that was stated there.

import Base
import Crypto

/// A customer's record, as far as it can be read.
struct TrialDeliveries: Sendable {
  /// Lines of both kinds, in their order.
  private(set) var lines: [TrialDelivery] = []
  /// Bytes at the end that are no line.
  private(set) var tail: [UInt8] = []
  /// Whether the last line is whole but for its end: it counts, and the next one ends it.
  private var lacksEnd = false

  static let fileName = "deliveries.jsonl"
  /// Lines that become durable, and are then handed out, at once.
  static let batchCount = 256
  /// A tail is a part of one batch: lines are below 1 KiB, and a batch below this.
  static let tailBytesMax = batchCount << 10

  /// The record in a file; empty if there is none.
  static func read(_ path: String) throws(Problem) -> TrialDeliveries? {
    guard FileSystem.exists(path) else { return nil }
    return try TrialDeliveries(
      reading: try FileSystem.read(path, limitBytes: TrialFiles.fileBytesMax), file: path)
  }

  init() {}

  init(reading bytes: [UInt8], file: String) throws(Problem) {
    var start = 0
    var torn: Int?
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A)
      if let line = TrialDelivery(line: bytes[start..<(end ?? bytes.count)]),
        line.number == lines.count, follows(line, torn: torn.map { bytes[$0..<start] })
      {
        lines.append(line)
        torn = nil
        lacksEnd = end == nil
      } else if torn == nil {
        torn = start
      }
      start = end.map { $0 + 1 } ?? bytes.count
    }
    tail = torn.map { Array(bytes[$0...]) } ?? []
    guard tail.count <= Self.tailBytesMax else {
      throw Problem(
        .malformed, "damaged_record", place: "\(file), byte \(torn ?? 0)",
        reason: "\(tail.count) bytes from here on are not the lines of a record of deliveries",
        remedy: "restore the file; a run that is cut off leaves at most \(Self.tailBytesMax)")
    }
  }

  /// Whether a line may stand after these unreadable bytes: a delivery after none, the line that
  /// tells of them after some.
  private func follows(_ line: TrialDelivery, torn: ArraySlice<UInt8>?) -> Bool {
    switch (line.content, torn) {
    case (.line, nil): true
    case (.torn(let count, let digest), let torn?):
      count == torn.count && digest == SHA256.hash(Array(torn))
    default: false
    }
  }

  /// The root over the first `count` lines; nil if there are fewer.
  func root(count: Int) -> Digest? {
    guard (0...lines.count).contains(count) else { return nil }
    return MerkleTree.root(of: lines[..<count].lazy.map(\.leafHash))
  }

  /// Bytes that interrupted runs left, those at the end included.
  var tornByteCount: Int {
    lines.reduce(tail.count) { sum, line in
      if case .torn(let count, _) = line.content { sum + count } else { sum }
    }
  }

  /// Adds the deliveries of a batch durably, after a line about torn bytes if there are any.
  mutating func append(
    _ served: [(index: Int, line: [UInt8])], customer: String, to path: String, clock: WallClock
  ) throws(Problem) {
    var added: [TrialDelivery] = []
    var bytes: [UInt8] = lacksEnd ? [0x0A] : []
    func add(_ content: TrialDelivery.Content) {
      let line = TrialDelivery(
        number: lines.count + added.count, time: clock.now(), content: content)
      added.append(line)
      bytes += line.bytes + [0x0A]
    }
    if !tail.isEmpty {
      // The tail may lack its end. What tells of it must begin a line.
      let ending: [UInt8] = tail.last == 0x0A ? [] : [0x0A]
      bytes += ending
      let torn = tail + ending
      add(.torn(byteCount: torn.count, digest: SHA256.hash(torn)))
    }
    for (index, line) in served {
      add(.line(index: index, customer: customer, digest: SHA256.hash(line)))
    }
    try DurableAppend.append(bytes, to: path, mode: 0o600)
    lines += added
    tail = []
    lacksEnd = false
  }
}
