// Looks through everything in a stream that an unpickler could be led to run.

import Base

/// The outcome of looking at one stream of pickles.
struct PickleScan: Sendable {
  var findings: [Finding] = []
  /// Of all pickles in the stream.
  private(set) var imports: [PickleImport] = []
  /// How many of them stand in pickles that end at STOP.
  private(set) var importsToStop = 0
  private(set) var opaqueCalls: [Int] = []
  /// The machine after the first pickle, and the value it built; nil if the stream broke.
  var first: (machine: PickleMachine, value: PickleID)?
  /// Where and why the first pickle broke.
  var problem: Problem?
  private(set) var cause: PickleError.Cause?

  /// The number that a torch file of before version 1.6 begins with.
  static let legacyMagic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  /// The pickles such a file begins with: magic, version, system, value, keys of storages.
  static let legacyStreams = 5
  /// More pickles in a row than any writer makes.
  static let streamsMax = 16

  /// Scans the pickle in `bytes`, and those that follow it. `place` is the member or file. Breaks
  /// off once the job is no longer wanted: whoever started the scan asks it then.
  init(_ bytes: [UInt8], place: String, job: Run = Run()) {
    var machine = PickleMachine(bytes, place: place, job: job)
    do {
      let value = try machine.run()
      first = (machine, value)
    } catch {
      problem = malformed("pickle", "\(place): byte \(error.offset)", error.reason)
      cause = error.cause
    }
    findings = machine.findings
    note(machine, isWhole: problem == nil)
    guard problem == nil else { return }
    let isLegacy = Self.isLegacy(bytes)
    if !isLegacy, machine.offset < bytes.count {
      findings.append(
        Finding(
          id: "pickle-trailing", severity: .error,
          message:
            "\(bytes.count - machine.offset) bytes stand behind STOP; they may be loaded too",
          place: "\(place): byte \(machine.offset)"))
    }
    // Behind the five pickles of an old torch file stand numbers.
    scanRest(
      bytes, from: machine.offset, count: isLegacy ? Self.legacyStreams - 1 : Self.streamsMax,
      place: place, job)
  }

  /// Pickles that follow, until something stands there that is none.
  private mutating func scanRest(
    _ bytes: [UInt8], from start: Int, count: Int, place: String, _ job: Run
  ) {
    var offset = start
    for _ in 0..<count where offset < bytes.count {
      var machine = PickleMachine(bytes, at: offset, place: place, job: job)
      let isWhole = (try? machine.run()) != nil
      findings += machine.findings
      note(machine, isWhole: isWhole)
      guard isWhole, machine.offset > offset else { return }
      offset = machine.offset
    }
  }

  private mutating func note(_ machine: PickleMachine, isWhole: Bool) {
    imports += machine.imports
    opaqueCalls += machine.opaqueCalls
    if isWhole { importsToStop += machine.imports.count }
  }

  /// PROTO 2, then LONG1 with the magic number.
  static func isLegacy(_ bytes: [UInt8]) -> Bool {
    bytes.count > 14 && bytes[0] == 0x80 && bytes[2] == 0x8A && bytes[3] == 10
      && bytes[4..<14].elementsEqual(legacyMagic)
  }

  /// Whether bytes announce a pickle: PROTO with a known protocol.
  static func isLikely(_ head: [UInt8]) -> Bool {
    head.count >= 2 && head[0] == 0x80 && (2...5).contains(head[1])
  }
}
