// Runs a pickle symbolically: follows stack and memo exactly, imports nothing, calls nothing.
//
// Format: CPython Lib/pickletools.py and Modules/_pickle.c, protocols 0 to 5.
// An allow-list decides (PickleValue.swift): every other import is a finding, also when nothing
// calls it, since importing a module runs it. Findings stay when the stream breaks later: by then
// the payload has run. Opcodes are read in PickleMachine+Step.
//
// Promises: total over any bytes; time and memory are linear in their number, within the limits.

import Base

/// Why a stream is not a pickle, and at which byte.
struct PickleError: Error, Equatable {
  let offset: Int
  let reason: String
  var cause = Cause.malformed

  /// What is at fault: the stream, its end, or a limit of ours that an unpickler does not have.
  enum Cause { case malformed, ended, limit }
}

/// An import of a pickle.
struct PickleImport: Equatable, Sendable {
  /// Nil if only running it could tell the name.
  let global: PickleGlobal?
  let offset: Int
}

struct PickleMachine {
  let bytes: [UInt8]
  /// Where it stands; after a run, behind STOP.
  var offset: Int
  var arena: [PickleValue] = []
  var stack: [PickleID] = []
  var marks: [Int] = []
  var memo: [Int: PickleID] = [:]
  var findings: [Finding] = []
  /// Every import, whether it is allowed or not.
  private(set) var imports: [PickleImport] = []
  /// Where something is called that only running it could tell.
  private(set) var opaqueCalls: [Int] = []
  /// Plain types that wait for a `defaultdict`, and where they were imported.
  var factories: [PickleID: (global: PickleGlobal, start: Int)] = [:]
  /// Values that have attributes, and the states that hold these.
  var attributes: [PickleID: [PickleID]] = [:]
  private var callItems = 0
  private let job: Run
  /// What the pickle is called in places.
  let place: String

  static let valuesMax = 4 << 20
  /// Members that calls may look at or copy in all: a list of a million costs a call two bytes.
  static let callItemsMax = 4 << 20
  static let bytesMax = 64 << 20
  /// States of one value that are kept; more are of no writer.
  static let attributesMax = 64
  /// More findings of one pickle than anybody reads are counted, not listed.
  static let findingsMax = 64
  /// A pickle that imports more often is judged by the first ones and by one that is not known.
  static let importsMax = 1 << 16

  /// - Parameter job: once it is no longer wanted, a run breaks off.
  init(_ bytes: [UInt8], at offset: Int = 0, place: String, job: Run) {
    self.job = job
    self.bytes = bytes
    self.offset = offset
    self.place = place
  }

  /// Runs to STOP and gives the value that would result.
  mutating func run() throws(PickleError) -> PickleID {
    for steps in 0... {
      if steps & 0xFFFF == 0xFFFF, job.isCancelled { throw fail("stopped on request") }
      let start = offset
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") {
        reportFactories()
        return try pop()
      }
      try step(opcode, at: start)
    }
    throw fail("the stream ends before STOP")
  }

  // MARK: Findings

  mutating func report(_ id: String, _ message: String, at offset: Int) {
    guard findings.count < Self.findingsMax else { return }
    findings.append(
      Finding(id: id, severity: .error, message: message, place: "\(place): byte \(offset)"))
  }

  mutating func note(import global: PickleGlobal?, at offset: Int) {
    guard imports.count <= Self.importsMax else { return }
    let isLast = imports.count == Self.importsMax
    imports.append(PickleImport(global: isLast ? nil : global, offset: offset))
  }

  mutating func note(opaqueCallAt offset: Int) {
    guard opaqueCalls.count < Self.findingsMax else { return }
    opaqueCalls.append(offset)
  }

  // MARK: Values

  mutating func push(_ value: PickleValue) throws(PickleError) {
    guard arena.count < Self.valuesMax else { throw tooMany("more than \(Self.valuesMax) values") }
    arena.append(value)
    stack.append(PickleID(arena.count - 1))
  }

  mutating func pop() throws(PickleError) -> PickleID {
    // Python refuses to pop what lies under the last mark.
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw fail("the stack is empty")
    }
    return value
  }

  func top() throws(PickleError) -> PickleID {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw fail("the stack is empty")
    }
    return value
  }

  /// Everything above the last mark, which is taken away.
  mutating func popToMark() throws(PickleError) -> [PickleID] {
    guard let mark = marks.popLast() else { throw fail("there is no mark") }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  /// Counts the members that a call looks at.
  mutating func spend(_ count: Int) throws(PickleError) {
    callItems += count
    guard callItems <= Self.callItemsMax else {
      throw tooMany("calls look at more than \(Self.callItemsMax) members")
    }
  }

  func value(_ id: PickleID) -> PickleValue { arena[Int(id)] }

  func fail(_ reason: String) -> PickleError { PickleError(offset: offset, reason: reason) }

  private func ended(_ reason: String) -> PickleError {
    PickleError(offset: offset, reason: reason, cause: .ended)
  }

  private func tooMany(_ what: String) -> PickleError {
    PickleError(offset: offset, reason: what, cause: .limit)
  }

  // MARK: Bytes

  mutating func byte() throws(PickleError) -> UInt8 {
    guard offset < bytes.count else { throw ended("the stream ends before STOP") }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// A little-endian unsigned number of `count` bytes.
  mutating func number(_ count: Int) throws(PickleError) -> UInt64 {
    var value: UInt64 = 0
    for position in 0..<count { value |= UInt64(try byte()) << (8 * UInt64(position)) }
    return value
  }

  mutating func take(_ count: UInt64) throws(PickleError) -> ArraySlice<UInt8> {
    guard let size = Int(exactly: count), size <= bytes.count - offset else {
      throw ended("\(count) bytes are claimed and \(bytes.count - offset) are left")
    }
    defer { offset += size }
    return bytes[offset..<offset + size]
  }

  mutating func line() throws(PickleError) -> ArraySlice<UInt8> {
    guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw ended("a line does not end")
    }
    defer { offset = end + 1 }
    return bytes[offset..<end]
  }
}
